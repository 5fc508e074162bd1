import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { sessionCookieName } from '../../core/operators/session-tokens.rules.ts'
import type { Dialect, Services } from '../../http/dialect.ts'
import { faultOf } from '../../http/faults.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { contextOfOperator } from '../../http/principal.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { identify, requirePrincipal } from './authentication.ts'
import { answerFault } from './errors.ts'
import { face } from './face.ts'
import { completeDocument } from './openapi.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { appRoutes } from './routes/apps.ts'
import { callRoutes } from './routes/calls.ts'
import { eventRoutes } from './routes/events.ts'
import { faceRoutes } from './routes/faces.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { memberRoutes } from './routes/members.ts'
import { operatorRoutes } from './routes/operator.ts'
import { outboxRoutes } from './routes/outbox.ts'
import { profileListRoutes } from './routes/profile-lists.ts'
import { profilePropertyRoutes } from './routes/profile-properties.ts'
import { profileSessionRoutes } from './routes/profile-sessions.ts'
import { profileRoutes } from './routes/profiles.ts'
import { walletRoutes } from './routes/wallets.ts'
import { webhookRoutes } from './routes/webhooks.ts'

const prefix = '/facet/v1'

/** Facet's own API. */
export const native: Dialect = { name: 'native', prefix, printed: [], plugin, answerFault, face }

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  useStrictJson(app)
  useStrictQuery(app)
  app.decorateRequest('refusal', undefined)
  app.decorateRequest('operator', undefined)
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
      security: [{ secret: [] }, { cookie: [] }],
      components: { securitySchemes: securitySchemes(services) },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    requirePrincipal(scope)
    await scope.register(operatorRoutes, { services })
  })
  await app.register(async (scope) => {
    requirePrincipal(scope)
    scope.addHook('onRequest', async (request) => {
      if (request.operator !== undefined) request.ctx = await contextOfOperator(services, request, request.operator)
    })
    useIdempotencyKeys(scope)
    await scope.register(profileRoutes)
    await scope.register(faceRoutes, { services })
    await scope.register(profileSessionRoutes)
    await scope.register(profileListRoutes)
    await scope.register(profilePropertyRoutes)
    await scope.register(apiKeyRoutes)
    await scope.register(appRoutes)
    await scope.register(eventRoutes, { services })
    await scope.register(webhookRoutes)
    await scope.register(outboxRoutes)
    await scope.register(walletRoutes)
    await scope.register(callRoutes)
    await scope.register(memberRoutes)
    await scope.register(invitationRoutes, { services })
  })
  guardKnownPaths()
}

function securitySchemes({ operators }: Services) {
  const name = sessionCookieName(operators.secureCookies)
  return {
    secret: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name, description: 'The session of an operator. Needs `Facet-App`' },
  } as const
}
