import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import { DomainFault } from '../core/errors.ts'
import type { AppLimits } from '../core/organizations/organizations.types.ts'

/** Where several processes count together: what the limiter asks of a Redis client. */
export interface RateStore {
  /** `ready` while commands are answered; in any other state none is sent. */
  readonly status: string
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void
  multi(): object
}

/** The limits of every app: two fixed windows, of a second and of a minute, and how many requests are under way. */
export interface WindowLimits {
  /**
   * Counts the request for the app of `request.ctx`, by the limits that its settings have at this moment, and holds one
   * of the app's places until the request is over. Throws `rate_limited` or `parallel_limit_reached`, with the header
   * `Retry-After` set; costs no statement.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/**
 * Counts in the store, or in the memory of this process when there is none. While the store does not answer, this
 * process counts in memory and no request fails for it. Requests under way are those of this process in any case.
 */
export function createWindowLimits(store?: RateStore): WindowLimits {
  const rates = createRates(store)
  const places = createPlaces()
  return {
    async admit(request, reply) {
      const { appId, settings } = request.ctx
      const window = await rates.count(appId, settings.limits, reply)
      places.hold(appId, settings.limits.parallel, request, reply)
      reply.headers({
        'x-ratelimit-limit': window.limit,
        'x-ratelimit-remaining': window.left,
        'x-ratelimit-reset': toSeconds(window.msLeft),
      })
    },
  }
}

/**
 * Limits every request of a scope. Call it behind the hook that sets `request.ctx`: what has no principal is not
 * counted. Answers carry `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds left) for the window in which the fewest
 * requests are left. Refused ones carry `Retry-After` instead: seconds, or -1 when too many are under way.
 */
export function useWindowLimits(scope: FastifyInstance, limits: WindowLimits): void {
  scope.addHook('onRequest', (request, reply) => limits.admit(request, reply))
}

/** How a window of one app stands. */
interface Window {
  readonly limit: number
  /** Negative when the request that was just counted is one too many. */
  readonly left: number
  readonly msLeft: number
}

const settledMs = 1_000

function createRates(store: RateStore | undefined) {
  const seconds = createCounter(1, store)
  const minutes = createCounter(60, store)

  function refuse(reply: FastifyReply, windows: readonly Window[]): DomainFault {
    const retryAfterMs = Math.max(...windows.filter(({ left }) => left <= 0).map(({ msLeft }) => msLeft))
    reply.header('retry-after', toSeconds(retryAfterMs))
    return new DomainFault({ code: 'rate_limited', retryAfterMs })
  }

  return {
    /** Gives the window in which the fewest requests are left. What is refused takes nothing from the minute. */
    async count(appId: string, limits: AppLimits, reply: FastifyReply): Promise<Window> {
      const second = await seconds.count(appId, limits.perSecond)
      if (second.left < 0) throw refuse(reply, [second, await minutes.look(appId, limits.perMinute)])
      const minute = await minutes.count(appId, limits.perMinute)
      if (minute.left >= 0) return minute.left <= second.left ? minute : second
      // A limit that is raised while a client knocks on holds at once. At a window's end it could count for the next.
      if (minute.msLeft > settledMs) await minutes.takeBack(appId)
      throw refuse(reply, [second, minute])
    },
  }
}

/** Fixed windows of one length, each begun by an app's first request. */
function createCounter(durationSeconds: number, store: RateStore | undefined) {
  // Limits differ and change, so the limiter only counts; what is too many is judged by whoever asks.
  const points = Number.MAX_SAFE_INTEGER
  const options = { points, duration: durationSeconds, keyPrefix: `facet:requests:${durationSeconds}s` }
  const memory = new RateLimiterMemory(options)
  const limiter =
    store === undefined
      ? memory
      : new RateLimiterRedis({ ...options, storeClient: store, rejectIfRedisNotReady: true, insuranceLimiter: memory })
  return {
    async count(appId: string, limit: number): Promise<Window> {
      const { consumedPoints, msBeforeNext } = await limiter.consume(appId)
      return { limit, left: limit - consumedPoints, msLeft: msBeforeNext }
    },
    async look(appId: string, limit: number): Promise<Window> {
      const found = await limiter.get(appId)
      return { limit, left: limit - (found?.consumedPoints ?? 0), msLeft: found?.msBeforeNext ?? 0 }
    },
    async takeBack(appId: string): Promise<void> {
      await limiter.reward(appId)
    },
  }
}

/** The requests under way in this process, by app. */
function createPlaces() {
  const taken = new Map<string, number>()

  function give(appId: string): void {
    const others = (taken.get(appId) ?? 0) - 1
    if (others > 0) taken.set(appId, others)
    else taken.delete(appId)
  }

  return {
    hold(appId: string, limit: number, { raw: { socket } }: FastifyRequest, reply: FastifyReply): void {
      // The client left while its request was counted: what its connection ends has been.
      if (socket.destroyed) return
      const others = taken.get(appId) ?? 0
      if (others >= limit) {
        reply.header('retry-after', -1)
        throw new DomainFault({ code: 'parallel_limit_reached', limit })
      }
      taken.set(appId, others + 1)
      const { raw } = reply
      let held = true
      const over = () => {
        raw.off('finish', over).off('close', over)
        socket.off('close', over)
        // A lost connection ends the answer while it tells its own end, which cannot be stopped by then.
        if (held) give(appId)
        held = false
      }
      raw.once('finish', over).once('close', over)
      // An answer that waits for others of its connection (pipelining) hears nothing when that is lost. They may be many.
      socket.setMaxListeners(0).once('close', over)
    },
  }
}

/** Whole seconds that are certainly enough, as Retry-After is written (RFC 9110 section 10.2.3). */
function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}
