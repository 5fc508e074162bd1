import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import type { CountedPage, OffsetPage } from '../../../core/pagination.ts'
import { createProfile } from '../../../core/profiles/profiles.service.ts'
import type { Profile } from '../../../core/profiles/profiles.types.ts'
import { listProfilesByOffset } from '../../../core/profiles/profiles-list.service.ts'
import { summarizeWallets } from '../../../core/wallets/wallets.service.ts'
import { isPresent } from '../generation.ts'
import { toCreateAnswer, toPresentList, toProfileInput, toSeedList } from '../mappers.ts'
import { toOffsetPage } from '../paging.ts'
import {
  CreateProfileAnswer,
  CreateProfileBody,
  ErrorAnswer,
  errorAnswers,
  ListProfilesAnswer,
  PageQuery,
} from '../schemas.ts'

/** `/api/v1/profiles` (seed 000; contracts/oumla.md 0.1 and 0.2). */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api/v1/profiles',
    {
      schema: {
        summary: 'Create a profile',
        body: CreateProfileBody,
        response: { 201: CreateProfileAnswer, ...errorAnswers, 409: ErrorAnswer },
      },
    },
    async (request, reply) => {
      const profile = await createProfile(request.ctx, toProfileInput(request.body))
      return reply.code(201).send(toCreateAnswer(profile, isPresent(request)))
    },
  )

  app.get(
    '/api/v1/profiles',
    {
      schema: {
        summary: 'Get profiles',
        querystring: PageQuery,
        response: { 200: ListProfilesAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const page = toOffsetPage(request.query)
      const profiles = await listProfilesByOffset(request.ctx, page)
      return isPresent(request) ? toPresentList(profiles, page) : seedListOf(request.ctx, profiles, page)
    },
  )
}

/** A page of the list for a client that sends no `x-sdk-version`: with what there is of wallets. */
export async function seedListOf(
  ctx: Ctx,
  profiles: CountedPage<Profile>,
  page: OffsetPage,
): Promise<ListProfilesAnswer> {
  const ids = profiles.items.map((profile) => profile.id)
  return toSeedList(profiles, page, await summarizeWallets(ctx, ids), ctx.organizationId)
}
