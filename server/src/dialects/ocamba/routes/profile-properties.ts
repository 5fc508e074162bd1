import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import {
  createProfileProperty,
  listProfileProperties,
} from '../../../core/profile-properties/profile-properties.service.ts'
import { readListQuery } from '../list-query.ts'
import { toPropertyInput, toPropertyItem } from '../mappers.ts'
import { ErrorAnswer, ListQuery, PropertiesAnswer, PropertyAnswer, PropertyBody } from '../schemas.ts'
import { answerList } from '../small-lists.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }
const keys = new Set(Object.keys(PropertyAnswer.properties))
const sortable = [
  'id',
  'label',
  'data_type',
  'pi_data',
  'importable',
  'exportable',
  'create_time',
  'update_time',
] as const
const rules = { views: { default: keys, full: keys }, sortable, searchable: ['label', 'description'] as const }

/** `/v1/hood/profile-properties` (contracts/ocamba.md 1.2). */
export async function profilePropertyRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/v1/hood/profile-properties',
    {
      schema: {
        summary: 'List profile properties',
        querystring: ListQuery,
        response: { 200: PropertiesAnswer, ...errors },
      },
    },
    async ({ ctx, query }) => {
      const request = readListQuery(query, rules)
      const properties = await listProfileProperties(ctx)
      return answerList(
        properties.map((property) => toPropertyItem(property, ctx.organizationNumber)),
        request,
      )
    },
  )

  app.post(
    '/v1/hood/profile-properties',
    {
      schema: {
        summary: 'Create a profile property',
        body: PropertyBody,
        response: { 201: PropertyAnswer, ...errors },
      },
    },
    async ({ ctx, body }, reply) => {
      const property = await createProfileProperty(ctx, toPropertyInput(body))
      return reply.code(201).send(toPropertyItem(property, ctx.organizationNumber))
    },
  )
}
