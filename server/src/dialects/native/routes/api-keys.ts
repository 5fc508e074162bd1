import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from '../../../core/api-keys/api-keys.service.ts'
import { toApiKeyAnswer, toExpiry, toIssuedApiKeyAnswer } from '../mappers.ts'
import { ApiKeyAnswer, ApiKeyBody, faults, IdParams, IssuedApiKeyAnswer, listOf, NoBody } from '../schemas.ts'

/** `/facet/v1/api-keys`: the key pairs of the key's own app. */
export async function apiKeyRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api-keys',
    { schema: { summary: 'Create an API key', body: ApiKeyBody, response: { 201: IssuedApiKeyAnswer, ...faults } } },
    async ({ ctx, body }, reply) => {
      const apiKey = await createApiKey(ctx, { name: body.name, scopes: body.scopes, expiresAt: toExpiry(body) })
      return reply.code(201).send(toIssuedApiKeyAnswer(apiKey))
    },
  )

  app.get(
    '/api-keys',
    { schema: { summary: 'List API keys', response: { 200: listOf(ApiKeyAnswer), ...faults } } },
    async ({ ctx }) => ({ data: (await listApiKeys(ctx)).map(toApiKeyAnswer) }),
  )

  app.get(
    '/api-keys/:id',
    { schema: { summary: 'Get an API key', params: IdParams, response: { 200: ApiKeyAnswer, ...faults } } },
    async ({ ctx, params }) => toApiKeyAnswer(await getApiKey(ctx, params.id)),
  )

  app.post(
    '/api-keys/:id/revoke',
    {
      schema: {
        summary: 'Revoke an API key',
        description: 'Every process refuses it within a second. Again: no change.',
        params: IdParams,
        body: NoBody,
        response: { 200: ApiKeyAnswer, ...faults },
      },
    },
    async ({ ctx, params }) => toApiKeyAnswer(await revokeApiKey(ctx, params.id)),
  )
}
