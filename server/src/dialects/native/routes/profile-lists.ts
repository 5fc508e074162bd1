import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import {
  createProfileList,
  deleteProfileList,
  listProfileLists,
  updateProfileList,
} from '../../../core/profile-lists/profile-lists.service.ts'
import { toProfileListObject } from '../mappers.ts'
import { empty, faults, IdParams, listOf, ProfileListBody, ProfileListObject, ProfileListPatch } from '../schemas.ts'

/** `/facet/v1/profile-lists`: what an app sorts its profiles into. */
export async function profileListRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/profile-lists',
    {
      schema: {
        summary: 'Create a profile list',
        body: ProfileListBody,
        response: { 201: ProfileListObject, ...faults },
      },
    },
    async ({ ctx, body }, reply) => reply.code(201).send(toProfileListObject(await createProfileList(ctx, body))),
  )

  app.get(
    '/profile-lists',
    { schema: { summary: 'List profile lists', response: { 200: listOf(ProfileListObject), ...faults } } },
    async ({ ctx }) => ({ data: (await listProfileLists(ctx)).map(toProfileListObject) }),
  )

  app.patch(
    '/profile-lists/:id',
    {
      schema: {
        summary: 'Change a profile list',
        params: IdParams,
        body: ProfileListPatch,
        response: { 200: ProfileListObject, ...faults },
      },
    },
    async ({ ctx, params, body }) =>
      toProfileListObject(await updateProfileList(ctx, { by: 'id', value: params.id }, body)),
  )

  app.delete(
    '/profile-lists/:id',
    {
      schema: {
        summary: 'Delete a profile list',
        description: 'Profiles may keep its id, which means nothing any more.',
        params: IdParams,
        response: { 204: empty('Deleted'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await deleteProfileList(ctx, { by: 'id', value: params.id })
      return reply.code(204).send()
    },
  )
}
