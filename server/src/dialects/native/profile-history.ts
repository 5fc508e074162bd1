import type { Ctx } from '../../core/context.ts'
import { listEvents } from '../../core/feed/feed.service.ts'
import type { FeedPage, FeedQuery } from '../../core/feed/feed.types.ts'
import { listHistoryIds } from '../../core/profiles/profiles.service.ts'
import type { FeedFilter } from './event-mappers.ts'

/** Where a page of a feed begins, and how long it may be. */
export type FeedPlace = Pick<Parameters<typeof listEvents>[1], 'after'> & Pick<FeedQuery, 'limit'>

/**
 * A part of the feed, of everything or of one profile: then with the events of those that were merged into it. When one is merged
 * while the page is read, it is read anew: whoever goes on behind it would never be told.
 */
export async function listFilteredEvents(
  ctx: Ctx,
  { profileId, types }: FeedFilter,
  place: FeedPlace,
): Promise<FeedPage> {
  if (profileId === undefined) return listEvents(ctx, { types, ...place })
  for (let profileIds = await listHistoryIds(ctx, profileId); ; ) {
    const page = await listEvents(ctx, { types, profileIds, ...place })
    const now = await listHistoryIds(ctx, profileId)
    if (now.length === profileIds.length) return page
    profileIds = now
  }
}
