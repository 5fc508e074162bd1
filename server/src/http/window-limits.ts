import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainFault } from '../core/errors.ts'
import type { AppLimits } from '../core/organizations/organizations.types.ts'
import type { Places, Tally } from '../core/ports.ts'
import type { Counts, RateStore } from './counts.ts'

/** The limits of every app: two fixed windows, of a second and of a minute, and how many requests are under way. */
export interface WindowLimits {
  /**
   * Counts the request for the app of `request.ctx`, by the limits that its settings have at this moment, and holds one
   * of the app's places until the request is over. Throws `rate_limited` or `parallel_limit_reached`, with the header
   * `Retry-After` set; costs no statement.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Counts in the store when there is one; requests under way never are. */
export function createWindowLimits(counts: Counts, store?: RateStore): WindowLimits {
  const rates = createRates(counts, store)
  return {
    async admit(request, reply) {
      const { appId, settings } = request.ctx
      const window = await rates.count(appId, settings.limits, reply)
      await holdPlace(counts.places, settings.limits.parallel, request, reply)
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

function createRates(counts: Counts, store: RateStore | undefined) {
  const seconds = counts.windows('requests:1s', 1, store)
  const minutes = counts.windows('requests:60s', 60, store)

  function refuse(reply: FastifyReply, windows: readonly Window[]): DomainFault {
    const retryAfterMs = Math.max(...windows.filter(({ left }) => left <= 0).map(({ msLeft }) => msLeft))
    reply.header('retry-after', toSeconds(retryAfterMs))
    return new DomainFault({ code: 'rate_limited', retryAfterMs })
  }

  return {
    /** Gives the window in which the fewest requests are left. What is refused takes nothing from the minute. */
    async count(appId: string, limits: AppLimits, reply: FastifyReply): Promise<Window> {
      const second = toWindow(limits.perSecond, await seconds.count(appId))
      if (second.left < 0) throw refuse(reply, [second, toWindow(limits.perMinute, await minutes.look(appId))])
      const minute = toWindow(limits.perMinute, await minutes.count(appId))
      if (minute.left >= 0) return minute.left <= second.left ? minute : second
      // A limit that is raised while a client knocks on holds at once. At a window's end it could count for the next.
      if (minute.msLeft > settledMs) await minutes.takeBack(appId)
      throw refuse(reply, [second, minute])
    },
  }
}

function toWindow(limit: number, { count, msLeft }: Tally = { count: 0, msLeft: 0 }): Window {
  return { limit, left: limit - count, msLeft }
}

/** Holds one of the app's places until the request is over. */
async function holdPlace(places: Places, limit: number, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const give = await places.hold(request.ctx.appId, limit)
  if (give === undefined) {
    reply.header('retry-after', -1)
    throw new DomainFault({ code: 'parallel_limit_reached', limit })
  }
  const [{ raw }, { socket }] = [reply, request.raw]
  // The client left while its request was counted: what its connection ends has been.
  if (socket.destroyed) return give()
  let held = true
  const over = () => {
    raw.off('finish', over).off('close', over)
    socket.off('close', over)
    // A lost connection ends the answer while it tells its own end, which cannot be stopped by then.
    if (held) give()
    held = false
  }
  raw.once('finish', over).once('close', over)
  // An answer that waits for others of its connection (pipelining) hears nothing when that is lost. They may be many.
  socket.setMaxListeners(0).once('close', over)
}

/** Whole seconds that are certainly enough, as Retry-After is written (RFC 9110 section 10.2.3). */
function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}
