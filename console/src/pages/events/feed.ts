import type { Client } from '@facet/sdk'
import { ProblemError } from '@facet/sdk/errors'
import type { FeedEvent } from '../../api/client.ts'

/** Part of a feed, the newest first. */
export interface FeedPart {
  readonly events: readonly FeedEvent[]
  /** Everything from this sequence on was looked at. */
  readonly from: number
  /** Where what comes later begins: behind this sequence. */
  readonly end: number
  /** Whether there may be earlier ones. */
  readonly more: boolean
}

export const pageSize = 50
const longestPage = 200
/** How far back one reading looks, in events of any type: what is rarer is looked for when somebody asks. */
const farthest = 20_000

/**
 * The last events before a sequence, or of all, of some types. The feed is read forward, so it looks through stretches that grow, each
 * before the one it looked through last, until it has enough.
 */
export async function readBack(
  api: Client,
  {
    before,
    types,
    signal,
  }: { readonly before?: number | undefined; readonly types: readonly string[]; readonly signal: AbortSignal },
): Promise<FeedPart> {
  const last = before === undefined ? await endOf(api, signal) : before - 1
  const events: FeedEvent[] = []
  const first = Math.max(1, last + 1 - farthest)
  let from = last + 1
  for (let length = pageSize; from > first && events.length < pageSize; length *= 4) {
    const start = Math.max(first, from - length)
    const found = await readBetween(api, { from: start, to: from - 1, types, signal })
    events.push(...found.events.toReversed())
    from = start
    if (found.pruned) return { events, from, end: last, more: false }
  }
  const shown = events.slice(0, pageSize)
  // What was read beyond a page belongs to the next one.
  const place = events.length > pageSize ? (shown.at(-1)?.sequence ?? from) : from
  return { events: shown, from: place, end: last, more: place > 1 }
}

async function endOf(api: Client, signal: AbortSignal): Promise<number> {
  return (await api.listEvents({ query: { after: 'latest', limit: 1 }, signal })).body.nextAfter
}

interface Stretch {
  readonly from: number
  readonly to: number
  readonly types: readonly string[]
  readonly signal: AbortSignal
}

/** The events from one sequence to another. `pruned`: the first of them are no longer kept. */
async function readBetween(api: Client, stretch: Stretch): Promise<{ events: FeedEvent[]; pruned: boolean }> {
  const { from, to, types, signal } = stretch
  const events: FeedEvent[] = []
  for (let after = from - 1; after < to; ) {
    const limit = Math.min(longestPage, to - after)
    const query = { after: String(after), limit, ...(types.length > 0 && { type: types }) }
    try {
      const { body } = await api.listEvents({ query, signal })
      events.push(...body.data.filter(({ sequence }) => sequence !== null && sequence <= to))
      after = body.nextAfter
    } catch (error) {
      const oldest = oldestOf(error)
      if (oldest === undefined) throw error
      if (oldest > to) return { events, pruned: true }
      const kept = await readBetween(api, { ...stretch, from: oldest })
      return { ...kept, pruned: true }
    }
  }
  return { events, pruned: false }
}

/** The oldest sequence that is kept, when the refusal says so. */
function oldestOf(error: unknown): number | undefined {
  if (!(error instanceof ProblemError) || error.code !== 'events_pruned') return undefined
  const { oldestSequence } = error.problem as unknown as { readonly oldestSequence: number }
  return oldestSequence
}
