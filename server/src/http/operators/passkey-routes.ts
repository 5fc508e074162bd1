import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  beginAuthentication,
  beginRegistration,
  deletePasskey,
  finishAuthentication,
  finishRegistration,
  listPasskeys,
  type PasskeyCtx,
  renamePasskey,
} from '../../core/operators/passkeys.service.ts'
import { openOperatorSession } from '../../core/operators/sessions.service.ts'
import type { Services } from '../dialect.ts'
import { placeOf, sessionOf, visitorContextOf } from './requests.ts'
import { ownOrigin } from './same-origin.ts'
import { setSessionCookie } from './session-cookie.ts'
import { IdParams, Name, PasskeyAnswerBody, PasskeyBody, Password } from './sign-in-schemas.ts'

/** Passkeys: making, naming and removing them, and signing in with one. */
export async function passkeyRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post('/passkeys/registration-options', { schema: { body: Password } }, async (request) => {
    const session = await sessionOf(services, request)
    const ctx = { ...contextOf(services, request), passwords: services.passwords, address: request.ip }
    return beginRegistration(ctx, session, request.body.password)
  })

  app.post('/passkeys/registration', { schema: { body: PasskeyBody } }, async (request, reply) => {
    const session = await sessionOf(services, request)
    return reply.code(201).send(await finishRegistration(contextOf(services, request), session, request.body))
  })

  app.post('/passkeys/authentication-options', async (request) => beginAuthentication(contextOf(services, request)))

  app.post('/passkeys/authentication', { schema: { body: PasskeyAnswerBody } }, async (request, reply) => {
    const { id, email } = await finishAuthentication(contextOf(services, request), request.body.response)
    setSessionCookie(services.operators, reply, await openOperatorSession(services, id, placeOf(request)))
    return { email, signedIn: true }
  })

  app.get('/passkeys', async (request) => {
    const { operator } = await sessionOf(services, request)
    return { data: await listPasskeys(services, operator.id) }
  })

  app.patch('/passkeys/:id', { schema: { params: IdParams, body: Name } }, async (request) => {
    const { operator } = await sessionOf(services, request)
    return renamePasskey(services, operator.id, request.params.id, request.body.name)
  })

  app.delete('/passkeys/:id', { schema: { params: IdParams } }, async (request, reply) => {
    const session = await sessionOf(services, request)
    await deletePasskey(contextOf(services, request), session, request.params.id)
    return reply.code(204).send()
  })
}

function contextOf(services: Services, request: FastifyRequest): PasskeyCtx {
  const origin = ownOrigin(services, request) ?? ''
  const site = { origin, domain: URL.parse(origin)?.hostname ?? '' }
  return { ...visitorContextOf(services, request), passkeys: services.operators.passkeys, site }
}
