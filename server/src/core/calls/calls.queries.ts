import type { Db } from '../db.ts'
import type { AnsweredCall, CallTally, RecentCall } from './calls.types.ts'
import { bucketCount } from './latencies.rules.ts'

type HasDb = { readonly db: Db }
type InApp = HasDb & { readonly appId: string }

/** How many calls a row keeps, the newest: of one app, one dialect and one minute. */
const kept = { failures: 20, successes: 5 }

const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1)
const added = (column: string) => `${column} = call_counts.${column} + excluded.${column}`
const newest = (column: keyof typeof kept) =>
  `${column} = jsonb_path_query_array(excluded.${column} || call_counts.${column}, '$[0 to ${kept[column] - 1}]')`

/**
 * As one JSON text: of a thousand tallies with all the calls that they may hold, arrays of JSON texts, each escaped by the driver, took the
 * process 200 ms. Rows are locked in one order, so that two processes wait for each other and never in a circle.
 */
const upsertText = `
  insert into call_counts (app_id, minute, dialect, requests, errors, server_errors, latencies, failures, successes)
  select app_id, minute, dialect, requests, errors, server_errors, latencies, failures, successes
  from jsonb_to_recordset($1::jsonb) t (
    app_id uuid, minute timestamptz, dialect text, requests integer, errors integer, server_errors integer,
    latencies integer[], failures jsonb, successes jsonb
  )
  order by app_id, minute, dialect
  on conflict (app_id, minute, dialect) do update set
    ${added('requests')}, ${added('errors')}, ${added('server_errors')},
    latencies = array[${buckets.map((n) => `call_counts.latencies[${n}] + excluded.latencies[${n}]`)}],
    ${newest('failures')}, ${newest('successes')}`

/** Adds tallies to what any process has counted, in one statement. */
export async function upsertTallies(ctx: HasDb, tallies: readonly CallTally[]): Promise<void> {
  await ctx.db.query(upsertText, [JSON.stringify(tallies.map(toRow))])
}

function toRow(tally: CallTally): object {
  const { appId, dialect, minuteMs, requests, errors, serverErrors, latencies, failures, successes } = tally
  return {
    app_id: appId,
    minute: new Date(minuteMs),
    dialect,
    requests,
    errors,
    server_errors: serverErrors,
    latencies,
    failures: failures.map(toStoredCall).reverse(),
    successes: successes.map(toStoredCall).reverse(),
  }
}

/** A call as it stands in a row; its dialect is the row's. */
function toStoredCall({ atMs, method, route, status, ms, requestId }: AnsweredCall): object {
  return { at: new Date(atMs), method, route, status, ms: Math.round(ms * 100) / 100, requestId }
}

/** The counts of one dialect in one step of a window. */
export interface StepRow {
  readonly dialect: string
  /** From 0. */
  readonly step: number
  readonly requests: number
  readonly errors: number
  readonly serverErrors: number
  readonly latencies: readonly number[]
}

const stepsText = `
  select dialect, floor(extract(epoch from minute - $2::timestamptz) / $4::integer)::integer as step,
    sum(requests)::integer as requests, sum(errors)::integer as errors, sum(server_errors)::integer as "serverErrors",
    array[${buckets.map((n) => `sum(latencies[${n}])`)}]::integer[] as latencies
  from call_counts where app_id = $1 and minute >= $2 and minute < $3
  group by 1, 2 order by 1, 2`

/** The steps in which anything was called, by dialect and in order. `from` begins a minute, and a step is whole minutes. */
export function selectSteps(
  ctx: InApp,
  { from, to, stepSeconds }: { readonly from: Date; readonly to: Date; readonly stepSeconds: number },
): Promise<StepRow[]> {
  return ctx.db.query<StepRow>(stepsText, [ctx.appId, from, to, stepSeconds])
}

/** Where the calls of a kind are, and in which rows there are any. */
const kinds = {
  failed: { calls: 'failures', there: 'errors > 0' },
  succeeded: { calls: 'successes', there: 'requests > errors' },
  any: { calls: 'failures || successes', there: 'true' },
}
export type CallKind = keyof typeof kinds

/** The newest calls, by their time. As many minutes as calls are enough, since each has one, and the last one is read whole. */
export function selectRecentCalls(ctx: InApp, kind: CallKind, limit: number): Promise<RecentCall[]> {
  const { calls, there } = kinds[kind]
  return ctx.db.query<RecentCall>(
    `select r.at, c.dialect, r.method, r.route, r.status, r.ms, r."requestId"
     from (
       select dialect, ${calls} as calls from call_counts where app_id = $1 and ${there}
       order by minute desc fetch first $2 rows with ties
     ) c cross join lateral jsonb_to_recordset(c.calls) r (
       at timestamptz, method text, route text, status integer, ms real, "requestId" text
     )
     order by r.at desc, r."requestId" desc limit $2`,
    [ctx.appId, limit],
  )
}

/** Removes at most `limit` counts of the app of minutes that began before the instant; gives how many went. */
export async function deleteOldCounts(ctx: InApp, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from call_counts where app_id = $1 and (minute, dialect) in (
       select minute, dialect from call_counts where app_id = $1 and minute < $2 order by minute limit $3
     ) returning minute`,
    [ctx.appId, before, limit],
  )
  return rows.length
}
