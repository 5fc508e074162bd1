import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../core/context.ts'
import type { Dialect, Services } from '../../http/dialect.ts'
import { faultOf } from '../../http/faults.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { bearerOf, contextByToken } from '../../http/principal.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { checkClaims } from './claims.ts'
import { answerFault } from './errors.ts'
import { face } from './face.ts'
import { depositRoutes } from './routes/deposit.ts'
import { userRoutes } from './routes/users.ts'

const prefix = '/original'

/** Original's users and where they receive (contracts/original.md). */
export const original: Dialect = {
  name: 'original',
  prefix,
  // Whatever of /v1 nobody else prints is this dialect's.
  printed: [{ path: '/v1' }],
  plugin,
  answerFault,
  face,
}

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  // The vendor's clients send an empty body under a JSON content type (decision 26 of the contracts).
  useStrictJson(app, {})
  useStrictQuery(app)
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet as Original', version: '1.0.0' },
      servers: [{ url: prefix }],
      security: [{ apiKey: [], token: [] }],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY', description: 'The public half of a pair, pk_…' },
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Signed with the pair’s secret, sk_…, by HS256',
          },
        },
      },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      request.ctx = await authenticated(services, request)
    })
    useIdempotencyKeys(scope)
    await scope.register(userRoutes)
    await scope.register(depositRoutes)
  })
  guardKnownPaths()
}

/** The context of a request by its key in `X-API-KEY` and its token in `Authorization`. */
async function authenticated(services: Services, request: FastifyRequest): Promise<Ctx> {
  const key = String(request.headers['x-api-key'] ?? '')
  const { ctx, claims } = await contextByToken(services, request, { key, token: bearerOf(request) })
  checkClaims(claims, key)
  return ctx
}
