import { describe, expect, it } from 'vitest'
import { createFeedHub, type FeedHub, feedLimitsOf } from './feed.hub.ts'

const long = 60_000

/** A hub, and what its notices would do. */
function newHub(limits?: Parameters<typeof createFeedHub>[1]): {
  hub: FeedHub
  notice: (appId: string) => void
  gap: () => void
} {
  let notice = (_appId: string): void => {}
  let gap = (): void => {}
  const notices = {
    listen(channel: string, handler: typeof notice) {
      expect(channel).toBe('facet_feed')
      notice = handler
    },
    onGap(handler: typeof gap) {
      gap = handler
    },
  }
  return { hub: createFeedHub(notices, limits), notice: (appId) => notice(appId), gap: () => gap() }
}

/** Whether a promise has resolved by the time that everything that is ready has run. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false
  void promise.then(() => {
    done = true
  })
  await new Promise(setImmediate)
  return done
}

describe('the hub of feeds', () => {
  it('wakes every watch of the app that has news, and no other', async () => {
    const { hub, notice } = newHub()
    const [first, second, other] = [hub.watch('a'), hub.watch('a'), hub.watch('b')]
    const waits = [first.news(long), second.news(long), other.news(long)]
    notice('a')
    notice('unknown')
    expect(await Promise.all(waits.map(isDone))).toEqual([true, true, false])
    hub.close()
  })

  it('keeps news that came while nobody waited, once', async () => {
    const { hub, notice } = newHub()
    const watch = hub.watch('a')
    notice('a')
    notice('a')
    expect(await isDone(watch.news(long))).toBe(true)
    expect(await isDone(watch.news(long))).toBe(false)
    hub.close()
  })

  it('wakes everybody when notices may have been lost, and lets each look by itself after its time', async () => {
    const { hub, gap } = newHub()
    const waits = [hub.watch('a').news(long), hub.watch('b').news(long)]
    gap()
    expect(await Promise.all(waits.map(isDone))).toEqual([true, true])
    await hub.watch('a').news(1)
    hub.close()
  })

  it('has places for so many of an app and so many in all; an ended watch gives its own free, once', () => {
    const { hub } = newHub({ streams: 3, streamsOfApp: 2 })
    const full = { fault: { code: 'event_streams_exhausted', retryAfterMs: 5_000 } }
    const first = hub.watch('a')
    hub.watch('a')
    expect(() => hub.watch('a')).toThrow(expect.objectContaining(full))
    hub.watch('b')
    expect(() => hub.watch('c')).toThrow(expect.objectContaining(full))
    first.end()
    first.end()
    hub.watch('c')
    expect(() => hub.watch('d')).toThrow(expect.objectContaining(full))
  })

  it('shares its places out among the processes of a node, a few of each app in every one', () => {
    expect(feedLimitsOf(1)).toEqual({ streams: 1_000, streamsOfApp: 50 })
    expect(feedLimitsOf(3)).toEqual({ streams: 334, streamsOfApp: 17 })
    expect(feedLimitsOf(25)).toEqual({ streams: 40, streamsOfApp: 5 })
  })

  it('ends every watch when it closes, those that wait and those that come later', async () => {
    const { hub } = newHub()
    const watch = hub.watch('a')
    const wait = watch.news(long)
    hub.close()
    expect(await isDone(wait)).toBe(true)
    expect(watch.ended.aborted).toBe(true)
    expect(hub.watch('a').ended.aborted).toBe(true)
  })
})
