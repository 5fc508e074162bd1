import type { JobCtx } from './context.ts'
import type { EventData, EventType } from './event-types.ts'
import { newId } from './ids.ts'

/** What is told of a change: its type, what it is about, and that thing before and after. Never a secret. */
export interface NewEvent {
  readonly type: EventType
  /** The profile, for events of a profile and of what belongs to it; else the key, app or endpoint itself. */
  readonly subjectId: string
  readonly at: Date
  readonly data: EventData
}

/**
 * The statement, or the part of one, that writes an event. `$1` is the app; the eight values of `eventValues` begin at
 * the parameter `first`. `from` makes it depend on another part: no row there, no event. It numbers nothing and
 * tells nobody, so that a write path pays for one row and one index entry.
 */
export function eventInsert(first: number, from = ''): string {
  const p = (index: number, type: string) => `$${first + index}::${type}`
  return `insert into events_pending (app_id, id, type, subject_id, occurred_at, actor_kind, actor_id, request_id, data)
    select $1, ${p(0, 'uuid')}, ${p(1, 'text')}, ${p(2, 'uuid')}, ${p(3, 'timestamptz')}, ${p(4, 'text')}, ${p(5, 'text')},
      ${p(6, 'text')}, ${p(7, 'json')} ${from}`
}

/** What a row says of its event beside what it is about: its id, who caused it, and its data. */
export const causeColumns = 'event_id, actor_kind, actor_id, request_id, data'
/** Their types, as parameters. */
export const causeTypes = ['uuid', 'text', 'text', 'text', 'json']

/**
 * The part of a statement that writes an event of the type for each row of `from`: `id` is what it is about, `created_at` when it
 * happened, `causeColumns` the rest. `$1` is the app.
 */
export function causesInsert(type: EventType, from: string): string {
  return `insert into events_pending (app_id, type, subject_id, occurred_at, id, actor_kind, actor_id, request_id, data)
    select $1, '${type}', id, created_at, ${causeColumns} from ${from}`
}

/** The parameters of `causeColumns`. */
export function causeValues({ actor, requestId }: Pick<JobCtx, 'actor' | 'requestId'>, data: EventData): unknown[] {
  return [newId(), actor.kind, actor.id, requestId, JSON.stringify(data)]
}

/** The parameters of `eventInsert`. */
export function eventValues(ctx: Pick<JobCtx, 'actor' | 'requestId'>, event: NewEvent): unknown[] {
  const { actor, requestId } = ctx
  const data = JSON.stringify(event.data)
  return [newId(), event.type, event.subjectId, event.at, actor.kind, actor.id, requestId, data]
}

const insertAlone = eventInsert(2)

/** Writes an event of the app, in the caller's transaction; gives its id. */
export async function recordEvent(ctx: JobCtx, appId: string, event: NewEvent): Promise<string> {
  const values = eventValues(ctx, event)
  await ctx.db.query(insertAlone, [appId, ...values])
  return values[0] as string
}

/** An event, and who caused it. */
export type CausedEvent = NewEvent & Pick<JobCtx, 'actor' | 'requestId'>

const insertMany = `
  insert into events_pending (app_id, id, type, subject_id, occurred_at, actor_kind, actor_id, request_id, data)
  select $1, e.* from unnest(
    $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::json[]
  ) as e`

/** Writes events of the app in their order, in the caller's transaction, as one statement. */
export async function recordEvents(ctx: JobCtx, appId: string, events: readonly CausedEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => eventValues(event, event))
  const columns = rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? []
  await ctx.db.query(insertMany, [appId, ...columns])
}

/** The fields in which two states of a thing differ, as each has them. Both hold JSON values only. */
export function differences<T extends object>(before: T, after: T): { before: Partial<T>; after: Partial<T> } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof T)[]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  const pick = (thing: T) => Object.fromEntries(changed.map((name) => [name, thing[name] ?? null])) as Partial<T>
  return { before: pick(before), after: pick(after) }
}
