import type { WalletWithKeys } from './wallets.queries.ts'
import type { Wallet } from './wallets.types.ts'

/** A wallet as it may be shown: keys stay where they are. */
export function withoutKeys({ keys: _, ...wallet }: WalletWithKeys): Wallet {
  return wallet
}
