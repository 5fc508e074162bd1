import type { FastifyInstance } from 'fastify'
import { TransportError } from './faults.ts'

/**
 * Refuses query strings that are not percent-encoded UTF-8; the framework would take `%ff` for three characters.
 */
export function useStrictQuery(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const start = request.url.indexOf('?')
    done(
      start === -1 || isDecodable(request.url.slice(start))
        ? undefined
        : new TransportError({ code: 'request_malformed' }),
    )
  })
}

/** Whether what is percent-encoded is UTF-8; parsers would put a replacement character for what is not. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
