import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { invite, listInvitations, withdrawInvitation } from '../../../core/operators/invitations.service.ts'
import { linkUrl } from '../../../core/operators/links.rules.ts'
import type { Invitation } from '../../../core/operators/operators.types.ts'
import type { Services } from '../../../http/dialect.ts'
import { invitationMail } from '../../../http/operators/mails.ts'
import { consoleOrigin, mailOrigin } from '../../../http/public-origin.ts'
import { InvitationAnswer, InvitationBody, IssuedInvitationAnswer } from '../operator-schemas.ts'
import { empty, faults, IdParams, listOf } from '../schemas.ts'

/** `/facet/v1/invitations`: who is asked to run the apps of the organization too. */
export async function invitationRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/invitations',
    {
      schema: {
        summary: 'List invitations',
        description: "The open ones to the app's organization, the newest first. Needs organization:manage.",
        response: { 200: listOf(InvitationAnswer), ...faults },
      },
    },
    async ({ ctx }) => ({ data: (await listInvitations(ctx)).map(toInvitationAnswer) }),
  )

  app.post(
    '/invitations',
    {
      schema: {
        summary: 'Invite an operator',
        description:
          'For 7 days, in the place of an open invitation to the same e-mail. It is mailed where the server has a mail server. Needs organization:manage.',
        body: InvitationBody,
        response: { 201: IssuedInvitationAnswer, ...faults },
      },
    },
    async (request, reply) => {
      const mailed = (token: string) => invitationMail(mailOrigin(services, request), token)
      const { token, ...invitation } = await invite(request.ctx, request.body, mailed)
      const url = linkUrl(consoleOrigin(services, request), 'invitation', token)
      return reply.code(201).send({ ...toInvitationAnswer(invitation), url })
    },
  )

  app.delete(
    '/invitations/:id',
    {
      schema: {
        summary: 'Withdraw an invitation',
        params: IdParams,
        response: { 204: empty('The link is good for nothing any more'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await withdrawInvitation(ctx, params.id)
      return reply.code(204).send()
    },
  )
}

function toInvitationAnswer({ createdAt, expiresAt, ...invitation }: Invitation): InvitationAnswer {
  return { ...invitation, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() }
}
