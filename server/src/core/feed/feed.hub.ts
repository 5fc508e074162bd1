import { createBell } from '../bell.ts'
import { DomainFault } from '../errors.ts'
import type { Notices } from '../ports.ts'
import { feedChannel } from './feed.service.ts'

/** Whoever waits for the next events of an app. Also the count of those who wait, and its limits. */
export interface FeedHub {
  /** Begins to watch an app's feed. Throws `event_streams_exhausted`. */
  watch(appId: string): FeedWatch
  /** Ends every watch; those that begin later have ended. */
  close(): void
}

/** One reader that follows a feed. */
export interface FeedWatch {
  /** Aborted by `end`, and when the process stops. */
  readonly ended: AbortSignal
  /** Resolves when events were numbered since the last call, when the time is over, or when the watch ends. */
  news(timeoutMs: number): Promise<void>
  /** Gives the place free; again: no change. */
  end(): void
}

export interface FeedHubLimits {
  readonly streams: number
  readonly streamsOfApp: number
}

/** What an app has in each process however many there are: its connections may lie unevenly. */
const leastOfApp = 5

/** What one of so many processes of a node lets in: its share, since each stream holds memory and looks round by itself. */
export function feedLimitsOf(processes: number): FeedHubLimits {
  return { streams: Math.ceil(1_000 / processes), streamsOfApp: Math.max(leastOfApp, Math.ceil(50 / processes)) }
}
const retryAfterMs = 5_000

/** Makes the hub of one process. Notices are hints: who watches looks by itself now and then as well. */
export function createFeedHub(notices: Pick<Notices, 'listen' | 'onGap'>, limits = feedLimitsOf(1)): FeedHub {
  const readers = new Map<string, Map<FeedWatch, () => void>>()
  let count = 0
  let closed = false

  notices.listen(feedChannel, (appId) => {
    for (const tell of readers.get(appId)?.values() ?? []) tell()
  })
  notices.onGap(() => {
    for (const ofApp of readers.values()) for (const tell of ofApp.values()) tell()
  })

  function add(appId: string, watch: FeedWatch, tell: () => void): void {
    const ofApp = readers.get(appId) ?? new Map()
    if (count >= limits.streams || ofApp.size >= limits.streamsOfApp) {
      throw new DomainFault({ code: 'event_streams_exhausted', retryAfterMs })
    }
    count++
    readers.set(appId, ofApp.set(watch, tell))
  }

  function remove(appId: string, watch: FeedWatch): void {
    const ofApp = readers.get(appId)
    if (ofApp?.delete(watch) !== true) return
    count--
    if (ofApp.size === 0) readers.delete(appId)
  }

  return {
    watch(appId) {
      const bell = createBell()
      const ending = new AbortController()
      const watch: FeedWatch = {
        ended: ending.signal,
        news: (timeoutMs) => bell.wait(ending.signal.aborted ? 0 : timeoutMs),
        end() {
          remove(appId, watch)
          ending.abort()
          bell.ring()
        },
      }
      add(appId, watch, bell.ring)
      if (closed) watch.end()
      return watch
    },
    close() {
      closed = true
      for (const ofApp of [...readers.values()]) for (const watch of [...ofApp.keys()]) watch.end()
    },
  }
}
