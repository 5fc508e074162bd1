import type { Actor } from '../context.ts'
import type { EventType } from '../event-types.ts'

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

export interface FeedQuery {
  /** Events behind this sequence; undefined: from the oldest that is kept. */
  readonly after?: number | undefined
  /** Any of these types; undefined: all. */
  readonly types?: readonly EventType[] | undefined
  /** Events about this profile alone. */
  readonly profileId?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}

/** A part of a feed, in order. */
export interface FeedPage {
  readonly events: readonly NumberedEvent[]
  /** What to ask for `after` next: everything up to it was looked at. */
  readonly nextAfter: number
  /** Whether there may be more at once. */
  readonly more: boolean
}
