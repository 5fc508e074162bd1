import type { AppJobCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { insertAddress } from './addresses.queries.ts'
import { allNetworks } from './networks.service.ts'
import { addressText, networkOf, newAddress } from './wallet-making.service.ts'
import { selectWalletForUpdate, type WalletWithKeys } from './wallets.queries.ts'
import type { Address } from './wallets.types.ts'

/**
 * The wallet's next address, in one statement of its own transaction or the caller's; undefined when somebody else took that index, or
 * the wallet changed hands, since it was read, or a transaction holds it.
 */
export async function takeAddress(ctx: AppJobCtx, wallet: WalletWithKeys): Promise<Address | undefined> {
  const index = wallet.nextAddressIndex
  const text = addressText(wallet.keys, networkOf(wallet, await allNetworks(ctx)), index)
  const address = newAddress(wallet, index, text, ctx.now)
  return (await insertAddress(ctx, address)) ? address : undefined
}

/** Inside a transaction: the same, with the wallet locked, so that nobody can be first. Throws `wallet_not_found`. */
export async function takeAddressLocked(tx: AppJobCtx, walletId: string): Promise<Address> {
  const wallet = await selectWalletForUpdate(tx, walletId)
  const address = wallet && (await takeAddress(tx, wallet))
  if (address === undefined) throw new DomainFault({ code: 'wallet_not_found' })
  return address
}
