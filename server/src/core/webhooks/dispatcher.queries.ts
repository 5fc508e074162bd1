import type { Db } from '../db.ts'
import { type EventRow, eventColumns, type FeedEvent, toEvent } from '../stored-events.ts'
import type { DeliveryState } from './webhooks.types.ts'

type HasDb = { readonly db: Db }

/** How many events beyond a cursor are looked at in one go, whether they are for the endpoint or not. */
const scanned = 1_000
/** How many given-up deliveries a recovery takes up in one go. */
const recovered = 1_000

/** A delivery that is to be attempted. */
export interface DueDelivery {
  readonly endpointId: string
  readonly sequence: number
  readonly eventId: string
  readonly type: string
  readonly subjectId: string
  readonly state: DeliveryState
  /** Attempts made so far, in all and since the schedule began. */
  readonly attempts: number
  readonly round: number
  /** Undefined once the event is past keeping. */
  readonly event: FeedEvent | undefined
}

/** How many deliveries an endpoint has room for. */
export interface Room {
  readonly endpointId: string
  readonly room: number
}

// Whoever joins a list of values with a table here asks for each row by its key, in a lateral part with a limit or in an
// upsert: a plan that is prepared while the table is empty, and joins the other way round, would read all of it later.

const eventOf = (sequence: string) =>
  `left join lateral (select ${eventColumns} from events where app_id = $1 and sequence = ${sequence} limit 1) e on true`

interface EventOfRow extends Omit<EventRow, 'sequence'> {
  readonly endpoint_id: string
  readonly sequence: string
}

interface NewRow extends EventOfRow {
  readonly upto: string
  readonly last_sequence: string
  readonly waits: boolean | null
}

/** The first events behind each endpoint's cursor that are for it, and whether something of their subject is still open. */
const newText = `
  select lane.*, m.*, o.waits from (
    select w.id as endpoint_id, w.types, w.exclude_actor, c.sequence as begin, f.last_sequence,
      least(f.last_sequence, c.sequence + ${scanned}) as upto, g.room
    from unnest($2::uuid[], $3::integer[]) as g (id, room)
    join webhook_endpoints w on w.app_id = $1 and w.id = g.id and w.state = 'active'
    join webhook_cursors c on c.app_id = $1 and c.endpoint_id = g.id
    join event_feeds f on f.app_id = $1
    where c.sequence < f.last_sequence
  ) lane left join lateral (
    select sequence, ${eventColumns} from events
    where app_id = $1 and sequence > lane.begin and sequence <= lane.upto
      and case when type = 'webhook_endpoint.tested' then subject_id = lane.endpoint_id
        else actor_id is distinct from lane.exclude_actor
          and ('*' = any(lane.types) or type = any(lane.types) or split_part(type, '.', 1) || '.*' = any(lane.types)) end
    order by sequence limit lane.room
  ) m on true left join lateral (
    select true as waits from webhook_deliveries
    where app_id = $1 and endpoint_id = lane.endpoint_id and subject_id = m.subject_id and state in ('due', 'held') limit 1
  ) o on true
  order by m.sequence`

const makeText = `
  with made as (
    insert into webhook_deliveries (app_id, endpoint_id, sequence, event_id, type, subject_id, state, due_at, created_at)
    select $1, endpoint_id, sequence, event_id, type, subject_id, case when held then 'held' else 'due' end,
      case when held then null else $8::timestamptz end, $8::timestamptz
    from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::boolean[])
      as d (endpoint_id, sequence, event_id, type, subject_id, held)
    on conflict do nothing
  )
  insert into webhook_cursors (app_id, endpoint_id, sequence)
  select $1, endpoint_id, sequence from unnest($9::uuid[], $10::bigint[]) as c (endpoint_id, sequence)
  where exists (select from webhook_endpoints w where w.app_id = $1 and w.id = c.endpoint_id)
  on conflict (app_id, endpoint_id) do update set sequence = excluded.sequence`

export interface FanOut {
  /** The endpoints for which there may be more at once. */
  readonly behind: ReadonlySet<string>
  readonly due: readonly DueDelivery[]
}

/**
 * Makes deliveries of the events behind each endpoint's cursor, as many as it has room for, and moves the cursor over all
 * that was looked at. Of one subject only the first may go out; the others are held behind it. Whoever runs this must be
 * the only one to schedule for the app: a delivery that ends at the same moment would not see what is held behind it.
 */
export async function insertDeliveries(ctx: HasDb, appId: string, rooms: readonly Room[], now: Date): Promise<FanOut> {
  const rows = await ctx.db.query<NewRow>(newText, [appId, ...columnsOf(rooms)])
  if (rows.length === 0) return { behind: new Set(), due: [] }
  const cursors = cursorsOf(rows, rooms)
  const fresh = rows.filter(({ id }) => id !== null)
  const seen = new Set<string>()
  const held = fresh.map((row) => {
    const line = `${row.endpoint_id} ${row.subject_id}`
    const waits = row.waits === true || seen.has(line)
    seen.add(line)
    return waits
  })
  const column = <T>(read: (row: NewRow) => T) => fresh.map(read)
  await ctx.db.query(makeText, [
    appId,
    column((row) => row.endpoint_id),
    column((row) => row.sequence),
    column((row) => row.id),
    column((row) => row.type),
    column((row) => row.subject_id),
    held,
    now,
    [...cursors.keys()],
    [...cursors.values()].map(({ sequence }) => sequence),
  ])
  return {
    behind: new Set([...cursors].filter(([, { behind }]) => behind).map(([endpointId]) => endpointId)),
    due: fresh.filter((_, i) => !held[i]).map((row) => toDelivery(appId, row, { state: 'due', attempts: 0, round: 0 })),
  }
}

/** How far each endpoint has come: to the last event that it had room for, or over all that was looked at. */
function cursorsOf(
  rows: readonly NewRow[],
  rooms: readonly Room[],
): Map<string, { sequence: number; behind: boolean }> {
  const counts = new Map<string, number>()
  const cursors = new Map<string, { sequence: number; behind: boolean }>()
  const roomOf = new Map(rooms.map(({ endpointId, room }) => [endpointId, room]))
  for (const row of rows) {
    const count = (counts.get(row.endpoint_id) ?? 0) + (row.id === null ? 0 : 1)
    counts.set(row.endpoint_id, count)
    const full = count === roomOf.get(row.endpoint_id)
    const sequence = Number(full ? row.sequence : row.upto)
    cursors.set(row.endpoint_id, { sequence, behind: sequence < Number(row.last_sequence) })
  }
  return cursors
}

type Progress = Pick<DueDelivery, 'state' | 'attempts' | 'round'>

function toDelivery(
  appId: string,
  row: EventOfRow,
  progress: Progress,
  known?: { readonly event_id: string; readonly event_type: string; readonly event_subject: string },
): DueDelivery {
  return {
    endpointId: row.endpoint_id,
    sequence: Number(row.sequence),
    eventId: known?.event_id ?? row.id,
    type: known?.event_type ?? row.type,
    subjectId: known?.event_subject ?? row.subject_id,
    ...progress,
    event: row.id === null ? undefined : toEvent(appId, row),
  }
}

interface KnownRow extends EventOfRow, Progress {
  readonly event_id: string
  readonly event_type: string
  readonly event_subject: string
}

const known = 'event_id, type as event_type, subject_id as event_subject, state, attempts, round'

function toKnown(appId: string, row: KnownRow): DueDelivery {
  return toDelivery(appId, row, { state: row.state, attempts: row.attempts, round: row.round }, row)
}

const dueText = `
  select g.id as endpoint_id, d.*, e.* from unnest($2::uuid[], $3::integer[]) as g (id, room) cross join lateral (
    select sequence, due_at, ${known} from webhook_deliveries d
    where app_id = $1 and endpoint_id = g.id and due_at is not null and not exists (
      select from unnest($5::uuid[], $6::bigint[]) as u (endpoint_id, sequence)
      where u.endpoint_id = g.id and u.sequence = d.sequence
    )
    order by due_at, sequence limit g.room
  ) d ${eventOf('d.sequence').replace('limit 1', 'and d.due_at <= $4 limit 1')}
  order by d.due_at, d.sequence`

/** What stands next for endpoints. */
export interface Due {
  readonly due: readonly DueDelivery[]
  /** When there is more for an endpoint, in milliseconds since 1970; one that is not in it waits for nothing. */
  readonly nextDueAt: ReadonlyMap<string, number>
}

/** The next deliveries of each endpoint, but for those that are under way or ready already. */
export async function selectDue(
  ctx: HasDb,
  appId: string,
  rooms: readonly Room[],
  taken: readonly DueDelivery[],
  now: Date,
): Promise<Due> {
  const rows = await ctx.db.query<KnownRow & { due_at: Date }>(dueText, [
    appId,
    ...columnsOf(rooms),
    now,
    taken.map(({ endpointId }) => endpointId),
    taken.map(({ sequence }) => sequence),
  ])
  const due = rows.filter((row) => row.due_at <= now)
  const nextDueAt = new Map<string, number>()
  for (const { endpoint_id, due_at } of rows) {
    if (due_at > now && !nextDueAt.has(endpoint_id)) nextDueAt.set(endpoint_id, due_at.getTime())
  }
  for (const { endpointId, room } of rooms) {
    // A full answer was cut off: there is more to ask for as soon as there is room.
    if (due.filter((row) => row.endpoint_id === endpointId).length === room) nextDueAt.set(endpointId, now.getTime())
  }
  return { due: due.map((row) => toKnown(appId, row)), nextDueAt }
}

/** An attempt, and what follows from it. */
export interface Result {
  readonly delivery: DueDelivery
  readonly number: number
  readonly startedAt: Date
  readonly durationMs: number
  readonly status: number | null
  readonly error: string | null
  readonly headers: Readonly<Record<string, string>> | null
  readonly body: string | null
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
  with result as (
    select * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::smallint[], $9::smallint[],
      $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::integer[], $14::smallint[], $15::text[], $16::text[],
      $17::text[], $18::boolean[])
    as r (endpoint_id, sequence, event_id, type, subject_id, state, number, round, due_at, finished_at, started_at, duration_ms,
      status, error, headers, body, ended)
  ), logged as (
    insert into webhook_attempts (app_id, endpoint_id, sequence, number, started_at, duration_ms, status, error, headers, body)
    select $1, endpoint_id, sequence, number, started_at, duration_ms, status, error, headers::json, body from result
    on conflict do nothing
  ), done as (${upsert(
    `select $1, endpoint_id, sequence, event_id, type, subject_id, state, number, round, due_at, started_at, finished_at from result`,
    `state = excluded.state, attempts = excluded.attempts, round = excluded.round, due_at = excluded.due_at,
      finished_at = excluded.finished_at where webhook_deliveries.attempts = excluded.attempts - 1 returning 1`,
  )})
  select (select count(*) from done)::integer as written, r.endpoint_id, h.*, e.*
  from (select 1) one left join lateral (select distinct endpoint_id, subject_id from result where ended) r on true
  left join lateral (
    select sequence, ${known} from webhook_deliveries
    where app_id = $1 and endpoint_id = r.endpoint_id and subject_id = r.subject_id and state = 'held'
    order by sequence limit 1
  ) h on true ${eventOf('h.sequence')}
  order by h.sequence`

const promoteText = upsert(
  `select $1, endpoint_id, sequence, event_id, type, subject_id, 'due', 0, 0, $7::timestamptz, $7::timestamptz, null
   from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[]) as d (endpoint_id, sequence, event_id, type, subject_id)`,
  `state = 'due', due_at = excluded.due_at`,
)

/** Another process has written down what this one is about to: it must end. */
export class OvertakenError extends Error {}

/**
 * Writes down attempts and what follows from them; gives the deliveries that were held behind those that have ended.
 * Throws OvertakenError when a delivery has had other attempts than the ones known here.
 */
export async function writeResults(
  ctx: HasDb,
  appId: string,
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
  ])
  if (rows[0]?.written !== results.length) throw new OvertakenError('Another process delivers for this app')
  const next = rows.filter(({ sequence }) => sequence !== null).map((row) => toKnown(appId, row))
  if (next.length === 0) return []
  await ctx.db.query(promoteText, [appId, ...keysOf(next), now])
  return next.map((delivery) => ({ ...delivery, state: 'due' }))
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
  with wanted as (
    select id, recover_since from webhook_endpoints where app_id = $1 and recover_since is not null for update
  ), failed as materialized (
    select d.*, o.waits from wanted cross join lateral (
      select endpoint_id, sequence, event_id, type, subject_id, attempts from webhook_deliveries
      where app_id = $1 and endpoint_id = wanted.id and state = 'failed' and created_at >= wanted.recover_since
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

/** Takes up again what was given up, where it was asked for, a part of it at a time; gives how many. */
export async function recoverFailed(ctx: HasDb, appId: string, now: Date): Promise<number> {
  const [row] = await ctx.db.query<{ recovered: number }>(recoverText, [appId, now])
  return row?.recovered ?? 0
}

/** Notes since when an endpoint fails, or that it does no more. */
export async function updateFailingSince(ctx: HasDb, appId: string, id: string, since: Date | null): Promise<void> {
  await ctx.db.query('update webhook_endpoints set failing_since = $3 where app_id = $1 and id = $2', [
    appId,
    id,
    since,
  ])
}

/** Disables an active endpoint; false when it is not active any more. */
export async function markDisabled(ctx: HasDb, appId: string, id: string, reason: string, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    `update webhook_endpoints set state = 'disabled', disabled_reason = $3, updated_at = $4
     where app_id = $1 and id = $2 and state = 'active' returning id`,
    [appId, id, reason, now],
  )
  return rows.length === 1
}

/** The apps in which something waits to be delivered. */
export async function selectAppsWithWork(ctx: HasDb, now: Date): Promise<string[]> {
  const rows = await ctx.db.query<{ appId: string }>(
    `select distinct w.app_id as "appId" from webhook_endpoints w
     where w.state = 'active' and (w.recover_since is not null
       or exists (select from webhook_cursors c join event_feeds f on f.app_id = c.app_id
         where c.app_id = w.app_id and c.endpoint_id = w.id and c.sequence < f.last_sequence)
       or exists (select from webhook_deliveries d
         where d.app_id = w.app_id and d.endpoint_id = w.id and d.due_at <= $1))`,
    [now],
  )
  return rows.map((row) => row.appId)
}

function columnsOf(rooms: readonly Room[]): [string[], number[]] {
  return [rooms.map(({ endpointId }) => endpointId), rooms.map(({ room }) => room)]
}
