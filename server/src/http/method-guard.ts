import type { FastifyInstance } from 'fastify'
import { TransportError } from './faults.ts'

/**
 * Answers a known path with a wrong method as `method_not_allowed`; the framework alone would answer that the path is
 * not found. Call it before the routes of the scope, and the function it gives after them.
 */
export function guardMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const seen = known.get(url) ?? new Set()
    for (const one of [method].flat()) seen.add(one)
    known.set(url, seen)
  })
  return () => {
    const methods = app.supportedMethods.toSorted()
    for (const [url, seen] of [...known]) {
      const allowed = methods.filter((method) => seen.has(method))
      app.route({
        method: methods.filter((method) => !seen.has(method)),
        url: url.slice(app.prefix.length),
        schema: { hide: true },
        exposeHeadRoute: false,
        onRequest: async (_request, reply) => {
          reply.header('allow', allowed.join(', '))
          throw new TransportError({ code: 'method_not_allowed', allowed })
        },
        handler: async () => {},
      })
    }
  }
}
