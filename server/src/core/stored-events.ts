import type { Actor } from './context.ts'
import type { EventType } from './event-types.ts'

/** One event as it is told. */
export interface FeedEvent {
  /** UUIDv7; the same wherever and however often the event is told. */
  readonly id: string
  readonly appId: string
  /** Its place in the app's feed, from 1, without gaps; null for the moments between its commit and its numbering. */
  readonly sequence: number | null
  readonly type: EventType
  /** What it is about: a profile's id for all that belongs to a profile. */
  readonly subjectId: string
  readonly time: Date
  readonly actor: Actor
  readonly requestId: string | null
  /** `{"before": …, "after": …}` as JSON text, as it was written. */
  readonly data: string
}

/** An event that has its place. */
export interface NumberedEvent extends FeedEvent {
  readonly sequence: number
}

/** The select list of an event but for its sequence. The data stays text: nobody here looks into it. */
export const eventColumns = 'id, type, subject_id, occurred_at, actor_kind, actor_id, request_id, data::text as data'

/** A row of events as the driver gives it: bigint as text. */
export interface EventRow {
  id: string
  sequence: string | null
  type: EventType
  subject_id: string
  occurred_at: Date
  actor_kind: Actor['kind']
  actor_id: string
  request_id: string | null
  data: string
}

/** Reads a row of events as the driver gives it. */
export function toEvent(appId: string, row: EventRow): FeedEvent {
  return {
    id: row.id,
    appId,
    sequence: row.sequence === null ? null : Number(row.sequence),
    type: row.type,
    subjectId: row.subject_id,
    time: row.occurred_at,
    actor: { kind: row.actor_kind, id: row.actor_id },
    requestId: row.request_id,
    data: row.data,
  }
}
