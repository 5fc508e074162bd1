import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { createAppWithKey } from '../../../core/api-keys/api-keys.service.ts'
import { getVisibleApp, listVisibleApps, updateVisibleApp } from '../../../core/organizations/organizations.service.ts'
import { toAppAnswer, toCreatedAppAnswer } from '../mappers.ts'
import { AppAnswer, AppBody, AppPatch, CreatedAppAnswer, faults, IdParams, listOf } from '../schemas.ts'

/** `/facet/v1/apps`: the key's own app, and with `organization:manage` those beside it. */
export async function appRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/apps',
    {
      schema: {
        summary: 'Create an app',
        description: 'With a first API key, which holds the scopes of its maker; needs keys:manage too.',
        body: AppBody,
        response: { 201: CreatedAppAnswer, ...faults },
      },
    },
    async ({ ctx, body }, reply) => reply.code(201).send(toCreatedAppAnswer(await createAppWithKey(ctx, body))),
  )

  app.get(
    '/apps',
    { schema: { summary: 'List apps', response: { 200: listOf(AppAnswer), ...faults } } },
    async ({ ctx }) => ({ data: (await listVisibleApps(ctx)).map(toAppAnswer) }),
  )

  app.get(
    '/apps/:id',
    { schema: { summary: 'Get an app', params: IdParams, response: { 200: AppAnswer, ...faults } } },
    async ({ ctx, params }) => toAppAnswer(await getVisibleApp(ctx, params.id)),
  )

  app.patch(
    '/apps/:id',
    {
      schema: {
        summary: 'Change an app',
        description:
          'Needs organization:manage. What is absent is left alone; null puts a setting back to its default, and `hosts` are replaced whole.',
        params: IdParams,
        body: AppPatch,
        response: { 200: AppAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }) => toAppAnswer(await updateVisibleApp(ctx, params.id, body)),
  )
}
