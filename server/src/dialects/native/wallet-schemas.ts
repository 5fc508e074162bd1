import { type Static, Type } from 'typebox'
import type { AddressFamily, Workflow, WorkflowState } from '../../core/wallets/wallets.types.ts'

const strict = { additionalProperties: false }
const uuid = { format: 'uuid' }
const Instant = { format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }
const nullable = (options: object = {}) => Type.Unsafe<string | null>({ ...options, type: ['string', 'null'] })
const Alias = Type.String({ description: "The network's alias, as in `GET /facet/v1/networks`", examples: ['AMOY'] })

export const NetworkAnswer = Type.Object({
  id: Type.String({ ...uuid, description: 'The same in every installation' }),
  alias: Type.String({ description: 'Names the network in requests, answers, events and settings' }),
  name: Type.String({ description: 'For people; a test network may share it with the main one' }),
  chainId: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'EIP-155; null where a network has none, as Bitcoin',
  }),
  decimals: Type.Integer({ description: 'How many digits the smallest unit of its coin is below one' }),
  family: Type.Unsafe<AddressFamily>({
    type: 'string',
    enum: ['bitcoin', 'evm'],
    description: '`bitcoin`: P2WPKH addresses (BIP-84). `evm`: addresses with the checksum of EIP-55',
  }),
  isTest: Type.Boolean(),
  confirmations: Type.Integer({ description: 'After how many blocks a transaction counts' }),
  explorerUrlTemplate: nullable({ description: 'With `{address}` in it; null where nothing explores the network' }),
  enabled: Type.Boolean({ description: "Whether the app's settings let wallets be made on it" }),
})
export type NetworkAnswer = Static<typeof NetworkAnswer>

export const WalletAnswer = Type.Object({
  id: Type.String(uuid),
  profileId: Type.String(uuid),
  network: Alias,
  accountIndex: Type.Integer({
    minimum: 0,
    description: "The account's index in the app's seed (BIP-44): that of the profile on every network",
  }),
  addressCount: Type.Integer({ minimum: 0 }),
  createdAt: Type.String(Instant),
})
export type WalletAnswer = Static<typeof WalletAnswer>

export const WalletListQuery = Type.Object(
  {
    network: Type.Optional(Alias),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 8_192, description: '`nextCursor` of the page before' })),
  },
  strict,
)

export const WalletListAnswer = Type.Object({
  data: Type.Array(WalletAnswer),
  nextCursor: nullable(),
  total: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'All wallets of the app; null when a network is named',
  }),
})
export type WalletListAnswer = Static<typeof WalletListAnswer>

export const WalletBody = Type.Object(
  {
    network: Alias,
    withAddress: Type.Optional(
      Type.Boolean({ description: 'Whether it is to have a first address too. Default: `false`' }),
    ),
  },
  strict,
)

/** One shape for both answers of a request: one member is null, and the status says which. */
const walletRequest = (wallet: object, workflow: object) =>
  Type.Object({
    wallet: Type.Unsafe<WalletAnswer | null>(wallet),
    workflow: Type.Unsafe<BegunWorkflow | null>(workflow),
  })

const BegunWorkflow = Type.Object({
  id: Type.String({ ...uuid, description: 'What became of it: `GET /facet/v1/workflows/{id}`' }),
  profileId: Type.String(uuid),
  network: Alias,
  requestedAt: Type.String(Instant),
})
type BegunWorkflow = Static<typeof BegunWorkflow>

export const WalletFoundAnswer = walletRequest(WalletAnswer, { type: 'null' })
export const WalletBegunAnswer = walletRequest({ type: 'null' }, BegunWorkflow)
export type WalletRequestAnswer = Static<typeof WalletFoundAnswer>

export const AddressAnswer = Type.Object({
  id: Type.String(uuid),
  walletId: Type.String(uuid),
  profileId: Type.String(uuid),
  network: Alias,
  address: Type.String(),
  addressIndex: Type.Integer({ minimum: 0, description: "Of the account's receiving chain (BIP-44)" }),
  createdAt: Type.String(Instant),
})
export type AddressAnswer = Static<typeof AddressAnswer>

export const AddressListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 8_192, description: '`nextCursor` of the page before' })),
  },
  strict,
)

export const AddressListAnswer = Type.Object({ data: Type.Array(AddressAnswer), nextCursor: nullable() })
export type AddressListAnswer = Static<typeof AddressListAnswer>

export const WorkflowAnswer = Type.Object({
  id: Type.String({ ...uuid, description: '`x-workflow-id` of the answer that began it' }),
  profileId: Type.String(uuid),
  network: Alias,
  state: Type.Unsafe<WorkflowState>({
    type: 'string',
    enum: ['running', 'completed', 'failed'],
    description: '`running`: the wallet is not there yet. `completed`: it is. `failed`: it will never be',
  }),
  walletId: nullable({ ...uuid, description: 'Null until it is completed' }),
  failure: Type.Unsafe<Workflow['failure']>({
    type: ['string', 'null'],
    description: '`profile_gone`: the profile was deleted before it had its wallet',
  }),
  requestedAt: Type.String(Instant),
  closedAt: nullable(Instant),
})
export type WorkflowAnswer = Static<typeof WorkflowAnswer>
