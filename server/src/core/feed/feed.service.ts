import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import type { EventType } from '../event-types.ts'
import { isUuid } from '../ids.ts'
import type { FeedEvent, NumberedEvent } from '../stored-events.ts'
import {
  deleteOldEvents,
  type FeedPart,
  feedChannel,
  moveToFeed,
  pendingChannel,
  selectAppsWithPending,
  selectEvent,
  selectFeedPart,
  selectLatestEvents,
} from './feed.queries.ts'
import type { FeedPage, FeedQuery } from './feed.types.ts'

export { toEventJson } from './event-json.ts'
export { typesMatching } from './event-patterns.ts'
export { feedChannel, pendingChannel }

/**
 * A part of the app's feed. Everything up to `nextAfter` was looked at, so asking again from there misses nothing.
 * `after: 'latest'` begins behind the last event. Throws `events_pruned` when events behind `after` are no longer kept,
 * `input_invalid` when `after` is beyond the feed's end.
 */
export async function listEvents(
  ctx: Ctx,
  query: Omit<FeedQuery, 'after'> & { readonly after?: number | 'latest' | undefined },
): Promise<FeedPage> {
  requireScope(ctx, 'events:read')
  const fromEnd = query.after === 'latest'
  const after = query.after === 'latest' ? undefined : query.after
  const part = await selectFeedPart(ctx, ctx.appId, { ...query, after, fromEnd })
  if (after !== undefined && after < part.prunedThrough) {
    throw new DomainFault({ code: 'events_pruned', oldestSequence: part.prunedThrough + 1 })
  }
  // A reader that was further once looks at a database that was set back: to wait would be to miss what comes.
  if (after !== undefined && after > part.lastSequence) throw invalid({ path: ['after'], rule: 'range' })
  return pageOf(part, query.limit)
}

/** A part of the app's feed for the installation's own work: as listEvents, from a place that may no longer be kept. */
export async function readFeed(
  ctx: JobCtx,
  appId: string,
  { after, types, limit }: { readonly after: number; readonly types: readonly EventType[]; readonly limit: number },
): Promise<FeedPage> {
  return pageOf(await selectFeedPart(ctx, appId, { after, types, limit, fromEnd: false }), limit)
}

/** The latest events of a type, the latest first, and where the feed ends; for the installation's own work. */
export function findLatestEvents(
  ctx: JobCtx,
  appId: string,
  type: EventType,
  limit: number,
): Promise<{ events: NumberedEvent[]; lastSequence: number }> {
  return selectLatestEvents(ctx, appId, type, limit)
}

function pageOf(part: FeedPart, limit: number): FeedPage {
  const more = part.events.length === limit
  const last = part.events.at(-1)
  return { events: part.events, nextAfter: more && last !== undefined ? last.sequence : part.lastSequence, more }
}

/** One event of the app, also before it has its number. Throws `event_not_found`. */
export async function getEvent(ctx: Ctx, id: string): Promise<FeedEvent> {
  requireScope(ctx, 'events:read')
  const event = isUuid(id) ? await selectEvent(ctx, ctx.appId, id) : undefined
  if (event === undefined) throw new DomainFault({ code: 'event_not_found' })
  return event
}

/** The apps that have events without numbers. */
export function listAppsWithPending(ctx: JobCtx): Promise<string[]> {
  return selectAppsWithPending(ctx)
}

/** What a numbering did. */
export interface Numbered {
  readonly numbered: number
  /** The types of what was numbered, each once. */
  readonly types: readonly EventType[]
}

/** Numbers one app's events. Several may work on one app: the database lets one after the other. */
export interface Sequencer {
  /** Numbers what is committed. `thorough` also looks below the point from which on everything was seen before. */
  number(options?: { readonly thorough?: boolean }): Promise<Numbered>
}

/** Few enough that a statement is short also when each is as large as can be. */
const mostAtOnce = 2_000

/** Makes the sequencer of one app. */
export function createSequencer(ctx: JobCtx, appId: string): Sequencer {
  // Rows that were moved stay in the index until they are vacuumed. A scan that begins behind them costs the same
  // however many there are.
  let settledBefore = '0'
  return {
    async number({ thorough = false } = {}) {
      let numbered = 0
      const types = new Set<EventType>()
      if (thorough) settledBefore = '0'
      for (;;) {
        const result = await moveToFeed(ctx, appId, settledBefore, mostAtOnce)
        numbered += result.numbered
        for (const type of result.types) types.add(type)
        if (result.numbered === mostAtOnce) continue
        settledBefore = result.settledBefore
        return { numbered, types: [...types] }
      }
    },
  }
}

/** Removes at most `limit` of the app's oldest events that happened before the instant; gives how many went. */
export function pruneEvents(ctx: JobCtx, appId: string, before: Date, limit: number): Promise<number> {
  return deleteOldEvents(ctx, appId, before, limit)
}
