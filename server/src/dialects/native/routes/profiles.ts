import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { removePicture } from '../../../core/pictures/pictures.service.ts'
import { deleteProfile, mergeProfiles } from '../../../core/profile-lifecycle/profile-lifecycle.service.ts'
import {
  createProfile,
  getProfile,
  unsubscribeProfile,
  updateProfile,
} from '../../../core/profiles/profiles.service.ts'
import type { Profile } from '../../../core/profiles/profiles.types.ts'
import { findProfiles, listProfiles } from '../../../core/profiles/profiles-list.service.ts'
import { listAddressOwners } from '../../../core/wallets/address-lists.service.ts'
import { requirePlainSearch, toFilter, toProfileAnswer, toProfileKey, toProfileListAnswer } from '../mappers.ts'
import { isKnown, toEntityTag, toRevisions } from '../preconditions.ts'
import {
  empty,
  faults,
  MergeBody,
  NoBody,
  ProfileAnswer,
  ProfileBody,
  ProfileListAnswer,
  ProfileListQuery,
  ProfileParams,
} from '../schemas.ts'

/** `/facet/v1/profiles`. */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  await scope.register(profileCommandRoutes)
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/profiles',
    { schema: { summary: 'Create a profile', body: ProfileBody, response: { 201: ProfileAnswer, ...faults } } },
    async (request, reply) => {
      const profile = await createProfile(request.ctx, request.body)
      reply.code(201).header('location', `/facet/v1/profiles/${profile.id}`)
      return sendProfile(reply, profile)
    },
  )

  app.get(
    '/profiles',
    {
      schema: {
        summary: 'List profiles',
        querystring: ProfileListQuery,
        response: { 200: ProfileListAnswer, ...faults },
      },
    },
    async ({ ctx, query }) => {
      const { q, limit, cursor, sort = '-createdAt' } = query
      if (q === undefined) {
        return toProfileListAnswer(await listProfiles(ctx, { limit, cursor, sort, filter: toFilter(query) }))
      }
      requirePlainSearch(query)
      return toProfileListAnswer(await findProfiles(ctx, { q, owners: await listAddressOwners(ctx, q), limit, cursor }))
    },
  )

  app.get(
    '/profiles/:profile',
    {
      schema: {
        summary: 'Get a profile',
        params: ProfileParams,
        response: { 200: ProfileAnswer, 304: empty('If-None-Match names its revision'), ...faults },
      },
    },
    async (request, reply) => {
      const profile = await getProfile(request.ctx, toProfileKey(request.params.profile))
      if (isKnown(profile, request.headers['if-none-match'])) {
        return reply.code(304).header('etag', toEntityTag(profile)).send()
      }
      return sendProfile(reply, profile)
    },
  )

  app.patch(
    '/profiles/:profile',
    {
      schema: {
        summary: 'Change a profile',
        params: ProfileParams,
        body: ProfileBody,
        response: { 200: ProfileAnswer, ...faults },
      },
    },
    async (request, reply) => {
      const options = { ifRevision: toRevisions(request.headers['if-match']) }
      const key = toProfileKey(request.params.profile)
      return sendProfile(reply, await updateProfile(request.ctx, key, request.body, options))
    },
  )

  app.delete(
    '/profiles/:profile',
    {
      schema: {
        summary: 'Delete a profile',
        description: 'Its ids stay and answer as not found; its identifiers are free again.',
        params: ProfileParams,
        response: { 204: empty('Deleted'), ...faults },
      },
    },
    async (request, reply) => {
      const options = { ifRevision: toRevisions(request.headers['if-match']) }
      await deleteProfile(request.ctx, toProfileKey(request.params.profile), options)
      return reply.code(204).send()
    },
  )
}

/** What is done with a profile beside changing its fields. */
async function profileCommandRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/profiles/:profile/merge',
    {
      schema: {
        summary: 'Merge a profile into another',
        description:
          'The profile gets what only the source has, identifiers and wallets among it. The source answers as deleted, and its events are listed with those of the profile.',
        params: ProfileParams,
        body: MergeBody,
        response: { 200: ProfileAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }, reply) => {
      const [target, source] = [toProfileKey(params.profile), toProfileKey(body.source)]
      return sendProfile(reply, await mergeProfiles(ctx, { target, source }))
    },
  )

  app.post(
    '/profiles/:profile/unsubscribe',
    {
      schema: {
        summary: 'Unsubscribe a profile',
        description: 'Its e-mail and phone cannot be put on another profile from now on. Again: no change.',
        params: ProfileParams,
        body: NoBody,
        response: { 200: ProfileAnswer, ...faults },
      },
    },
    async ({ ctx, params }, reply) => sendProfile(reply, await unsubscribeProfile(ctx, toProfileKey(params.profile))),
  )

  app.delete(
    '/profiles/:profile/picture',
    {
      schema: {
        summary: 'Remove the picture of a profile',
        description: 'Its files are gone within minutes. Where there is none: no change.',
        params: ProfileParams,
        response: { 200: ProfileAnswer, ...faults },
      },
    },
    async ({ ctx, params }, reply) => sendProfile(reply, await removePicture(ctx, toProfileKey(params.profile))),
  )
}

function sendProfile(reply: FastifyReply, profile: Profile): FastifyReply {
  return reply.header('etag', toEntityTag(profile)).send(toProfileAnswer(profile))
}
