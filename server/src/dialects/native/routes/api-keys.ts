import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from '../../../core/api-keys/api-keys.service.ts'
import { rotateApiKey, showSecret } from '../../../core/api-keys/secrets.service.ts'
import { toApiKeyAnswer, toExpiry, toIssuedApiKeyAnswer } from '../mappers.ts'
import {
  ApiKeyAnswer,
  ApiKeyBody,
  faults,
  IdParams,
  IssuedApiKeyAnswer,
  KeyRotationBody,
  listOf,
  NoBody,
  SecretAnswer,
} from '../schemas.ts'

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

  app.post(
    '/api-keys/:id/rotate',
    {
      schema: {
        summary: 'Rotate an API key',
        description:
          'A new pair of the same name, scopes and expiry; the one before expires after a while, in every process at that ' +
          'moment. Needs every scope of the key.',
        params: IdParams,
        body: KeyRotationBody,
        response: { 201: IssuedApiKeyAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }, reply) =>
      reply.code(201).send(toIssuedApiKeyAnswer(await rotateApiKey(ctx, params.id, body ?? {}))),
  )

  app.get(
    '/api-keys/:id/secret',
    {
      schema: {
        summary: 'Get the secret of an API key',
        description: 'For operators, in sandbox apps; needs every scope of the key. An event tells that it was shown.',
        params: IdParams,
        response: { 200: SecretAnswer, ...faults },
      },
    },
    async ({ ctx, params }) => ({ secret: await showSecret(ctx, params.id) }),
  )
}
