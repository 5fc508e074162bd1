import type { Db } from '../db.ts'
import { type EventRow, eventColumns, type FeedEvent, toEvent } from '../stored-events.ts'
import type { Delivery } from './webhooks.types.ts'

type HasDb = { readonly db: Db }

/** A delivery that is to be attempted. */
export interface DueDelivery
  extends Pick<Delivery, 'sequence' | 'eventId' | 'type' | 'subjectId' | 'state' | 'attempts'> {
  readonly endpointId: string
  /** Attempts since the schedule began. */
  readonly round: number
  /** Undefined once the event is past keeping. */
  readonly event: FeedEvent | undefined
}

/** How many deliveries an endpoint has room for. */
export interface Room {
  readonly endpointId: string
  readonly room: number
}

/** The right to deliver for an app, until somebody else takes it. */
export interface Term {
  readonly appId: string
  readonly term: string
}

/**
 * Takes over the deliveries of an app. Waits for the statements of whoever had them; those that come later write
 * nothing. The lock alone would not do: it is free while statements of a process that died still run.
 */
export async function beginTerm(ctx: HasDb, appId: string): Promise<Term> {
  const [row] = await ctx.db.query<{ term: string }>(
    `insert into webhook_terms (app_id, term) values ($1, 1)
     on conflict (app_id) do update set term = webhook_terms.term + 1 returning term`,
    [appId],
  )
  return { appId, term: row?.term ?? '' }
}

/** The part of a statement that is empty once the term `$parameter` has ended, and keeps it from ending meanwhile. */
export const currentTerm = (parameter: number) =>
  `current as (select from webhook_terms where app_id = $1 and term = $${parameter} for share)`

/** The error of a process that has been overtaken: it must end. */
export function overtaken(): Error {
  return new Error('Another process delivers for this app')
}

// Whoever joins a list of values with a table here asks for each row by its key, in a lateral part with a limit or in an
// upsert: a plan that is prepared while the table is empty, and joins the other way round, would read all of it later.

/** The event of a delivery, joined as `e`; all null where the condition does not hold. */
export const eventOf = (sequence: string, condition = 'true') => `left join lateral (
    select ${eventColumns} from events where app_id = $1 and sequence = ${sequence} and ${condition} limit 1
  ) e on true`

export interface EventOfRow extends Omit<EventRow, 'sequence'> {
  readonly endpoint_id: string
  readonly sequence: string
}

type Progress = Pick<DueDelivery, 'state' | 'attempts' | 'round'>

export function toDelivery(
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

export interface KnownRow extends EventOfRow, Progress {
  readonly event_id: string
  readonly event_type: string
  readonly event_subject: string
}

export const knownColumns = 'event_id, type as event_type, subject_id as event_subject, state, attempts, round'

export function toKnown(appId: string, row: KnownRow): DueDelivery {
  return toDelivery(appId, row, { state: row.state, attempts: row.attempts, round: row.round }, row)
}

const dueText = `
  select g.id as endpoint_id, d.*, e.* from unnest($2::uuid[], $3::integer[]) as g (id, room) cross join lateral (
    select sequence, due_at, ${knownColumns} from webhook_deliveries d
    where app_id = $1 and endpoint_id = g.id and due_at is not null and not exists (
      select from unnest($5::uuid[], $6::bigint[]) as u (endpoint_id, sequence)
      where u.endpoint_id = g.id and u.sequence = d.sequence
    )
    order by due_at, sequence limit g.room
  ) d ${eventOf('d.sequence', 'd.due_at <= $4')}
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

export function columnsOf(rooms: readonly Room[]): [string[], number[]] {
  return [rooms.map(({ endpointId }) => endpointId), rooms.map(({ room }) => room)]
}
