import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { DomainFault, invalid } from '../../../core/errors.ts'
import { isLongId } from '../../../core/ids.ts'
import { queueImport } from '../../../core/profile-imports/profile-imports.service.ts'
import { deleteProfile, mergeProfiles } from '../../../core/profile-lifecycle/profile-lifecycle.service.ts'
import { getProfileListIds, listProfileLists } from '../../../core/profile-lists/profile-lists.service.ts'
import { requireFittingValues } from '../../../core/profile-properties/profile-properties.service.ts'
import { withAttributes } from '../../../core/profiles/attributes.rules.ts'
import {
  createProfile,
  getProfile,
  unsubscribeProfile,
  updateProfile,
} from '../../../core/profiles/profiles.service.ts'
import type { Attributes, ProfileInput, ProfileOrder, SearchField } from '../../../core/profiles/profiles.types.ts'
import { listProfilesByOffset } from '../../../core/profiles/profiles-list.service.ts'
import { type ListRules, pickFields, readFields, readListQuery } from '../list-query.ts'
import { toAttributes, toImports, toProfileInput, toProfileItem, toProfileKey } from '../mappers.ts'
import {
  ErrorAnswer,
  empty,
  IdParams,
  ImportAnswer,
  ImportBody,
  ListQuery,
  MergeParams,
  ProfileAnswer,
  ProfileBody,
  ProfileListAnswer,
  profileViews,
  ViewQuery,
} from '../schemas.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }

/** The vendor's names of what has an index to be sorted by. */
const sortKeys = { id: 'createdAt', create_time: 'createdAt', update_time: 'updatedAt' } as const
const searchFields: Readonly<Record<'id' | 'email' | 'mobile_phone_number' | 'full_name', SearchField>> = {
  id: 'longId',
  email: 'email',
  mobile_phone_number: 'phone',
  full_name: 'name',
}
const listRules: ListRules<keyof typeof sortKeys, keyof typeof searchFields> = {
  views: profileViews,
  sortable: ['id', 'create_time', 'update_time'],
  searchable: ['id', 'email', 'mobile_phone_number', 'full_name'],
}

/** `/v1/hood/profiles` (seed 001; contracts/ocamba.md 1.2). */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  readRoutes(scope)
  writeRoutes(scope)
  commandRoutes(scope)
}

function readRoutes(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/v1/hood/profiles',
    { schema: { summary: 'List profiles', querystring: ListQuery, response: { 200: ProfileListAnswer, ...errors } } },
    async ({ ctx, query }) => {
      const { fields, sort, page, search } = readListQuery(query, listRules)
      const order: ProfileOrder[] = sort.map(({ by, descending }) => ({ by: sortKeys[by], descending }))
      const asked = search && { q: search.q, fields: search.fields.map((name) => searchFields[name]) }
      const found = await listProfilesByOffset(ctx, { ...page, order, search: asked })
      const lists = await listsFor(ctx, fields)
      const items = found.items.map((profile) => toProfileItem(profile, ctx.organizationNumber, lists))
      return { total: found.total, items: items.map((item) => pickFields(item, fields)) }
    },
  )

  app.get(
    '/v1/hood/profiles/:id',
    {
      schema: {
        summary: 'Get a profile',
        params: IdParams,
        querystring: ViewQuery,
        response: { 200: ProfileListAnswer, ...errors },
      },
    },
    ({ ctx, params, query }) => oneProfile(ctx, params.id, query),
  )
}

/** The profile of an id, with the keys that are asked for. Throws `profile_not_found`, `input_invalid`. */
export async function oneProfile(ctx: Ctx, id: string, query: ViewQuery): Promise<ProfileListAnswer> {
  const fields = readFields(query, profileViews)
  const profile = await getProfile(ctx, toProfileKey(id))
  const item = toProfileItem(profile, ctx.organizationNumber, await listsFor(ctx, fields))
  return { total: 1, items: [pickFields(item, fields)] }
}

function writeRoutes(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/v1/hood/profiles',
    { schema: { summary: 'Create a profile', body: ProfileBody, response: { 201: ProfileAnswer, ...errors } } },
    async ({ ctx, body }, reply) => {
      // "It is required to provide either an email or a mobile phone number" (seed 001, "Tip").
      if (!body.email && !body.mobile_phone_number) throw invalid({ path: ['email'], rule: 'required' })
      const named = await attributesOf(ctx, body)
      const profile = await createProfile(ctx, {
        ...(await inputOf(ctx, body)),
        ...(named && { attributes: withAttributes({}, named) }),
      })
      return reply.code(201).send(toProfileItem(profile, ctx.organizationNumber, new Map()))
    },
  )

  app.patch(
    '/v1/hood/profiles/:id',
    {
      schema: {
        summary: 'Update a profile',
        params: IdParams,
        body: ProfileBody,
        response: { 204: empty, ...errors },
      },
    },
    async ({ ctx, params, body }, reply) => {
      const input = await inputOf(ctx, body)
      const named = await attributesOf(ctx, body)
      if (Object.keys(input).length === 0 && named === undefined) throw invalid({ path: [], rule: 'required' })
      const changeAttributes = named && ((before: Attributes) => withAttributes(before, named))
      await updateProfile(ctx, toProfileKey(params.id), input, { changeAttributes })
      return reply.code(204).send()
    },
  )

  app.delete(
    '/v1/hood/profiles/:id',
    { schema: { summary: 'Delete a profile', params: IdParams, response: { 204: empty, ...errors } } },
    async ({ ctx, params }, reply) => {
      await deleteProfile(ctx, toProfileKey(params.id)).catch((error) => {
        // A repeat has no further effect, and no other answer.
        if (!isGone(error, params.id)) throw error
      })
      return reply.code(204).send()
    },
  )
}

function commandRoutes(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/v1/hood/profiles/:id/unsubscribe',
    {
      schema: {
        summary: 'Unsubscribe a profile',
        params: IdParams,
        response: { 204: empty, ...errors },
      },
    },
    async ({ ctx, params }, reply) => {
      await unsubscribeProfile(ctx, toProfileKey(params.id))
      return reply.code(204).send()
    },
  )

  app.post(
    '/v1/hood/profiles/:id/merge/:sid',
    { schema: { summary: 'Merge a profile', params: MergeParams, response: { 204: empty, ...errors } } },
    async ({ ctx, params }, reply) => {
      await mergeProfiles(ctx, { target: toProfileKey(params.id), source: toProfileKey(params.sid) })
      return reply.code(204).send()
    },
  )

  app.post(
    '/v1/hood/profiles/import',
    { schema: { summary: 'Import profiles', body: ImportBody, response: { 202: ImportAnswer, ...errors } } },
    async ({ ctx, body }, reply) => {
      const imports = toImports(body)
      await queueImport(ctx, imports)
      return reply.code(202).send({ queued: imports.length })
    },
  )
}

async function inputOf(ctx: Ctx, body: ProfileBody): Promise<ProfileInput> {
  return { ...toProfileInput(body), ...(body.lists && { listIds: await getProfileListIds(ctx, body.lists) }) }
}

async function attributesOf(ctx: Ctx, body: ProfileBody): Promise<Attributes | undefined> {
  if (body.custom_properties === undefined) return undefined
  const attributes = toAttributes(body.custom_properties)
  await requireFittingValues(ctx, [attributes])
  return attributes
}

/** The long ids of the app's lists by their ids. Asked for only where they are shown. */
async function listsFor(ctx: Ctx, fields: ReadonlySet<string>): Promise<Map<string, string>> {
  const lists = fields.has('lists') ? await listProfileLists(ctx) : []
  return new Map(lists.map(({ id, longId }) => [id, longId]))
}

/** Whether the id could have been a profile's, and there is none (any more). */
function isGone(error: unknown, id: string): boolean {
  return error instanceof DomainFault && error.fault.code === 'profile_not_found' && isLongId(id)
}
