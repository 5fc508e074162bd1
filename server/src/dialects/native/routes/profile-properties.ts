import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import {
  createProfileProperty,
  listProfileProperties,
} from '../../../core/profile-properties/profile-properties.service.ts'
import { toProfilePropertyObject } from '../mappers.ts'
import { faults, listOf, ProfilePropertyBody, ProfilePropertyObject } from '../schemas.ts'

/** `/facet/v1/profile-properties`: what the attributes of an app's profiles mean. */
export async function profilePropertyRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/profile-properties',
    {
      schema: {
        summary: 'Create a profile property',
        body: ProfilePropertyBody,
        response: { 201: ProfilePropertyObject, ...faults },
      },
    },
    async ({ ctx, body }, reply) =>
      reply.code(201).send(toProfilePropertyObject(await createProfileProperty(ctx, body))),
  )

  app.get(
    '/profile-properties',
    { schema: { summary: 'List profile properties', response: { 200: listOf(ProfilePropertyObject), ...faults } } },
    async ({ ctx }) => ({ data: (await listProfileProperties(ctx)).map(toProfilePropertyObject) }),
  )
}
