import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainFault } from '../../core/errors.ts'
import { acceptLink, describeLink } from '../../core/operators/acceptance.service.ts'
import { mailReset } from '../../core/operators/resets.service.ts'
import { openOperatorSession } from '../../core/operators/sessions.service.ts'
import type { Services } from '../dialect.ts'
import { mailOrigin } from '../public-origin.ts'
import { resetMail } from './mails.ts'
import { placeOf, visitorContextOf } from './requests.ts'
import { setSessionCookie } from './session-cookie.ts'
import { AcceptBody, Email, Token } from './sign-in-schemas.ts'

/** One-time links: what they are for, doing it, and being mailed one that sets a new password. */
export async function linkRoutes(scope: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  const mailing = new Set<Promise<void>>()
  app.addHook('onClose', async () => void (await Promise.all(mailing)))

  app.post('/link', { schema: { body: Token } }, (request) =>
    describeLink(visitorContextOf(services, request), request.body.token),
  )

  app.post('/accept', { schema: { body: AcceptBody } }, async (request, reply) => {
    const { passwords } = services
    const ctx = { ...visitorContextOf(services, request), passwords, address: request.ip }
    const { operator, signsIn } = await acceptLink(ctx, request.body)
    if (signsIn)
      setSessionCookie(services.operators, reply, await openOperatorSession(services, operator.id, placeOf(request)))
    return { email: operator.email, signedIn: signsIn }
  })

  app.post('/request-password-reset', { schema: { body: Email } }, async (request, reply) => {
    if (!services.sendsMail) throw new DomainFault({ code: 'mail_unavailable' })
    // Done after the answer, which so tells in no way whether there is such an operator.
    const mailed = mail(services, request, request.body.email).finally(() => mailing.delete(mailed))
    mailing.add(mailed)
    return reply.code(202).send({ accepted: true })
  })
}

async function mail(services: Services, request: FastifyRequest, email: string): Promise<void> {
  const ctx = { ...visitorContextOf(services, request), jobs: services.jobs }
  const origin = mailOrigin(services, request)
  try {
    await mailReset(ctx, email, (token) => resetMail(origin, token))
  } catch (error) {
    request.log.warn({ err: error }, 'A link that sets a new password was not mailed')
  }
}
