import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { listNetworks } from '../../../core/wallets/networks.service.ts'
import { isPresent } from '../generation.ts'
import { toEnabledNetworks, toNetworkList } from '../network-mappers.ts'
import { toOffsetPage } from '../paging.ts'
import { errorAnswers } from '../schemas.ts'
import { EnabledNetworksAnswer, ListNetworksAnswer, NetworksQuery } from '../wallet-schemas.ts'

/** `/api/v1/network` (contracts/oumla.md 0.3). */
export async function networkRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/api/v1/network/enabled',
    { schema: { summary: 'Get the enabled networks', response: { 200: EnabledNetworksAnswer, ...errorAnswers } } },
    async (request) => toEnabledNetworks(await listNetworks(request.ctx)),
  )

  app.get(
    '/api/v1/network/organization',
    {
      schema: {
        summary: 'Get the networks of the app',
        querystring: NetworksQuery,
        response: { 200: ListNetworksAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const page = toOffsetPage(request.query)
      return toNetworkList(await listNetworks(request.ctx), request.query, page, isPresent(request))
    },
  )
}
