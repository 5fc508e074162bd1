import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dialect } from './dialect.ts'
import { faultOf } from './faults.ts'
import type { RateLimit } from './rate-limit.ts'

interface UnreadableOptions {
  /** The first one answers for paths that belong to none. */
  readonly dialects: readonly Dialect[]
  readonly headers: Readonly<Record<string, string>>
  /** Counted for the first dialect, as its own hooks would. */
  readonly addressLimit: RateLimit
}

/**
 * Answers a request whose URL cannot be decoded, in the shape of the dialect that its path belongs to. No hook has run: what they do
 * is done here. The address is the peer's; no proxy has been asked.
 */
export function answerUnreadable({ dialects, headers, addressLimit }: UnreadableOptions) {
  return async (_error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers(headers).header('x-request-id', request.id)
    const [first] = dialects
    const dialect = dialects.find(({ prefix }) => request.url.startsWith(`${prefix}/`)) ?? first
    try {
      if (dialect === first) await addressLimit.count(request.ip, reply)
      dialect?.answerFault({ code: 'request_malformed' }, request, reply)
    } catch (error) {
      dialect?.answerFault(faultOf(error, request), request, reply)
    }
  }
}
