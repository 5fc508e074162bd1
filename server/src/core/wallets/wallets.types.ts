import type { ProfileKey, ProfileType } from '../profiles/profiles.types.ts'

/** How addresses are made on a network. Bitcoin: P2WPKH (BIP-84). EVM: Keccak-256 with the checksum of EIP-55. */
export type AddressFamily = 'bitcoin' | 'evm'

/** A block chain that wallets may be on. */
export interface Network {
  /** The same in every installation. */
  readonly id: string
  /** As `tBTC`: what the core, events and settings name a network by. */
  readonly alias: string
  /** For people; a test network may share it with the main one. */
  readonly name: string
  /** EIP-155; null where a network has none, as Bitcoin. */
  readonly chainId: number | null
  /** Of its coin: how many digits the smallest unit is below one. */
  readonly decimals: number
  readonly family: AddressFamily
  readonly isTest: boolean
  /** After how many blocks a transaction counts. */
  readonly confirmations: number
  /** `https://…{address}`; null where nothing explores the network. */
  readonly explorerUrlTemplate: string | null
  readonly createdAt: Date
}

/** A network as one app sees it. */
export interface AppNetwork extends Network {
  /** Whether the app's settings let it be used. */
  readonly enabled: boolean
}

/** How a request names a network. */
export type NetworkKey = { readonly by: 'id' | 'alias'; readonly value: string }

/** Where a wallet is or is to be: a profile has one on each network. */
export interface WalletPlace {
  readonly profileId: string
  /** The network's alias. */
  readonly network: string
}

/** Whose wallet is wanted, and where. */
export interface RequestWalletInput {
  readonly profile: ProfileKey
  readonly network: NetworkKey
  /** Whether it is to have a first address. */
  readonly withAddress: boolean
}

/** Whose address is wanted, and where. */
export interface GenerateAddressInput {
  readonly profile: ProfileKey
  readonly network: NetworkKey
  /** Whether a wallet is made when there is none. */
  readonly makesWallet: boolean
}

/** A profile's account on one network. */
export interface Wallet {
  /** UUIDv7. */
  readonly id: string
  readonly profileId: string
  /** The network's alias. */
  readonly network: string
  /** The account's index in the app's seed (BIP-44), the profile's own on every network. */
  readonly accountIndex: number
  /** Also the number of its addresses: indexes are taken one after the other and never given back. */
  readonly nextAddressIndex: number
  readonly createdAt: Date
}

/** An address that a wallet receives on. */
export interface Address {
  /** UUIDv7. */
  readonly id: string
  readonly walletId: string
  /** The wallet's. */
  readonly profileId: string
  /** The network's alias. */
  readonly network: string
  readonly address: string
  /** Of the receiving chain (BIP-44). */
  readonly addressIndex: number
  readonly createdAt: Date
}

/** Of a wallet's or an address's profile: what lists show beside them. */
export interface OwnerOnList {
  readonly profileId: string
  readonly reference: string | null
  readonly type: ProfileType
}

/** A wallet with what lists show of its profile and its network. */
export interface ListedWallet extends Wallet {
  readonly owner: OwnerOnList
  readonly networkId: string
}

/** An address with what lists show of its profile and its network. Amounts are in the network's smallest unit. */
export interface ListedAddress extends Address {
  readonly owner: OwnerOnList
  readonly networkId: string
  readonly decimals: number
  readonly confirmed: bigint
  readonly unconfirmed: bigint
}

/** An address of a profile, and the network that it is on. */
export interface WalletAddress {
  readonly address: string
  /** The network's name for people: a test network may share it with the main one. */
  readonly networkName: string
  /** EIP-155; null where a network has none, as Bitcoin. */
  readonly chainId: number | null
  /** Where the address can be looked at; null where nothing explores the network. */
  readonly explorerUrl: string | null
}

/** What list pages show of a profile's wallets. Amounts are in the network's smallest unit. */
export interface WalletSummary {
  readonly network: string
  readonly accountIndex: number
  readonly nextAddressIndex: number
  /** The first hundred, oldest first. */
  readonly addresses: readonly string[]
  readonly confirmed: bigint
  readonly unconfirmed: bigint
  readonly createdAt: Date
}

/** `running`: the wallet is not there yet. `completed`: it is. `failed`: it will never be. */
export type WorkflowState = 'running' | 'completed' | 'failed'

/** The making of a wallet, from the request to the wallet. */
export interface Workflow {
  /** UUIDv7. */
  readonly id: string
  readonly profileId: string
  readonly network: string
  readonly state: WorkflowState
  readonly walletId: string | null
  /** Why it failed; null unless it did. `profile_gone`: the profile was deleted before it had its wallet. */
  readonly failure: 'profile_gone' | null
  readonly requestedAt: Date
  readonly closedAt: Date | null
}

/** What became of a request for a wallet: the wallet that is there, or the workflow that makes it. */
export type WalletRequest = { readonly owner: OwnerOnList; readonly network: Network } & (
  | { readonly wallet: Wallet; readonly workflowId: null }
  | { readonly wallet: null; readonly workflowId: string; readonly requestedAt: Date }
)

/** An address that was made for a request; `workflowId` is there when the wallet had to be made too. */
export interface NewAddress {
  readonly address: Address
  readonly workflowId: string | null
}

/** One request that waits for a wallet. */
export interface WalletWatch {
  /** Resolves when a wallet of the profile was made since the last call, or when the time is over. */
  next(timeoutMs: number): Promise<void>
  /** Whether the process stops: nothing is worth waiting for any more. */
  readonly ended: boolean
  /** Gives the place free. */
  end(): void
}

/** Tells requests that wallets were made. */
export interface WalletNews {
  /** Begins to listen; undefined when too many wait already, in the process or in the app, or the process stops. */
  watch(appId: string, profileId: string): WalletWatch | undefined
  /** Ends every wait. */
  close(): void
}
