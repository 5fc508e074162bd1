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

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
