import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { createProfile, findProfile, getProfile } from '../../../core/profiles/profiles.service.ts'
import type { Profile } from '../../../core/profiles/profiles.types.ts'
import { listWalletAddresses } from '../../../core/wallets/wallets.service.ts'
import { toCreateAnswer, toProfileInput, toProfileKeys, toUser } from '../mappers.ts'
import {
  CreateUserAnswer,
  CreateUserBody,
  ErrorAnswer,
  FindUserAnswer,
  FindUserQuery,
  type User,
  UserAnswer,
  UserPath,
} from '../schemas.ts'

const errors = { 400: ErrorAnswer, 401: ErrorAnswer, 403: ErrorAnswer }

/** `/v1/user` (seed 004; contracts/original.md 4.2). */
export async function userRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/v1/user',
    {
      schema: {
        summary: 'Create a user',
        body: CreateUserBody,
        response: { 201: CreateUserAnswer, ...errors, 409: ErrorAnswer, 422: ErrorAnswer },
      },
      // No body at all, under no content type, is as empty as one of no bytes.
      preValidation: async (request) => {
        if (request.body === undefined) request.body = {}
      },
    },
    async (request, reply) => {
      const profile = await createProfile(request.ctx, toProfileInput(request.body))
      return reply.code(201).send(toCreateAnswer(profile))
    },
  )

  app.get(
    '/v1/user',
    {
      schema: {
        summary: 'Find a user by everything that is given of it',
        querystring: FindUserQuery,
        response: { 200: FindUserAnswer, ...errors },
      },
    },
    async (request) => {
      const profile = await findProfile(request.ctx, toProfileKeys(request.query))
      if (profile === undefined) return { success: false, data: null }
      return { success: true, data: await userOf(request.ctx, profile) }
    },
  )

  app.get(
    // An empty uid is no uid, but a path that is not there.
    '/v1/user/:uid(.+)',
    {
      schema: {
        summary: 'Get a user',
        params: UserPath,
        response: { 200: UserAnswer, ...errors, 404: ErrorAnswer },
      },
    },
    ({ ctx, params }) => oneUser(ctx, params.uid),
  )
}

/** The user of a uid. Throws `profile_not_found`. */
export async function oneUser(ctx: Ctx, uid: string): Promise<UserAnswer> {
  return { success: true, data: await userOf(ctx, await getProfile(ctx, { by: 'uid', value: uid })) }
}

async function userOf(ctx: Ctx, profile: Profile): Promise<User> {
  const wallets = await listWalletAddresses(ctx, [profile.id])
  return toUser(profile, wallets.get(profile.id) ?? [])
}
