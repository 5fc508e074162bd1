import { type Ctx, requireScope } from '../context.ts'
import { newId } from '../ids.ts'
import { holdProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { takeAddressLocked } from './address-taking.service.ts'
import { getEnabledNetwork } from './networks.service.ts'
import { selectWalletOn, type WalletWithKeys } from './wallets.queries.ts'
import { withoutKeys } from './wallets.rules.ts'
import type { RequestWalletInput, Wallet, WalletPlace, WalletRequest } from './wallets.types.ts'
import { deleteWorkflow, type RunningWorkflow, requestWorkflow } from './workflows.queries.ts'

/** The job that makes what waits for the app of its payload, and keeps its stock. */
export const makeWalletsTask = 'make_wallets'

/**
 * The profile's wallet on the network, or, when there is none, the workflow that makes it: a new one, or the one that is under way. Throws
 * `profile_not_found`, `input_invalid` for a network that the app may not use.
 */
export async function requestWallet(ctx: Ctx, input: RequestWalletInput): Promise<WalletRequest> {
  requireScope(ctx, 'wallets:write')
  return inTx(ctx, async (tx) => {
    const network = await getEnabledNetwork(tx, input.network)
    const { id: profileId, reference, type } = await holdProfile(tx, input.profile)
    const about = { owner: { profileId, reference, type }, network }
    const place = { profileId, network: network.alias }
    const wallet = await selectWalletOn(tx, place)
    if (wallet !== undefined) return { ...about, wallet: await fit(tx, wallet, input), workflowId: null }
    const asked = await request(tx, { ...place, withAddress: input.withAddress })
    if ('keys' in asked) return { ...about, wallet: await fit(tx, asked, input), workflowId: null }
    return { ...about, wallet: null, workflowId: asked.id, requestedAt: asked.requestedAt }
  })
}

/** The wallet as it was asked for: with a first address, if that was meant. */
async function fit(tx: Ctx, wallet: WalletWithKeys, { withAddress }: RequestWalletInput): Promise<Wallet> {
  if (!withAddress || wallet.nextAddressIndex > 0) return withoutKeys(wallet)
  const { addressIndex } = await takeAddressLocked(tx, wallet.id)
  return { ...withoutKeys(wallet), nextAddressIndex: addressIndex + 1 }
}

/**
 * Lets a wallet be made, in a transaction of its own, whatever becomes of the request. The workflow that makes it; undefined when the wallet
 * is there by now.
 */
export async function requestMaking(
  { idempotency: _, ...ctx }: Ctx,
  place: WalletPlace,
): Promise<RunningWorkflow | undefined> {
  const asked = await inTx(ctx, (tx) => request(tx, { ...place, withAddress: false }))
  return 'keys' in asked ? undefined : asked
}

async function request(
  tx: Ctx,
  order: WalletPlace & { readonly withAddress: boolean },
): Promise<RunningWorkflow | WalletWithKeys> {
  const own = newId()
  const workflow = await requestWorkflow(tx, own, order)
  if (workflow.id === own) {
    // One that was under way holds a second one up until it has ended: what it made is there now, and nothing is to be done.
    const wallet = await selectWalletOn(tx, order)
    if (wallet !== undefined) {
      await deleteWorkflow(tx, own)
      return wallet
    }
  }
  await enqueueMaking(tx, tx.appId)
  return workflow
}

/** Has the worker make what waits for an app, once the transaction is committed. */
export function enqueueMaking(ctx: Pick<Ctx, 'db' | 'jobs'>, appId: string): Promise<void> {
  return ctx.jobs.enqueue(ctx.db, { task: makeWalletsTask, payload: { appId } })
}
