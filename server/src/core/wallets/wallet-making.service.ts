import type { Actor, AppJobCtx } from '../context.ts'
import { type CausedEvent, recordEvents } from '../events.ts'
import { newId } from '../ids.ts'
import type { LockedProfile } from '../profiles/profiles.types.ts'
import { lockProfiles } from '../profiles/profiles-held.service.ts'
import { assignAccounts, type ProfileAccount, selectAccounts } from './accounts.queries.ts'
import { insertFirstAddresses } from './addresses.queries.ts'
import { type AccountKeys, addressAt } from './derivation.rules.ts'
import { allNetworks } from './networks.service.ts'
import { addressCreatedEvent, walletCreatedEvent } from './wallets.events.ts'
import { addToCounts, insertWallets, selectWalletsForUpdate, type WalletWithKeys } from './wallets.queries.ts'
import { withoutKeys } from './wallets.rules.ts'
import type { Address, Network, Wallet } from './wallets.types.ts'

/** A wallet that is wanted, and who wants it. */
export interface WalletOrder {
  readonly profileId: string
  /** The network's alias. */
  readonly network: string
  /** Whether it is to have a first address. */
  readonly withAddress: boolean
  readonly actor: Actor
  readonly requestId: string | null
}

/**
 * What became of an order. `made`: the wallet is there now, or was before; `address` is the first one when it was made for it, and `dealt`
 * says whether an account came out of the stock. `profile_gone`: there is nobody to have it. `out_of_stock`: no account was
 * left, and nothing is done.
 */
export type MadeWallet =
  | { readonly state: 'made'; readonly wallet: Wallet; readonly address: Address | undefined; readonly dealt: boolean }
  | { readonly state: 'profile_gone' }
  | { readonly state: 'out_of_stock' }

/**
 * Inside a transaction: makes the wallets that are ordered, each profile and network once, with accounts of the stock. A profile has one account
 * on all its networks, and one wallet on each. A wallet that is there and has no address gets its first, if one is meant. Every
 * step is one statement, however many orders there are. Answers in the order of the orders. Private keys have no part in it: the
 * API does this too.
 *
 * The count comes last, and nothing that others may hold is locked after it: who takes an address holds its wallet when it counts.
 */
export async function makeWalletsFromStock(tx: AppJobCtx, orders: readonly WalletOrder[]): Promise<MadeWallet[]> {
  const ids = [...new Set(orders.map(({ profileId }) => profileId))]
  const owners = await lockProfiles(tx, ids)
  const there = new Map<string, WalletWithKeys>()
  for (const wallet of (await selectWalletsForUpdate(tx, ids)).reverse()) there.set(placeOf(wallet), wallet)
  const live = orders.filter(({ profileId }) => owners.has(profileId))
  const wanted = live.filter((order) => !there.has(placeOf(order)))
  const { accounts, dealt } = await accountsFor(tx, wanted)
  const networks = await allNetworks(tx)
  const made = [
    ...wanted.flatMap((order) => makeOne(tx, order, accounts.get(order.profileId), networks)),
    ...live.flatMap((order) => completeOne(tx, order, there.get(placeOf(order)), networks)),
  ]
  await write(tx, made, owners)
  const byPlace = new Map(made.map((one) => [placeOf(one.wallet), one]))
  return orders.map((order) => {
    if (!owners.has(order.profileId)) return { state: 'profile_gone' }
    const now = byPlace.get(placeOf(order))
    if (now !== undefined) return { state: 'made', ...now, dealt: now.isNew && dealt.has(order.profileId) }
    const wallet = there.get(placeOf(order))
    return wallet === undefined
      ? { state: 'out_of_stock' }
      : { state: 'made', wallet: withoutKeys(wallet), address: undefined, dealt: false }
  })
}

function placeOf({ profileId, network }: { readonly profileId: string; readonly network: string }): string {
  return `${profileId} ${network}`
}

/** The accounts of those who want a wallet: their own, or one of the stock. */
async function accountsFor(
  tx: AppJobCtx,
  orders: readonly WalletOrder[],
): Promise<{ accounts: ReadonlyMap<string, ProfileAccount>; dealt: ReadonlySet<string> }> {
  const ids = [...new Set(orders.map(({ profileId }) => profileId))]
  const own = ids.length === 0 ? [] : await selectAccounts(tx, ids)
  const having = new Set(own.map(({ profileId }) => profileId))
  const lacking = ids.filter((id) => !having.has(id))
  const dealt = lacking.length === 0 ? [] : await assignAccounts(tx, lacking)
  return {
    accounts: new Map([...own, ...dealt].map((account) => [account.profileId, account])),
    dealt: new Set(dealt.map(({ profileId }) => profileId)),
  }
}

/** A wallet that is made, or one that gets its first address. */
interface Making {
  readonly order: WalletOrder
  readonly isNew: boolean
  readonly wallet: Wallet
  readonly address: Address | undefined
}

function makeOne(
  tx: AppJobCtx,
  order: WalletOrder,
  account: ProfileAccount | undefined,
  networks: readonly Network[],
): Making[] {
  if (account === undefined) return []
  const { profileId, network, withAddress } = order
  const { accountIndex } = account
  const id = newId()
  const wallet = { id, profileId, network, accountIndex, nextAddressIndex: withAddress ? 1 : 0, createdAt: tx.now }
  return [
    { order, isNew: true, wallet, address: withAddress ? firstAddress(tx, wallet, account, networks) : undefined },
  ]
}

function completeOne(
  tx: AppJobCtx,
  order: WalletOrder,
  there: WalletWithKeys | undefined,
  networks: readonly Network[],
): Making[] {
  if (there === undefined || !order.withAddress || there.nextAddressIndex > 0) return []
  const wallet = { ...withoutKeys(there), nextAddressIndex: 1 }
  return [{ order, isNew: false, wallet, address: firstAddress(tx, wallet, there.keys, networks) }]
}

function firstAddress(tx: AppJobCtx, wallet: Wallet, keys: AccountKeys, networks: readonly Network[]): Address {
  return newAddress(wallet, 0, addressText(keys, networkOf(wallet, networks), 0), tx.now)
}

/** The network of a wallet. Throws for one that this process has not heard of: a newer one has. */
export function networkOf({ network }: Pick<Wallet, 'network'>, networks: readonly Network[]): Network {
  const found = networks.find(({ alias }) => alias === network)
  if (found === undefined) throw new Error(`No network ${network} is known here`)
  return found
}

/** The address at an index of an account on a network. */
export function addressText(keys: AccountKeys, { family, isTest }: Network, index: number): string {
  return addressAt(keys[family], { family, isTest, index })
}

/** An address of a wallet, at an index that is free. */
export function newAddress(
  { id: walletId, profileId, network }: Pick<Wallet, 'id' | 'profileId' | 'network'>,
  addressIndex: number,
  address: string,
  createdAt: Date,
): Address {
  return { id: newId(), walletId, profileId, network, address, addressIndex, createdAt }
}

async function write(
  tx: AppJobCtx,
  made: readonly Making[],
  owners: ReadonlyMap<string, LockedProfile>,
): Promise<void> {
  if (made.length === 0) return
  const wallets = made.flatMap(({ isNew, wallet }) => (isNew ? wallet : []))
  const addresses = made.flatMap(({ address }) => address ?? [])
  if (wallets.length > 0) await insertWallets(tx, wallets, tx.now)
  if (addresses.length > 0) await insertFirstAddresses(tx, addresses, tx.now)
  await recordEvents(
    tx,
    tx.appId,
    made.flatMap(({ order: { actor, requestId }, isNew, wallet, address }): CausedEvent[] => {
      const owner = isNew ? owners.get(wallet.profileId) : undefined
      const told = [owner && walletCreatedEvent(wallet, owner), address && addressCreatedEvent(address)]
      return told.flatMap((event) => (event === undefined ? [] : { ...event, actor, requestId }))
    }),
  )
  await addToCounts(tx, { wallets: wallets.length, addresses: addresses.length })
}
