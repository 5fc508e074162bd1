import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { invalid } from '../../../core/errors.ts'
import {
  createProfileList,
  deleteProfileList,
  listProfileLists,
  updateProfileList,
} from '../../../core/profile-lists/profile-lists.service.ts'
import { readListQuery } from '../list-query.ts'
import { toListInput, toListItem, toListKey } from '../mappers.ts'
import {
  ErrorAnswer,
  empty,
  IdParams,
  ListAnswer,
  ListQuery,
  ListsAnswer,
  ProfileListBody,
  ProfileListPatch,
} from '../schemas.ts'
import { answerList } from '../small-lists.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }
const keys = new Set(Object.keys(ListAnswer.properties))
const sortable = ['id', 'name', 'description', 'color', 'create_time', 'update_time'] as const
const rules = { views: { default: keys, full: keys }, sortable, searchable: ['name'] as const }

/** `/v1/hood/profile-lists` (contracts/ocamba.md 1.2). */
export async function profileListRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/v1/hood/profile-lists',
    { schema: { summary: 'List profile lists', querystring: ListQuery, response: { 200: ListsAnswer, ...errors } } },
    async ({ ctx, query }) => {
      const request = readListQuery(query, rules)
      const lists = await listProfileLists(ctx)
      return answerList(
        lists.map((list) => toListItem(list, ctx.organizationNumber)),
        request,
      )
    },
  )

  app.post(
    '/v1/hood/profile-lists',
    { schema: { summary: 'Create a profile list', body: ProfileListBody, response: { 201: ListAnswer, ...errors } } },
    async ({ ctx, body }, reply) => {
      const list = await createProfileList(ctx, { ...toListInput(body), name: body.name })
      return reply.code(201).send(toListItem(list, ctx.organizationNumber))
    },
  )

  app.patch(
    '/v1/hood/profile-lists/:id',
    {
      schema: {
        summary: 'Update a profile list',
        params: IdParams,
        body: ProfileListPatch,
        response: { 204: empty, ...errors },
      },
    },
    async ({ ctx, params, body }, reply) => {
      const input = toListInput(body)
      if (Object.keys(input).length === 0) throw invalid({ path: [], rule: 'required' })
      await updateProfileList(ctx, toListKey(params.id), input)
      return reply.code(204).send()
    },
  )

  app.delete(
    '/v1/hood/profile-lists/:id',
    { schema: { summary: 'Delete a profile list', params: IdParams, response: { 204: empty, ...errors } } },
    async ({ ctx, params }, reply) => {
      await deleteProfileList(ctx, toListKey(params.id))
      return reply.code(204).send()
    },
  )
}
