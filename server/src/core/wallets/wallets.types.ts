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
  readonly addresses: readonly string[]
  readonly confirmed: bigint
  readonly unconfirmed: bigint
  readonly createdAt: Date
}
