import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Dialect, Services } from '../../http/dialect.ts'
import { faultOf } from '../../http/faults.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { contextOf } from '../../http/principal.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { answerFault } from './errors.ts'
import { face } from './face.ts'
import { addressRoutes } from './routes/addresses.ts'
import { networkRoutes } from './routes/networks.ts'
import { profileRoutes } from './routes/profiles.ts'
import { walletRoutes } from './routes/wallets.ts'
import { workflowRoutes } from './routes/workflows.ts'

const prefix = '/oumla'

const resources = ['wallets', 'addresses', 'address', 'transactions', 'portfolio', 'withdraw', 'network', 'workflows']

/** Oumla's profiles and their wallets (contracts/oumla.md): seed generation and present generation on the same paths. */
export const oumla: Dialect = {
  name: 'oumla',
  prefix,
  printed: [
    ...resources.map((resource) => ({ path: `/api/v1/${resource}` })),
    { path: '/api/v2/addresses/generate' },
    { path: '/api/v1/profiles', header: 'x-api-key' },
    { path: '/api/v1', header: 'x-api-key', lastResort: true },
  ],
  plugin,
  answerFault,
  face,
}

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  useStrictJson(app)
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet as Oumla', version: '1.0.0' },
      servers: [{ url: prefix }],
      security: [{ apiKey: [] }],
      components: { securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } } },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      request.ctx = await contextOf(services, request, secretOf(request))
    })
    useIdempotencyKeys(scope)
    for (const routes of [profileRoutes, walletRoutes, addressRoutes, networkRoutes, workflowRoutes]) {
      await scope.register(routes)
    }
  })
  guardKnownPaths()
}

/** The secret of `x-api-key`; the vendor's Go client writes `Bearer ` before it. */
function secretOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-api-key']
  return typeof header === 'string' ? header.replace(/^Bearer +/i, '') : undefined
}
