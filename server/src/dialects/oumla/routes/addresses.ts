import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { listAddressesOfApp, listAddressesOfProfile } from '../../../core/wallets/address-lists.service.ts'
import { generateAddress } from '../../../core/wallets/addresses.service.ts'
import { isPresent } from '../generation.ts'
import { toOffsetPage } from '../paging.ts'
import { ErrorAnswer, errorAnswers, PageQuery, ReferenceParams } from '../schemas.ts'
import { networkKeyOf, profileKeyOf, toAddressAnswer, toAddressList, workflowHeader } from '../wallet-mappers.ts'
import { GenerateAddressAnswer, GenerateAddressBody, ListAddressesAnswer } from '../wallet-schemas.ts'

/** The first two want a wallet that is there or under way; the third makes one (contracts/README, decision 4). */
const generating = [
  { path: '/api/v1/address/generate', makesWallet: false, summary: 'Generate an address, at its older path' },
  { path: '/api/v1/addresses/generate', makesWallet: false, summary: 'Generate an address' },
  { path: '/api/v2/addresses/generate', makesWallet: true, summary: 'Generate an address, and its wallet' },
]

/** `/api/v1/addresses`, and where addresses are made (contracts/oumla.md 0.3). */
export async function addressRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  const generated = { 201: GenerateAddressAnswer, ...errorAnswers, 503: ErrorAnswer }
  for (const { path, makesWallet, summary } of generating) {
    app.post(path, { schema: { summary, body: GenerateAddressBody, response: generated } }, async (request, reply) => {
      const { ctx, body } = request
      const names = { profile: profileKeyOf(body.reference), network: networkKeyOf(body) }
      const { address, workflowId } = await generateAddress(ctx, { ...names, makesWallet })
      reply.code(201).headers(workflowHeader(workflowId))
      return toAddressAnswer(address, isPresent(request))
    })
  }

  const answers = { 200: ListAddressesAnswer, ...errorAnswers }
  app.get(
    '/api/v1/addresses/organization',
    { schema: { summary: 'Get the addresses of the app', querystring: PageQuery, response: answers } },
    async (request) => {
      const page = toOffsetPage(request.query)
      return toAddressList(await listAddressesOfApp(request.ctx, page), page, isPresent(request))
    },
  )

  app.get(
    '/api/v1/addresses/:reference',
    {
      schema: {
        summary: 'Get the addresses of a profile',
        params: ReferenceParams,
        querystring: PageQuery,
        response: answers,
      },
    },
    async (request) => {
      const { ctx, params, query } = request
      const page = toOffsetPage(query)
      const addresses = await listAddressesOfProfile(ctx, profileKeyOf(params.reference), page)
      return toAddressList(addresses, page, isPresent(request))
    },
  )
}
