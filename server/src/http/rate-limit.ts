import type { FastifyReply } from 'fastify'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { DomainFault } from '../core/errors.ts'

const windowSeconds = 60

/** Counts the requests of each principal in fixed windows of a minute and says so in the answer. */
export interface RateLimit {
  /** Sets `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers); throws `rate_limited` past the limit. */
  count(principal: string, reply: FastifyReply): Promise<void>
  /** Sets the headers and counts nothing. */
  announce(principal: string, reply: FastifyReply): Promise<void>
}

/** Makes a limit of one process. `policy` names it in the headers. */
export function createRateLimit(policy: string, perMinute: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowSeconds })
  const policyHeader = `"${policy}";q=${perMinute};w=${windowSeconds}`
  const setHeaders = (
    reply: FastifyReply,
    { remainingPoints, msBeforeNext }: Pick<RateLimiterRes, 'remainingPoints' | 'msBeforeNext'>,
  ) => {
    reply.header('ratelimit-policy', policyHeader)
    reply.header('ratelimit', `"${policy}";r=${Math.max(0, remainingPoints)};t=${Math.ceil(msBeforeNext / 1000)}`)
  }
  return {
    async announce(principal, reply) {
      const fresh = { remainingPoints: perMinute, msBeforeNext: windowSeconds * 1_000 }
      setHeaders(reply, (await limiter.get(principal)) ?? fresh)
    },
    async count(principal, reply) {
      try {
        setHeaders(reply, await limiter.consume(principal))
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal
        const result = refusal as RateLimiterRes
        setHeaders(reply, result)
        throw new DomainFault({ code: 'rate_limited', retryAfterMs: result.msBeforeNext })
      }
    },
  }
}
