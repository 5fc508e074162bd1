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
