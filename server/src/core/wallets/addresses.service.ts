import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { findStoredResult } from '../idempotency.ts'
import { isUuid, newId } from '../ids.ts'
import { lookUpProfile } from '../profiles/profiles-held.service.ts'
import { inOneStatement, inTx } from '../transactions.ts'
import { takeAddress, takeAddressLocked } from './address-taking.service.ts'
import { ownTurn } from './derivation-turns.ts'
import { getEnabledNetwork } from './networks.service.ts'
import { inLane } from './wallet-lanes.ts'
import { makeWalletsFromStock } from './wallet-making.service.ts'
import { enqueueMaking, requestMaking } from './wallet-requests.service.ts'
import { selectWallet, selectWalletOn, type WalletWithKeys } from './wallets.queries.ts'
import type { Address, GenerateAddressInput, NewAddress, WalletPlace } from './wallets.types.ts'
import { deleteWorkflow, endWorkflows, requestWorkflow, selectRunning, tellOfWallets } from './workflows.queries.ts'

/** How long a request waits for a wallet that is being made. */
const mostWaitMs = 10_000
/** So often it looks by itself, should the news of it be lost. */
const lookEveryMs = 1_000
const retryAfterMs = 1_000
/** One of so many accounts that are dealt out asks for more stock: far fewer than the worker keeps. */
const refillEvery = 32

/**
 * A new address of the profile's wallet. A wallet that is being made is waited for, at most 10 seconds; one that is to be made comes out of
 * the stock at once, or is waited for too. Throws `profile_not_found`, `input_invalid` for a network that the app may not use,
 * `wallet_not_found` when there is no wallet and none is to be made, and `wallet_pending` when the wait was too
 * long: the work goes on.
 */
export async function generateAddress(ctx: Ctx, input: GenerateAddressInput): Promise<NewAddress> {
  requireScope(ctx, 'wallets:write')
  const stored = await findStoredResult<NewAddress>(ctx)
  if (stored !== undefined) return stored.result
  const network = await getEnabledNetwork(ctx, input.network)
  const profile = await lookUpProfile(ctx, input.profile)
  const place = { profileId: profile.id, network: network.alias }
  const wallet = await selectWalletOn(ctx, place)
  if (wallet !== undefined) return addTo(ctx, wallet, (address) => ({ address, workflowId: null }))
  const made = input.makesWallet ? await makeAtOnce(ctx, place) : undefined
  return made ?? waitForWallet(ctx, place, input.makesWallet)
}

/** A new address of a wallet. Throws `wallet_not_found`. */
export async function addAddress(ctx: Ctx, walletId: string): Promise<Address> {
  requireScope(ctx, 'wallets:write')
  const stored = await findStoredResult<Address>(ctx)
  if (stored !== undefined) return stored.result
  const wallet = isUuid(walletId) ? await selectWallet(ctx, walletId) : undefined
  if (wallet === undefined) throw new DomainFault({ code: 'wallet_not_found' })
  return addTo(ctx, wallet, (address) => address)
}

/** Takes an address; what is made of it answers repeats of the request too. */
async function addTo<T>(ctx: Ctx, wallet: WalletWithKeys, answer: (address: Address) => T): Promise<T> {
  const locked = (one: Ctx) => inTx(one, (tx) => takeAddressLocked(tx, wallet.id))
  if (ctx.idempotency !== undefined) return inTx(ctx, async (tx) => answer(await locked(tx)))
  const address = await inLane(wallet.id, async (next) => {
    await ownTurn()
    const known = { ...wallet, nextAddressIndex: Math.max(next, wallet.nextAddressIndex) }
    return (await inOneStatement(ctx, (one) => takeAddress(one, known))) ?? locked(ctx)
  })
  return answer(address)
}

class OutOfStock extends Error {}

/** Makes the wallet of an account of the stock; undefined, and nothing is done, when there is none. */
async function makeAtOnce(ctx: Ctx, place: WalletPlace): Promise<NewAddress | undefined> {
  try {
    return await inTx(ctx, async (tx) => {
      const { actor, requestId } = tx
      const own = newId()
      const workflow = await requestWorkflow(tx, own, { ...place, withAddress: true })
      const [made] = await makeWalletsFromStock(tx, [{ ...place, withAddress: true, actor, requestId }])
      if (made === undefined || made.state === 'out_of_stock') throw new OutOfStock()
      if (made.state === 'profile_gone') throw new DomainFault({ code: 'profile_not_found' })
      const { wallet, dealt } = made
      const address = made.address ?? (await takeAddressLocked(tx, wallet.id))
      if (made.address === undefined && workflow.id === own) {
        // The wallet was under way until now, and nothing was begun.
        await deleteWorkflow(tx, own)
        return { address, workflowId: null }
      }
      await endWorkflows(tx, [{ id: workflow.id, walletId: wallet.id }], tx.now)
      if (dealt && wallet.accountIndex % refillEvery === 0) await enqueueMaking(tx, tx.appId)
      // Somebody waits for the one that was under way.
      if (workflow.id !== own) await tellOfWallets(tx, [place.profileId])
      return { address, workflowId: workflow.id }
    })
  } catch (error) {
    if (error instanceof OutOfStock) return undefined
    throw error
  }
}

/** Waits for a wallet that is being made, or lets one be made, and takes an address of it. */
async function waitForWallet(ctx: Ctx, place: WalletPlace, makesWallet: boolean): Promise<NewAddress> {
  // From now on: what was made before is found by the first look.
  const watch = ctx.walletNews.watch(ctx.appId, place.profileId)
  const deadline = Date.now() + mostWaitMs
  try {
    const workflow = makesWallet ? await requestMaking(ctx, place) : await selectRunning(ctx, place)
    for (let looks = 1; ; looks++) {
      const wallet = await selectWalletOn(ctx, place)
      if (wallet !== undefined)
        return await addTo(ctx, wallet, (address) => ({ address, workflowId: workflow?.id ?? null }))
      if (workflow === undefined) throw new DomainFault({ code: 'wallet_not_found' })
      // Nothing comes for one that is gone by now.
      if (looks > 1) await lookUpProfile(ctx, { by: 'id', value: place.profileId })
      const leftMs = deadline - Date.now()
      if (watch === undefined || watch.ended || leftMs <= 0) {
        throw new DomainFault({ code: 'wallet_pending', workflowId: workflow.id, retryAfterMs })
      }
      await watch.next(Math.min(leftMs, lookEveryMs))
    }
  } finally {
    watch?.end()
  }
}
