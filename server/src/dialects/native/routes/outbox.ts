import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { getOutboxMail, listOutbox } from '../../../core/mail/mail.service.ts'
import type { OutboxMail } from '../../../core/mail/mail.types.ts'
import { OutboxAnswer, OutboxMailAnswer, OutboxQuery } from '../outbox-schemas.ts'
import { faults, IdParams } from '../schemas.ts'

/** `/facet/v1/outbox`. */
export async function outboxRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/outbox',
    {
      schema: {
        summary: 'List the outbox',
        description:
          'The mails that a sandbox app wrote while the server had no mail server, the newest first; kept for 7 days. A live app has no outbox.',
        querystring: OutboxQuery,
        response: { 200: OutboxAnswer, ...faults },
      },
    },
    async ({ ctx, query }): Promise<OutboxAnswer> => {
      const { items, nextCursor } = await listOutbox(ctx, query)
      return { data: items.map(toAnswer), nextCursor }
    },
  )

  app.get(
    '/outbox/:id',
    {
      schema: {
        summary: 'Get a mail of the outbox',
        params: IdParams,
        response: { 200: OutboxMailAnswer, ...faults },
      },
    },
    async ({ ctx, params }) => toAnswer(await getOutboxMail(ctx, params.id)),
  )
}

function toAnswer({ createdAt, ...mail }: OutboxMail): OutboxMailAnswer {
  return { ...mail, createdAt: createdAt.toISOString() }
}
