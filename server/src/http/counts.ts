import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Places, Siblings, Tally, Windows } from '../core/ports.ts'

/** Where several nodes count together: what the limiter asks of a Redis client. */
export interface RateStore {
  /** `ready` while commands are answered; in any other state none is sent. */
  readonly status: string
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void
  multi(): object
}

/** Where a process counts requests. */
export interface Counts {
  /** Windows of one length: in the store, when there is one. While that does not answer, the node counts for itself. */
  windows(name: string, seconds: number, store?: RateStore): Windows
  readonly places: Places
}

/** Limits differ and change, so the limiter only counts; what is too many is judged by whoever asks. */
const points = Number.MAX_SAFE_INTEGER

/** Counts in memory: of this process, or of all of the node when it has siblings. */
export function createCounts(siblings?: Siblings): Counts {
  const places = createPlaces()
  return {
    windows(name, seconds, store) {
      const options = { points, duration: seconds, keyPrefix: `facet:${name}` }
      const own = toWindows(new RateLimiterMemory(options))
      const ofNode = siblings?.windows(name, seconds, own) ?? own
      if (store === undefined) return ofNode
      const limiter = new RateLimiterRedis({ ...options, storeClient: store, rejectIfRedisNotReady: true })
      return insured(toWindows(limiter), ofNode)
    },
    places: siblings?.places(places) ?? places,
  }
}

function toWindows(limiter: RateLimiterMemory | RateLimiterRedis): Windows {
  return {
    count: async (key) => toTally(await limiter.consume(key)),
    async look(key) {
      const found = await limiter.get(key)
      return found === null ? undefined : toTally(found)
    },
    takeBack: async (key) => void (await limiter.reward(key)),
  }
}

/** Windows that go by others when they fail. */
function insured(windows: Windows, instead: Windows): Windows {
  return {
    count: (key) => windows.count(key).catch(() => instead.count(key)),
    look: (key) => windows.look(key).catch(() => instead.look(key)),
    takeBack: (key) => windows.takeBack(key).catch(() => instead.takeBack(key)),
  }
}

function toTally({ consumedPoints, msBeforeNext }: RateLimiterRes): Tally {
  return { count: consumedPoints, msLeft: msBeforeNext }
}

/** Places in the memory of this process. */
function createPlaces(): Places {
  const taken = new Map<string, number>()
  return {
    async hold(key, limit) {
      const others = taken.get(key) ?? 0
      if (others >= limit) return undefined
      taken.set(key, others + 1)
      return () => {
        const rest = (taken.get(key) ?? 0) - 1
        if (rest > 0) taken.set(key, rest)
        else taken.delete(key)
      }
    },
  }
}
