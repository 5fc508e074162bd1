import type { FastifyReply } from 'fastify'
import { DomainFault } from '../core/errors.ts'
import type { Tally } from '../core/ports.ts'
import type { Counts } from './counts.ts'

const windowSeconds = 60

/** Counts the requests of each principal in fixed windows of a minute and says so in the answer. */
export interface RateLimit {
  /** Sets `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers); throws `rate_limited` past the limit. */
  count(principal: string, reply: FastifyReply): Promise<void>
  /** Sets the headers and counts nothing. */
  announce(principal: string, reply: FastifyReply): Promise<void>
}

/** Makes a limit. `policy` names it in the headers. */
export function createRateLimit(policy: string, perMinute: number, counts: Counts): RateLimit {
  const windows = counts.windows(policy, windowSeconds)
  const policyHeader = `"${policy}";q=${perMinute};w=${windowSeconds}`
  const setHeaders = (reply: FastifyReply, { count, msLeft }: Tally) => {
    reply.header('ratelimit-policy', policyHeader)
    reply.header('ratelimit', `"${policy}";r=${Math.max(0, perMinute - count)};t=${Math.ceil(msLeft / 1000)}`)
  }
  return {
    async announce(principal, reply) {
      setHeaders(reply, (await windows.look(principal)) ?? { count: 0, msLeft: windowSeconds * 1_000 })
    },
    async count(principal, reply) {
      const tally = await windows.count(principal)
      setHeaders(reply, tally)
      if (tally.count > perMinute) throw new DomainFault({ code: 'rate_limited', retryAfterMs: tally.msLeft })
    },
  }
}
