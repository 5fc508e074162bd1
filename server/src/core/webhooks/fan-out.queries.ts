import type { Db } from '../db.ts'
import { eventColumns, type FeedEvent } from '../stored-events.ts'
import {
  columnsOf,
  currentTerm,
  type DueDelivery,
  type EventOfRow,
  overtaken,
  type Room,
  type Term,
  toDelivery,
} from './dispatcher.queries.ts'

type HasDb = { readonly db: Db }

/** How many events beyond a cursor are looked at in one go, whether they are for the endpoint or not. */
const scanned = 1_000

interface NewRow extends EventOfRow {
  readonly upto: string
  readonly last_sequence: string
  readonly waits: boolean | null
}

/** The first events behind each endpoint's cursor that are for it, and whether something of their subject is still open. */
const newText = `
  select lane.*, m.*, o.waits from (
    select w.id as endpoint_id, w.types, w.exclude_actor, f.last_sequence, g.room,
      greatest(c.sequence, f.pruned_through) as begin,
      least(f.last_sequence, greatest(c.sequence, f.pruned_through) + ${scanned}) as upto
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
  with ${currentTerm(11)}, made as (
    insert into webhook_deliveries (app_id, endpoint_id, sequence, event_id, type, subject_id, state, due_at, created_at)
    select $1, endpoint_id, sequence, event_id, type, subject_id, case when held then 'held' else 'due' end,
      case when held then null else $8::timestamptz end, $8::timestamptz
    from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::boolean[])
      as d (endpoint_id, sequence, event_id, type, subject_id, held)
    where exists (select from current) on conflict do nothing
  )
  insert into webhook_cursors (app_id, endpoint_id, sequence)
  select $1, endpoint_id, sequence from unnest($9::uuid[], $10::bigint[]) as c (endpoint_id, sequence)
  where exists (select from current)
    and exists (select from webhook_endpoints w where w.app_id = $1 and w.id = c.endpoint_id)
  on conflict (app_id, endpoint_id) do update set sequence = excluded.sequence
  returning endpoint_id`

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
export async function insertDeliveries(
  ctx: HasDb,
  { appId, term }: Term,
  rooms: readonly Room[],
  now: Date,
): Promise<FanOut> {
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
  const moved = await ctx.db.query(makeText, [
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
    term,
  ])
  // None at all: the term is over, or every endpoint was deleted at this moment; either way this one begins anew.
  if (moved.length === 0) throw overtaken()
  const events = new Map<string, FeedEvent>()
  return {
    behind: new Set([...cursors].filter(([, { behind }]) => behind).map(([endpointId]) => endpointId)),
    due: fresh
      .filter((_, i) => !held[i])
      .map((row) => shareEvent(events, toDelivery(appId, row, { state: 'due', attempts: 0, round: 0 }))),
  }
}

/** One object for one event, however many endpoints it is for: it may be large. */
function shareEvent(events: Map<string, FeedEvent>, delivery: DueDelivery): DueDelivery {
  const { event } = delivery
  if (event === undefined) return delivery
  const first = events.get(event.id)
  if (first !== undefined) return { ...delivery, event: first }
  events.set(event.id, event)
  return delivery
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
