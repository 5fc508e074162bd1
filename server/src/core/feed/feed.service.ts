import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { isUuid } from '../ids.ts'
import type { FeedEvent } from '../stored-events.ts'
import {
  deleteOldEvents,
  feedChannel,
  moveToFeed,
  pendingChannel,
  selectAppsWithPending,
  selectEvent,
  selectFeedPart,
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
  const more = part.events.length === query.limit
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

/** Numbers one app's events. Several may work on one app: the database lets one after the other. */
export interface Sequencer {
  /** Numbers what is committed. `thorough` also looks below the point from which on everything was seen before. */
  number(options?: { readonly thorough?: boolean }): Promise<{ numbered: number; endpoints: boolean }>
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
      const total = { numbered: 0, endpoints: false }
      if (thorough) settledBefore = '0'
      for (;;) {
        const result = await moveToFeed(ctx, appId, settledBefore, mostAtOnce)
        total.numbered += result.numbered
        total.endpoints ||= result.endpoints
        if (result.numbered === mostAtOnce) continue
        settledBefore = result.settledBefore
        return total
      }
    },
  }
}

/** Removes at most `limit` of the app's oldest events that happened before the instant; gives how many went. */
export function pruneEvents(ctx: JobCtx, appId: string, before: Date, limit: number): Promise<number> {
  return deleteOldEvents(ctx, appId, before, limit)
}
