import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Session } from '../../../core/credentials/credentials.types.ts'
import { endAllSessions, endSession, listSessions } from '../../../core/credentials/sessions.service.ts'
import { toProfileKey } from '../mappers.ts'
import { empty, faults, listOf, ProfileParams, SessionAnswer, SessionParams } from '../schemas.ts'

/** `/facet/v1/profiles/:profile/sessions`: where the person of a profile is signed in by tokens. */
export async function profileSessionRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/profiles/:profile/sessions',
    {
      schema: {
        summary: 'List the sessions of a profile',
        description: 'Those that have not ended, the newest first; at most 100.',
        params: ProfileParams,
        response: { 200: listOf(SessionAnswer), ...faults },
      },
    },
    async ({ ctx, params }) => ({ data: (await listSessions(ctx, toProfileKey(params.profile))).map(toAnswer) }),
  )

  app.delete(
    '/profiles/:profile/sessions',
    {
      schema: {
        summary: 'End every session of a profile',
        description: 'Their tokens are refused by every process within a second.',
        params: ProfileParams,
        response: { 204: empty('Ended'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await endAllSessions(ctx, toProfileKey(params.profile))
      return reply.code(204).send()
    },
  )

  app.delete(
    '/profiles/:profile/sessions/:id',
    {
      schema: {
        summary: 'End a session of a profile',
        params: SessionParams,
        response: { 204: empty('Ended'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await endSession(ctx, toProfileKey(params.profile), params.id)
      return reply.code(204).send()
    },
  )
}

function toAnswer({ id, createdAt, renewedAt, expiresAt }: Session): SessionAnswer {
  return {
    id,
    createdAt: createdAt.toISOString(),
    renewedAt: renewedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
