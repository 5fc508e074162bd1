import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { getDefaultEvmNetwork } from '../../../core/wallets/networks.service.ts'
import { requestWallet } from '../../../core/wallets/wallet-requests.service.ts'
import { findFirstAddress } from '../../../core/wallets/wallets.service.ts'
import { toDepositAnswer } from '../mappers.ts'
import { DepositAnswer, DepositQuery, ErrorAnswer } from '../schemas.ts'

/** `/v1/deposit` (contracts/original.md 4.4, and decision 26a of the contracts). */
export async function depositRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/v1/deposit',
    {
      // It may begin a wallet, which asking for nothing but headers should not.
      exposeHeadRoute: false,
      schema: {
        summary: 'Get where a user receives',
        description: 'The first call begins the wallet, which later calls show. `x-workflow-id` is there until then.',
        querystring: DepositQuery,
        response: { 200: DepositAnswer, 400: ErrorAnswer, 401: ErrorAnswer, 403: ErrorAnswer, 404: ErrorAnswer },
      },
    },
    async ({ ctx, query }, reply) => {
      const profile = { by: 'uid', value: query.user_uid } as const
      const network = await getDefaultEvmNetwork(ctx)
      const there = await findFirstAddress(ctx, profile, network.alias)
      if (there !== undefined) return toDepositAnswer(network, there)
      const { workflowId } = await requestWallet(ctx, {
        profile,
        network: { by: 'alias', value: network.alias },
        withAddress: true,
      })
      if (workflowId !== null) {
        reply.header('x-workflow-id', workflowId)
        return toDepositAnswer(network, undefined)
      }
      // A wallet that was there without an address has one now, and maybe another one of a call beside this one.
      return toDepositAnswer(network, await findFirstAddress(ctx, profile, network.alias))
    },
  )
}
