import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { endOperatorSession, listOperatorSessions } from '../../core/operators/sessions.service.ts'
import type { Services } from '../dialect.ts'
import { sessionOf } from './requests.ts'
import { Id } from './sign-in-schemas.ts'

/** The operator's own sessions. They are named by their ids: the tokens are in the browsers alone. */
export async function sessionRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get('/list-sessions', async (request) => {
    const { id, operator } = await sessionOf(services, request)
    const sessions = await listOperatorSessions({ db: services.db, now: new Date() }, operator.id)
    return { data: sessions.map((session) => ({ ...session, current: session.id === id })) }
  })

  app.post('/revoke-session', { schema: { body: Id } }, async (request, reply) => {
    const { operator } = await sessionOf(services, request)
    await endOperatorSession(services, operator.id, request.body.id)
    return reply.code(204).send()
  })
}
