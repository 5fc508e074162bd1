import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainFault, kindOf } from '../../core/errors.ts'
import type { Dialect, Services } from '../../http/dialect.ts'
import { faultOf } from '../../http/faults.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { bearerOf, contextOf } from '../../http/principal.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { answerFault } from './errors.ts'
import { completeDocument } from './openapi.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { appRoutes } from './routes/apps.ts'
import { eventRoutes } from './routes/events.ts'
import { outboxRoutes } from './routes/outbox.ts'
import { profileListRoutes } from './routes/profile-lists.ts'
import { profilePropertyRoutes } from './routes/profile-properties.ts'
import { profileSessionRoutes } from './routes/profile-sessions.ts'
import { profileRoutes } from './routes/profiles.ts'
import { walletRoutes } from './routes/wallets.ts'
import { webhookRoutes } from './routes/webhooks.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request has no principal; routes that need one throw it. */
    refusal: DomainFault | undefined
  }
}

const prefix = '/facet/v1'

/** Facet's own API. */
export const native: Dialect = { name: 'native', prefix, printed: [], plugin, answerFault }

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  useStrictJson(app)
  useStrictQuery(app)
  app.decorateRequest('refusal', undefined)
  app.addHook('onRequest', async (request, reply) => identify(services, request, reply))
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    transformObject: (document) =>
      completeDocument('openapiObject' in document ? document.openapiObject : document.swaggerObject),
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet', version: '1.0.0' },
      servers: [{ url: '/' }],
      security: [{ secret: [] }],
      components: { securitySchemes: { secret: { type: 'http', scheme: 'bearer' } } },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      if (request.refusal !== undefined) throw request.refusal
    })
    useIdempotencyKeys(scope)
    await scope.register(profileRoutes)
    await scope.register(profileSessionRoutes)
    await scope.register(profileListRoutes)
    await scope.register(profilePropertyRoutes)
    await scope.register(apiKeyRoutes)
    await scope.register(appRoutes)
    await scope.register(eventRoutes, { services })
    await scope.register(webhookRoutes)
    await scope.register(outboxRoutes)
    await scope.register(walletRoutes)
  })
  guardKnownPaths()
}

/** Finds the principal and counts the request: for its key, or for its address when it has no valid one. */
async function identify(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    request.ctx = await contextOf(services, request, bearerOf(request))
  } catch (error) {
    if (!(error instanceof DomainFault) || kindOf(error.fault.code) !== 'unauthenticated') {
      // An outage is not the caller's doing, and is not counted against it.
      await services.addressLimit.announce(request.ip, reply)
      throw error
    }
    await services.addressLimit.count(request.ip, reply)
    request.refusal = error
    return
  }
  await services.keyLimit.count(request.ctx.actor.id, reply)
}
