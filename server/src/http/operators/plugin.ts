import type { FastifyInstance } from 'fastify'
import type { Dialect, Services } from '../dialect.ts'
import { faultOf } from '../faults.ts'
import { guardMethods } from '../method-guard.ts'
import { useStrictJson } from '../strict-json.ts'
import { useStrictQuery } from '../strict-query.ts'
import { linkRoutes } from './link-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import { requireSameOrigin } from './same-origin.ts'
import { sessionRoutes } from './session-routes.ts'

/** Where operators sign in. */
export const signInPrefix = '/console/auth'

const mostBodyBytes = 32_768

export interface SignInPluginOptions {
  readonly services: Services
  /** The shape of refusals. */
  readonly answerFault: Dialect['answerFault']
}

/** The sign-in of operators: JSON, and for pages of this server alone. */
export async function signInPlugin(
  app: FastifyInstance,
  { services, answerFault }: SignInPluginOptions,
): Promise<void> {
  useStrictJson(app)
  useStrictQuery(app)
  app.addHook('onRoute', (route) => {
    route.bodyLimit = mostBodyBytes
  })
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    await services.addressLimit.count(request.ip, reply)
    requireSameOrigin(services, request)
  })
  const guardKnownPaths = guardMethods(app)
  await app.register(passwordRoutes, { services })
  await app.register(sessionRoutes, { services })
  await app.register(linkRoutes, { services })
  await app.register(passkeyRoutes, { services })
  guardKnownPaths()
  // Else the console's pages, which stand at every path below, would answer for what is none of the sign-in's.
  app.all('/*', (request, reply) => answerFault({ code: 'route_not_found' }, request, reply))
}
