import type { FastifyReply } from 'fastify'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { DomainFault } from '../core/errors.ts'

const windowSeconds = 60

/** Counts the requests of each principal in fixed windows of a minute and says so in the answer. */
export interface RateLimit {
  /** Sets `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers); throws `rate_limited` past the limit. */
  count(principal: string, reply: FastifyReply): Promise<void>
}

/** Makes a limit of one process. `policy` names it in the headers. */
export function createRateLimit(policy: string, perMinute: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowSeconds })
  const policyHeader = `"${policy}";q=${perMinute};w=${windowSeconds}`
  const announce = (reply: FastifyReply, { remainingPoints, msBeforeNext }: RateLimiterRes) => {
    reply.header('ratelimit-policy', policyHeader)
    reply.header('ratelimit', `"${policy}";r=${Math.max(0, remainingPoints)};t=${Math.ceil(msBeforeNext / 1000)}`)
  }
  return {
    async count(principal, reply) {
      try {
        announce(reply, await limiter.consume(principal))
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal
        const result = refusal as RateLimiterRes
        announce(reply, result)
        throw new DomainFault({ code: 'rate_limited', retryAfterMs: result.msBeforeNext })
      }
    },
  }
}
