import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Dialect, Services } from '../../http/dialect.ts'
import { faultOf } from '../../http/faults.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { bearerOf, contextOf } from '../../http/principal.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { useWindowLimits } from '../../http/window-limits.ts'
import { answerFault } from './errors.ts'
import { face } from './face.ts'
import { profileListRoutes } from './routes/profile-lists.ts'
import { profilePropertyRoutes } from './routes/profile-properties.ts'
import { profileRoutes } from './routes/profiles.ts'

const prefix = '/ocamba'

/** Ocamba Hood's profiles (seed 001; contracts/ocamba.md). */
export const ocamba: Dialect = { name: 'ocamba', prefix, printed: [{ path: '/v1/hood' }], plugin, answerFault, face }

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  useStrictJson(app)
  useStrictQuery(app)
  // The seed prints the type without a charset, which the framework adds.
  app.addHook('onSend', async (_request, reply) => {
    if (reply.hasHeader('content-type')) reply.header('content-type', 'application/json')
  })
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet as Ocamba Hood', version: '1.0.0' },
      servers: [{ url: prefix }],
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      request.ctx = await contextOf(services, request, bearerOf(request))
    })
    useWindowLimits(scope, services.windowLimits)
    useIdempotencyKeys(scope)
    await scope.register(profileRoutes)
    await scope.register(profileListRoutes)
    await scope.register(profilePropertyRoutes)
  })
  guardKnownPaths()
}
