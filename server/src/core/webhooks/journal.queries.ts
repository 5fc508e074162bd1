import type { Db } from '../db.ts'
import {
  currentTerm,
  type DueDelivery,
  eventOf,
  type KnownRow,
  knownColumns,
  overtaken,
  type Term,
  toKnown,
} from './dispatcher.queries.ts'
import type { Attempt, DeliveryState } from './webhooks.types.ts'

type HasDb = { readonly db: Db }

/** How many given-up deliveries a recovery takes up in one go. */
const recovered = 1_000

/** An attempt, and what follows from it. */
export interface Result extends Attempt {
  readonly delivery: DueDelivery
  readonly state: DeliveryState
  readonly round: number
  readonly dueAt: Date | null
}

const upsert = (values: string, changes: string) => `
  insert into webhook_deliveries
    (app_id, endpoint_id, sequence, event_id, type, subject_id, state, attempts, round, due_at, created_at, finished_at)
  ${values}
  on conflict (app_id, sequence, endpoint_id) do update set ${changes}`

const journalText = `
  with ${currentTerm(20)}, result as (
    select * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::integer[], $9::integer[],
      $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::integer[], $14::smallint[], $15::text[], $16::text[],
      $17::text[], $18::boolean[])
    as r (endpoint_id, sequence, event_id, type, subject_id, state, number, round, due_at, finished_at, started_at, duration_ms,
      status, error, headers, body, ended)
    where exists (select from current)
  ), logged as (
    insert into webhook_attempts (app_id, endpoint_id, sequence, number, started_at, duration_ms, status, error, headers, body)
    select $1, endpoint_id, sequence, number, started_at, duration_ms, status, error, headers::json, body from result
    on conflict do nothing
  ), done as (${upsert(
    `select $1, endpoint_id, sequence, event_id, type, subject_id, state, number, round, due_at, started_at, finished_at from result`,
    `state = excluded.state, attempts = excluded.attempts, round = excluded.round, due_at = excluded.due_at,
      finished_at = excluded.finished_at where webhook_deliveries.attempts = excluded.attempts - 1 returning 1`,
  )}), next as materialized (
    select r.endpoint_id, h.* from (select distinct endpoint_id, subject_id from result where ended) r cross join lateral (
      select sequence, ${knownColumns} from webhook_deliveries
      where app_id = $1 and endpoint_id = r.endpoint_id and subject_id = r.subject_id and state = 'held'
      order by sequence limit 1
    ) h
  ), promoted as (${upsert(
    `select $1, endpoint_id, sequence, event_id, event_type, event_subject, 'due', attempts, round, $19::timestamptz,
      $19::timestamptz, null from next`,
    `state = 'due', due_at = excluded.due_at`,
  )})
  select (select count(*) from done)::integer as written, next.*, e.*
  from (select 1) one left join next on true ${eventOf('next.sequence')}
  order by next.sequence`

/**
 * Writes down attempts and what follows from them; gives the deliveries that were held behind those that have ended.
 * Throws Error when another process has taken over.
 */
export async function writeResults(
  ctx: HasDb,
  { appId, term }: Term,
  results: readonly Result[],
  now: Date,
): Promise<DueDelivery[]> {
  const column = <T>(read: (result: Result) => T) => results.map(read)
  const isEnd = ({ state }: Result) => state === 'delivered' || state === 'failed'
  const rows = await ctx.db.query<KnownRow & { written: number }>(journalText, [
    appId,
    ...keysOf(column(({ delivery }) => delivery)),
    column(({ state }) => state),
    column(({ number }) => number),
    column(({ round }) => round),
    column(({ dueAt }) => dueAt),
    column((result) => (isEnd(result) ? now : null)),
    column(({ startedAt }) => startedAt),
    column(({ durationMs }) => durationMs),
    column(({ status }) => status),
    column(({ error }) => error),
    column(({ headers }) => (headers === null ? null : JSON.stringify(headers))),
    column(({ body }) => body),
    column((result) => result.delivery.state === 'due' && isEnd(result)),
    now,
    term,
  ])
  if (rows[0]?.written !== results.length) throw overtaken()
  const next = rows.filter(({ sequence }) => sequence !== null)
  return next.map((row) => ({ ...toKnown(appId, row), state: 'due' }))
}

/** What an upsert needs of deliveries beside their progress, column by column. */
function keysOf(deliveries: readonly DueDelivery[]): unknown[][] {
  return [
    deliveries.map(({ endpointId }) => endpointId),
    deliveries.map(({ sequence }) => sequence),
    deliveries.map(({ eventId }) => eventId),
    deliveries.map(({ type }) => type),
    deliveries.map(({ subjectId }) => subjectId),
  ]
}

const recoverText = `
  with ${currentTerm(3)}, wanted as (
    select id, recover_since from webhook_endpoints
    where app_id = $1 and recover_since is not null and exists (select from current) for update
  ), failed as materialized (
    select d.*, o.waits from wanted cross join lateral (
      select endpoint_id, sequence, event_id, type, subject_id, attempts from webhook_deliveries
      where app_id = $1 and endpoint_id = wanted.id and state = 'failed' and created_at >= wanted.recover_since
        and not exists (
          select from unnest($4::uuid[], $5::bigint[]) as u (endpoint_id, sequence)
          where u.endpoint_id = wanted.id and u.sequence = webhook_deliveries.sequence
        )
      order by sequence limit ${recovered}
    ) d left join lateral (
      select true as waits from webhook_deliveries
      where app_id = $1 and endpoint_id = d.endpoint_id and subject_id = d.subject_id and state in ('due', 'held') limit 1
    ) o on true
  ), placed as (
    select *, waits is not null or row_number() over (partition by endpoint_id, subject_id order by sequence) > 1 as held from failed
  ), again as (${upsert(
    `select $1, endpoint_id, sequence, event_id, type, subject_id, case when held then 'held' else 'due' end, attempts, 0,
      case when held then null else $2::timestamptz end, $2::timestamptz, null from placed`,
    `state = excluded.state, round = 0, due_at = excluded.due_at, finished_at = null returning endpoint_id`,
  )}), ended as (
    update webhook_endpoints w set recover_since = null from wanted
    where w.app_id = $1 and w.id = wanted.id
      and (select count(*) from again where again.endpoint_id = wanted.id) < ${recovered}
  )
  select count(*)::integer as recovered from again`

/**
 * Takes up again what was given up, where it was asked for, a part of it at a time; gives how many. What is `taken` is
 * left alone: it is being sent again already, and what comes of that is written over what is known of it now.
 */
export async function recoverFailed(
  ctx: HasDb,
  { appId, term }: Term,
  taken: readonly DueDelivery[],
  now: Date,
): Promise<number> {
  const [row] = await ctx.db.query<{ recovered: number }>(recoverText, [
    appId,
    now,
    term,
    taken.map(({ endpointId }) => endpointId),
    taken.map(({ sequence }) => sequence),
  ])
  return row?.recovered ?? 0
}

const freeText = `
  with ${currentTerm(3)}, first as materialized (
    select distinct on (endpoint_id, subject_id) endpoint_id, sequence, event_id, type, subject_id, state, attempts, round
    from webhook_deliveries where app_id = $1 and state in ('due', 'held') and exists (select from current)
    order by endpoint_id, subject_id, sequence
  )
  ${upsert(
    `select $1, endpoint_id, sequence, event_id, type, subject_id, 'due', attempts, round, $2::timestamptz, $2::timestamptz, null
     from first where state = 'held'`,
    `state = 'due', due_at = excluded.due_at returning 1`,
  )}`

/** Lets out what is held behind nothing; gives how many. There should be none: whoever begins a term makes sure. */
export async function freeStranded(ctx: HasDb, { appId, term }: Term, now: Date): Promise<number> {
  return (await ctx.db.query(freeText, [appId, now, term])).length
}
