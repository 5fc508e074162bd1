import { type Db, firstRows } from '../db.ts'
import { webhooksChannel } from './webhooks.queries.ts'
import type { Attempt, Delivery, DeliveryState } from './webhooks.types.ts'

type HasDb = { readonly db: Db }

const shown = `sequence, event_id as "eventId", type, subject_id as "subjectId", state, attempts, due_at as "dueAt",
  created_at as "createdAt", finished_at as "finishedAt"`

/** Names the index by endpoint, which only those may use that look at deliveries of any state (0005_webhooks.sql). */
const ofAnyState: Readonly<Record<'webhook_attempts' | 'webhook_deliveries', string>> = {
  webhook_attempts: '',
  webhook_deliveries: 'and attempts >= 0',
}

type DeliveryRow = Omit<Delivery, 'sequence'> & { readonly sequence: string }

// Written out, as only then an index that has the state in its condition is used.
const stateConditions: Readonly<Record<DeliveryState, string>> = {
  due: "and state = 'due'",
  held: "and state = 'held'",
  delivered: "and state = 'delivered'",
  failed: "and state = 'failed'",
}

/** The deliveries of an endpoint, the newest first, from below the sequence `before` on. */
export async function selectDeliveries(
  ctx: HasDb,
  appId: string,
  endpointId: string,
  query: { readonly state: DeliveryState | undefined; readonly before: number | undefined; readonly limit: number },
): Promise<Delivery[]> {
  const text = firstRows(
    `select ${shown} from webhook_deliveries
     where app_id = $1 and endpoint_id = $2 ${ofAnyState.webhook_deliveries} and sequence < $3
       ${query.state === undefined ? '' : stateConditions[query.state]}
     order by sequence desc`,
    query.limit,
    '$4',
  )
  const before = query.before ?? Number.MAX_SAFE_INTEGER
  return (await ctx.db.query<DeliveryRow>(text, [appId, endpointId, before, query.limit])).map(toDelivery)
}

export async function selectDelivery(
  ctx: HasDb,
  appId: string,
  endpointId: string,
  sequence: number,
): Promise<Delivery | undefined> {
  const [row] = await ctx.db.query<DeliveryRow>(
    `select ${shown} from webhook_deliveries where app_id = $1 and endpoint_id = $2 and sequence = $3`,
    [appId, endpointId, sequence],
  )
  return row && toDelivery(row)
}

/** The attempts of a delivery, the oldest first. */
export function selectAttempts(ctx: HasDb, appId: string, endpointId: string, sequence: number): Promise<Attempt[]> {
  return ctx.db.query<Attempt>(
    `select number, started_at as "startedAt", duration_ms as "durationMs", status, error, headers, body
     from webhook_attempts where app_id = $1 and endpoint_id = $2 and sequence = $3 order by number`,
    [appId, endpointId, sequence],
  )
}

/**
 * Makes a delivery due, unless it is held: then it goes out when the earlier one has ended. Tells whoever delivers.
 * Undefined when there is no such delivery.
 */
export async function makeDue(
  ctx: HasDb,
  appId: string,
  endpointId: string,
  { sequence, at }: { readonly sequence: number; readonly at: Date },
): Promise<Delivery | undefined> {
  const [row] = await ctx.db.query<DeliveryRow>(
    `update webhook_deliveries set due_at = case when state = 'held' then due_at else $4::timestamptz end
     where app_id = $1 and endpoint_id = $2 and sequence = $3 returning ${shown}`,
    [appId, endpointId, sequence, at],
  )
  if (row === undefined) return undefined
  await ctx.db.notify(webhooksChannel, appId)
  return toDelivery(row)
}

/**
 * Removes at most `limit` deliveries that were finished before the instant, with their attempts; gives how many went.
 * One that somebody works on, or asked for again, is left for the next time.
 */
export async function deleteFinished(ctx: HasDb, appId: string, before: Date, limit: number): Promise<number> {
  const [row] = await ctx.db.query<{ removed: number }>(
    `with old as (
       select endpoint_id, sequence from webhook_deliveries
       where app_id = $1 and finished_at is not null and finished_at < $2 and due_at is null
       order by finished_at limit $3 for update skip locked
     ), attempts as (
       delete from webhook_attempts a using old
       where a.app_id = $1 and a.endpoint_id = old.endpoint_id and a.sequence = old.sequence
     ), gone as (
       delete from webhook_deliveries d using old
       where d.app_id = $1 and d.endpoint_id = old.endpoint_id and d.sequence = old.sequence returning d.sequence
     )
     select count(*)::integer as removed from gone`,
    [appId, before, limit],
  )
  return row?.removed ?? 0
}

/**
 * Removes at most `limit` rows of endpoints that are gone. The endpoints that the table knows are found by going from
 * one to the next in its index, so that the rows of those that are still there cost nothing, however many there are.
 */
export async function deleteOrphans(
  ctx: HasDb,
  appId: string,
  table: 'webhook_attempts' | 'webhook_deliveries',
  limit: number,
): Promise<number> {
  const [row] = await ctx.db.query<{ removed: number }>(
    `with recursive known as (
       (select endpoint_id from ${table} where app_id = $1 ${ofAnyState[table]} order by endpoint_id limit 1)
       union all
       select next.endpoint_id from known cross join lateral (
         select t.endpoint_id from ${table} t where t.app_id = $1 and t.endpoint_id > known.endpoint_id ${ofAnyState[table]}
         order by t.endpoint_id limit 1
       ) next
     ), orphans as (
       select r.place from known cross join lateral (
         select t.ctid as place from ${table} t where t.app_id = $1 and t.endpoint_id = known.endpoint_id ${ofAnyState[table]} limit $2
       ) r
       where not exists (select from webhook_endpoints e where e.app_id = $1 and e.id = known.endpoint_id)
       limit $2
     ), gone as (
       delete from ${table} where app_id = $1 and ctid = any(array(select place from orphans)) returning app_id
     )
     select count(*)::integer as removed from gone`,
    [appId, limit],
  )
  return row?.removed ?? 0
}

function toDelivery(row: DeliveryRow): Delivery {
  return { ...row, sequence: Number(row.sequence) }
}
