import type { EventType } from '../event-types.ts'
import type { NumberedEvent } from '../stored-events.ts'

export interface FeedQuery {
  /** Events behind this sequence; undefined: from the oldest that is kept. */
  readonly after?: number | undefined
  /** Any of these types; undefined: all. */
  readonly types?: readonly EventType[] | undefined
  /** Events about these profiles alone: one, and those that were merged into it. */
  readonly profileIds?: readonly string[] | undefined
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
