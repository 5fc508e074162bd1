import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { expireTemporaryToken, getPersonTokens } from '../../../core/credentials/profile-tokens.service.ts'
import { readPerson, requirePerson, requireReader } from '../authentication.ts'
import { toUserAnswer, toUserItem } from '../mappers.ts'
import { ErrorAnswer, PersonParams, UserAnswer, UserItem } from '../schemas.ts'
import { getPerson } from './profiles.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }

/** `/api/v1/user` and `/api/v1/users` (contracts/ona.md 3.6). */
export async function userRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/api/v1/user',
    {
      schema: { summary: 'Get the signed-in person and their tokens', response: { 200: UserAnswer, ...errors } },
      config: { givesTokens: true },
    },
    async (request) => {
      const person = await readPerson(request)
      return toUserAnswer(person, await getPersonTokens(request.ctx, person.id), request.origin)
    },
  )

  app.delete(
    '/api/v1/user/expire',
    { schema: { summary: 'End the temporary token', response: { 204: ErrorAnswer, ...errors } } },
    async (request, reply) => {
      await expireTemporaryToken(request.ctx, requirePerson(request).id)
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/users/:user',
    { schema: { summary: 'Get a user', params: PersonParams, response: { 200: UserItem, ...errors } } },
    async (request) => {
      requireReader(request)
      return toUserItem(await getPerson(request.ctx, request.params.user))
    },
  )
}
