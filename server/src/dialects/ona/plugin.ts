import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Dialect, Services } from '../../http/dialect.ts'
import { useFormBodies } from '../../http/form-body.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { identify } from './authentication.ts'
import { answerError, answerFault } from './errors.ts'
import { face } from './face.ts'
import { passwordRoutes } from './routes/password.ts'
import { profileRoutes } from './routes/profiles.ts'
import { submissionRoutes } from './routes/submissions.ts'
import { userRoutes } from './routes/user.ts'
import { verificationRoutes } from './routes/verification.ts'

const prefix = '/ona'

/** Ona's profiles (seed 003; contracts/ona.md): people with credentials of their own. */
export const ona: Dialect = {
  name: 'ona',
  prefix,
  printed: [
    { path: '/api/v1/profiles' },
    { path: '/api/v1/profile' },
    { path: '/api/v1/users' },
    { path: '/api/v1', lastResort: true },
  ],
  plugin,
  answerFault,
  face,
}

async function plugin(app: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  useStrictJson(app)
  useFormBodies(app)
  useStrictQuery(app)
  app.decorateRequest('person', undefined)
  app.decorateRequest('origin', '')
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet as Ona', version: '1.0.0' },
      servers: [{ url: prefix }],
      security: [{}, { password: [] }, { token: [] }],
      components: {
        securitySchemes: {
          password: { type: 'http', scheme: 'basic' },
          token: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Token …` or `TempToken …`' },
        },
      },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRequest', (request) => identify(services, request))
    useIdempotencyKeys(scope)
    await scope.register(profileRoutes)
    await scope.register(passwordRoutes)
    await scope.register(userRoutes)
    await scope.register(verificationRoutes, { services })
    await scope.register(submissionRoutes)
  })
  guardKnownPaths()
}
