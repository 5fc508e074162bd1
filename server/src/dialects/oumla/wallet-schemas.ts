import { type Static, Type } from 'typebox'
import { NullableString, PageQuery, Paging, ProfileTypeName, Reference } from './schemas.ts'

const Text = Type.String()

/** The body names a network by its id or, as clients of the seed do, by its alias: one of the two must be there. */
const networkFields = { networkId: Type.Optional(Text), network: Type.Optional(Text) }
const oneNetwork = { if: { required: ['networkId'] }, else: { required: ['network'] } }

/** Body of `POST /api/v1/wallets/generate`. Other keys are ignored. */
export const GenerateWalletBody = Type.Object({ reference: Reference, ...networkFields }, oneNetwork)
export type GenerateWalletBody = Static<typeof GenerateWalletBody>

/**
 * Body of the paths that generate an address. `clientShare` must be there, and nothing reads it: it is a client's part of
 * a key that is held in parts, and here a key is in one piece.
 */
export const GenerateAddressBody = Type.Object(
  { reference: Reference, ...networkFields, clientShare: Type.String({ minLength: 1 }) },
  oneNetwork,
)
export type GenerateAddressBody = Static<typeof GenerateAddressBody>

/**
 * An answer names a network by its id, or by its alias to a client of the seed. All keys of an object that does are optional here, since the
 * serializer writes those that must be there first, and each has its place.
 */
const shownNetwork = { networkId: Type.Optional(Text), network: Type.Optional(Text) }

/** `201` of `POST /api/v1/wallets/generate`. */
export const GenerateWalletAnswer = Type.Object({
  data: Type.Partial(Type.Object({ reference: Text, ...shownNetwork, type: ProfileTypeName, date: Text })),
})
export type GenerateWalletAnswer = Static<typeof GenerateWalletAnswer>

/** `201` of the paths that generate an address: the address alone to a client of the seed, else with its id. */
export const GenerateAddressAnswer = Type.Union([
  Type.Object({ message: Text, data: Text }),
  Type.Object({ data: Type.Object({ id: Text, address: Text }), message: Text }),
])
export type GenerateAddressAnswer = Static<typeof GenerateAddressAnswer>

const ListedWallet = Type.Partial(
  Type.Object({
    id: Text,
    date: Text,
    organizationId: Text,
    reference: Text,
    type: ProfileTypeName,
    ...shownNetwork,
    currentDeepIndex: Type.Integer(),
    index: Type.Integer(),
  }),
)

/** `200` of a list of wallets. */
export const ListWalletsAnswer = Type.Object({ data: Type.Array(ListedWallet), ...Paging.properties })
export type ListWalletsAnswer = Static<typeof ListWalletsAnswer>

const ListedAddress = Type.Partial(
  Type.Object({
    id: Text,
    address: Text,
    reference: Text,
    ...shownNetwork,
    date: Text,
    label: NullableString,
    sub: NullableString,
    balance: Text,
    miniWalletId: Text,
  }),
)

/** `200` of a list of addresses. */
export const ListAddressesAnswer = Type.Object({ data: Type.Array(ListedAddress), ...Paging.properties })
export type ListAddressesAnswer = Static<typeof ListAddressesAnswer>

/** `200` of `GET /api/v1/network/enabled`. */
export const EnabledNetworksAnswer = Type.Object({
  networks: Type.Array(Type.Object({ networkId: Text, name: Text, alias: Text })),
})
export type EnabledNetworksAnswer = Static<typeof EnabledNetworksAnswer>

/** Query of `GET /api/v1/network/organization`. */
export const NetworksQuery = Type.Object({
  ...PageQuery.properties,
  enabled: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'] })),
  name: Type.Optional(Text),
})
export type NetworksQuery = Static<typeof NetworksQuery>

const OrganizationNetwork = Type.Object({
  id: Text,
  enabled: Type.Boolean(),
  name: Text,
  globalAccess: Type.Boolean(),
  chainId: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  isMainnet: Type.Boolean(),
  isGasless: Type.Boolean(),
  addressFamily: Text,
  decimals: Type.Integer(),
  createdAt: Text,
  updatedAt: Text,
})
export type OrganizationNetwork = Static<typeof OrganizationNetwork>

/** `200` of `GET /api/v1/network/organization`. */
export const ListNetworksAnswer = Type.Object({ networks: Type.Array(OrganizationNetwork), ...Paging.properties })
export type ListNetworksAnswer = Static<typeof ListNetworksAnswer>

export const WorkflowParams = Type.Object({ workflowId: Text })

/** `200` of `GET /api/v1/workflows/{workflowId}/status`. */
export const WorkflowAnswer = Type.Object({
  workflowId: Text,
  runId: Text,
  status: Text,
  startTime: Text,
  closeTime: NullableString,
  executionTime: Text,
  historyLength: Type.Integer(),
  result: Type.Unsafe<{ walletId: string } | null>({
    type: ['object', 'null'],
    properties: { walletId: Text },
    required: ['walletId'],
  }),
  error: NullableString,
})
export type WorkflowAnswer = Static<typeof WorkflowAnswer>
