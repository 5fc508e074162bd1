import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Dialect, Services } from '../../http/dialect.ts'
import { useFormBodies } from '../../http/form-body.ts'
import { useIdempotencyKeys } from '../../http/idempotency.ts'
import { guardMethods } from '../../http/method-guard.ts'
import { useMultipartBodies } from '../../http/multipart-body.ts'
import { useStrictJson } from '../../http/strict-json.ts'
import { useStrictQuery } from '../../http/strict-query.ts'
import { identifyApp, identifyPerson } from './authentication.ts'
import { answerError, answerFault } from './errors.ts'
import { faceAt } from './face.ts'
import { localInfoRoutes } from './routes/local-info.ts'
import { loginRoutes } from './routes/login.ts'
import { passwordRoutes } from './routes/password.ts'
import { pictureRoutes } from './routes/picture.ts'
import { profileRoutes } from './routes/profile.ts'
import { signUpRoutes } from './routes/sign-up.ts'
import { tokenGeneratorRoutes } from './routes/token-generator.ts'

const prefix = '/epixel'

/** The User Profile API of Epixel (seed 002; contracts/epixel.md). `base`: its API prefix and version, as `/api/v1`. */
export function epixel(base: string): Dialect {
  return {
    name: 'epixel',
    prefix,
    printed: [
      ...printedPaths.map((path) => ({ path: base + path })),
      { path: base, header: 'apikey', lastResort: true },
    ],
    plugin: (app, { services }) => plugin(app, base, services),
    answerFault,
    face: faceAt(base),
  }
}

/** The paths that no other dialect prints, whatever the request brings; they cover those below them. */
const printedPaths = [
  '/user/get',
  '/user/update',
  '/user/profile-image',
  '/user/profile',
  '/user/login',
  '/user/token',
  '/user/token-generator',
  '/user/signup',
  '/get/local-info',
]

async function plugin(app: FastifyInstance, base: string, services: Services): Promise<void> {
  useStrictJson(app)
  useFormBodies(app)
  useMultipartBodies(app, { maxFileBytes: services.maxPictureBytes })
  useStrictQuery(app)
  app.decorateRequest('session', null)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Facet as the User Profile API', version: '1.0.0' },
      servers: [{ url: prefix }],
      security: [{ apiKey: [], accessToken: [] }],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'apikey', description: 'The public half of a pair, pk_…' },
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        },
      },
    },
  })
  const guardKnownPaths = guardMethods(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', (request) => identifyApp(services, request))
      await scope.register(visitorRoutes)
      await scope.register(personRoutes, { services })
    },
    { prefix: base },
  )
  guardKnownPaths()
}

/** What needs the app's key alone. */
async function visitorRoutes(scope: FastifyInstance): Promise<void> {
  useIdempotencyKeys(scope)
  await scope.register(loginRoutes)
  await scope.register(signUpRoutes)
}

/** What needs a person's access token too. */
async function personRoutes(scope: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  scope.addHook('onRequest', (request) => identifyPerson(services, request))
  useIdempotencyKeys(scope)
  await scope.register(profileRoutes)
  await scope.register(pictureRoutes, { services })
  await scope.register(passwordRoutes)
  await scope.register(tokenGeneratorRoutes)
  await scope.register(localInfoRoutes)
}
