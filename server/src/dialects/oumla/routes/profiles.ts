import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createProfile } from '../../../core/profiles/profiles.service.ts'
import { listProfilesByOffset } from '../../../core/profiles/profiles-list.service.ts'
import { summarizeWallets } from '../../../core/wallets/wallets.service.ts'
import { toCreateAnswer, toOffsetPage, toPresentList, toProfileInput, toSeedList } from '../mappers.ts'
import { CreateProfileAnswer, CreateProfileBody, ErrorAnswer, ListProfilesAnswer, PageQuery } from '../schemas.ts'

const errors = { 400: ErrorAnswer, 401: ErrorAnswer, 403: ErrorAnswer, 404: ErrorAnswer }

/** `/api/v1/profiles` (seed 000; contracts/oumla.md 0.1 and 0.2). */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api/v1/profiles',
    {
      schema: {
        summary: 'Create a profile',
        body: CreateProfileBody,
        response: { 201: CreateProfileAnswer, ...errors, 409: ErrorAnswer },
      },
    },
    async (request, reply) => {
      const profile = await createProfile(request.ctx, toProfileInput(request.body))
      return reply.code(201).send(toCreateAnswer(profile, isPresent(request)))
    },
  )

  app.get(
    '/api/v1/profiles',
    { schema: { summary: 'Get profiles', querystring: PageQuery, response: { 200: ListProfilesAnswer, ...errors } } },
    async (request) => {
      const page = toOffsetPage(request.query)
      const profiles = await listProfilesByOffset(request.ctx, page)
      if (isPresent(request)) return toPresentList(profiles, page)
      const ids = profiles.items.map((profile) => profile.id)
      return toSeedList(profiles, page, await summarizeWallets(request.ctx, ids), request.ctx.organizationId)
    },
  )
}

/** A client of the present generation names its version; the seed's does not (contracts/README, decision 1). */
function isPresent(request: Pick<FastifyRequest, 'headers'>): boolean {
  return request.headers['x-sdk-version'] !== undefined
}
