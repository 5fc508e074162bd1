import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { listAddressesOfWallet } from '../../../core/wallets/address-lists.service.ts'
import { addAddress } from '../../../core/wallets/addresses.service.ts'
import { listNetworks } from '../../../core/wallets/networks.service.ts'
import { requestWallet } from '../../../core/wallets/wallet-requests.service.ts'
import { getWallet, listEveryWalletOf, listWallets } from '../../../core/wallets/wallets.service.ts'
import { getWorkflow } from '../../../core/wallets/workflows.service.ts'
import { toProfileKey } from '../mappers.ts'
import { faults, IdParams, listOf, NoBody, ProfileParams } from '../schemas.ts'
import {
  toAddressAnswer,
  toAddressListAnswer,
  toNetworkAnswer,
  toWalletAnswer,
  toWalletListAnswer,
  toWalletRequestAnswer,
  toWorkflowAnswer,
} from '../wallet-mappers.ts'
import {
  AddressAnswer,
  AddressListAnswer,
  AddressListQuery,
  NetworkAnswer,
  WalletAnswer,
  WalletBegunAnswer,
  WalletBody,
  WalletFoundAnswer,
  WalletListAnswer,
  WalletListQuery,
  WorkflowAnswer,
} from '../wallet-schemas.ts'

/** `/facet/v1/wallets`, what they are on, what they hold, and how they come to be. */
export async function walletRoutes(scope: FastifyInstance): Promise<void> {
  await scope.register(profileWalletRoutes)
  await scope.register(addressRoutes)
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/networks',
    {
      schema: {
        summary: 'List networks',
        description:
          'Those that an app of this mode may use: test networks in a sandbox app, main networks in a live one.',
        response: { 200: listOf(NetworkAnswer), ...faults },
      },
    },
    async ({ ctx }) => ({ data: (await listNetworks(ctx)).map(toNetworkAnswer) }),
  )

  app.get(
    '/wallets',
    {
      schema: {
        summary: 'List wallets',
        description: 'Those of all profiles of the app, the newest first.',
        querystring: WalletListQuery,
        response: { 200: WalletListAnswer, ...faults },
      },
    },
    async ({ ctx, query }) => toWalletListAnswer(await listWallets(ctx, query)),
  )

  app.get(
    '/wallets/:id',
    { schema: { summary: 'Get a wallet', params: IdParams, response: { 200: WalletAnswer, ...faults } } },
    async ({ ctx, params }) => toWalletAnswer(await getWallet(ctx, params.id)),
  )

  app.get(
    '/workflows/:id',
    {
      schema: {
        summary: 'Get a workflow',
        description: 'The making of a wallet. It is kept for 30 days after its end.',
        params: IdParams,
        response: { 200: WorkflowAnswer, ...faults },
      },
    },
    async ({ ctx, params }) => toWorkflowAnswer(await getWorkflow(ctx, params.id)),
  )
}

async function profileWalletRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/profiles/:profile/wallets',
    {
      schema: {
        summary: 'Request a wallet of a profile',
        description:
          'The wallet on the network when it is there, with a first address if that is asked for. Otherwise it is made soon, and `wallet.created` tells of it; who asks meanwhile gets the same workflow.',
        params: ProfileParams,
        body: WalletBody,
        response: { 200: WalletFoundAnswer, 202: WalletBegunAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }, reply) => {
      const network = { by: 'alias', value: body.network } as const
      const profile = toProfileKey(params.profile)
      const request = await requestWallet(ctx, { profile, network, withAddress: body.withAddress ?? false })
      if (request.wallet === null) reply.code(202).header('x-workflow-id', request.workflowId)
      return toWalletRequestAnswer(request)
    },
  )

  app.get(
    '/profiles/:profile/wallets',
    {
      schema: {
        summary: 'List the wallets of a profile',
        description: 'The oldest first: one a network, and those of profiles that were merged into it.',
        params: ProfileParams,
        response: { 200: listOf(WalletAnswer), ...faults },
      },
    },
    async ({ ctx, params }) => ({
      data: (await listEveryWalletOf(ctx, toProfileKey(params.profile))).map(toWalletAnswer),
    }),
  )
}

async function addressRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/wallets/:id/addresses',
    {
      schema: {
        summary: 'Add an address to a wallet',
        description: 'The next of the receiving chain (BIP-44); no index is skipped or used twice.',
        params: IdParams,
        body: NoBody,
        response: { 201: AddressAnswer, ...faults },
      },
    },
    async ({ ctx, params }, reply) => reply.code(201).send(toAddressAnswer(await addAddress(ctx, params.id))),
  )

  app.get(
    '/wallets/:id/addresses',
    {
      schema: {
        summary: 'List the addresses of a wallet',
        description: 'The oldest first.',
        params: IdParams,
        querystring: AddressListQuery,
        response: { 200: AddressListAnswer, ...faults },
      },
    },
    async ({ ctx, params, query }) => toAddressListAnswer(await listAddressesOfWallet(ctx, params.id, query)),
  )
}
