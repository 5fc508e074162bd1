import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import type { OffsetPage } from '../../../core/pagination.ts'
import { requestWallet } from '../../../core/wallets/wallet-requests.service.ts'
import { listWalletsOfApp, listWalletsOfProfile } from '../../../core/wallets/wallets.service.ts'
import { isPresent } from '../generation.ts'
import { toOffsetPage } from '../paging.ts'
import { errorAnswers, PageQuery, ReferenceParams } from '../schemas.ts'
import { networkKeyOf, profileKeyOf, toWalletAnswer, toWalletList, workflowHeader } from '../wallet-mappers.ts'
import { GenerateWalletAnswer, GenerateWalletBody, ListWalletsAnswer } from '../wallet-schemas.ts'

/** A page of the wallets of the profile that a reference, or an id, names. Throws `profile_not_found`. */
export async function walletListOf(
  ctx: Ctx,
  reference: string,
  page: OffsetPage,
  present: boolean,
): Promise<ListWalletsAnswer> {
  const wallets = await listWalletsOfProfile(ctx, profileKeyOf(reference), page)
  return toWalletList(wallets, page, ctx.organizationId, present)
}

/** `/api/v1/wallets` (contracts/oumla.md 0.3). */
export async function walletRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api/v1/wallets/generate',
    {
      schema: {
        summary: 'Generate a wallet',
        body: GenerateWalletBody,
        response: { 201: GenerateWalletAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { ctx, body } = request
      const names = { profile: profileKeyOf(body.reference), network: networkKeyOf(body) }
      const wanted = await requestWallet(ctx, { ...names, withAddress: false })
      reply.code(201).headers(workflowHeader(wanted.workflowId))
      return toWalletAnswer(wanted, isPresent(request))
    },
  )

  const answers = { 200: ListWalletsAnswer, ...errorAnswers }
  app.get(
    '/api/v1/wallets/profile/:reference',
    {
      schema: {
        summary: 'Get the wallets of a profile',
        params: ReferenceParams,
        querystring: PageQuery,
        response: answers,
      },
    },
    async (request) => {
      const { ctx, params, query } = request
      return walletListOf(ctx, params.reference, toOffsetPage(query), isPresent(request))
    },
  )

  app.get(
    '/api/v1/wallets/organization',
    { schema: { summary: 'Get the wallets of the app', querystring: PageQuery, response: answers } },
    async (request) => {
      const page = toOffsetPage(request.query)
      const wallets = await listWalletsOfApp(request.ctx, page)
      return toWalletList(wallets, page, request.ctx.organizationId, isPresent(request))
    },
  )
}
