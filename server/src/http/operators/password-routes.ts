import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { checkOperatorPassword } from '../../core/operators/operators.rules.ts'
import { endOtherSessions } from '../../core/operators/sessions.service.ts'
import { checkName } from '../../core/text.ts'
import type { Services } from '../dialect.ts'
import { ask, askGuessing, sessionOf } from './requests.ts'
import { sessionTokenIn } from './session-cookie.ts'
import { deliver } from './sign-in-answers.ts'
import { EmailPassword, Name, type PassedRoute, PasswordChange, passedRoutes } from './sign-in-schemas.ts'

/** Signing in and out by password, and what an operator changes of their own sign-in. */
export async function passwordRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post('/sign-in/email', { schema: { body: EmailPassword } }, async (request, reply) => {
    const { email } = request.body
    return deliver(await askGuessing(services, request, { email, path: '/sign-in/email' }), reply)
  })

  app.post('/change-password', { schema: { body: PasswordChange } }, async (request, reply) => {
    const { operator } = await sessionOf(services, request)
    await checkOperatorPassword('newPassword', request.body.newPassword, operator)
    const body = { ...request.body, revokeOtherSessions: true }
    const answer = await askGuessing(services, request, { email: operator.email, path: '/change-password', body })
    const token = sessionTokenIn(services.operators, answer.cookies)
    // The sign-in ends sessions before it writes the password: one may have been begun by the old one in between.
    if (token !== undefined) await endOtherSessions(services, operator.id, token)
    return deliver(answer, reply)
  })

  app.post('/update-user', { schema: { body: Name } }, async (request, reply) => {
    await sessionOf(services, request)
    checkName(request.body.name)
    return deliver(await ask(services, request, { method: 'POST', path: '/update-user' }), reply)
  })

  for (const route of passedRoutes) pass(scope, services, route)
}

function pass(scope: FastifyInstance, services: Services, { method, path, body, proves }: PassedRoute): void {
  scope.route({
    method,
    url: path,
    schema: body === undefined ? {} : { body },
    handler: async (request, reply) => {
      if (proves !== true) return deliver(await ask(services, request, { method, path }), reply)
      const { operator } = await sessionOf(services, request)
      return deliver(await askGuessing(services, request, { email: operator.email, path }), reply)
    },
  })
}
