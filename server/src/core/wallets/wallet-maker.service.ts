import type { AppJobCtx, JobCtx } from '../context.ts'
import { withSeed } from '../custody/custody.service.ts'
import type { CustodyCtx, CustodyStep } from '../custody/custody.types.ts'
import { getApp } from '../organizations/organizations.service.ts'
import type { App } from '../organizations/organizations.types.ts'
import { inTx } from '../transactions.ts'
import { tryTurn } from '../turns.ts'
import { insertStock } from './accounts.queries.ts'
import { deriveAccounts } from './derivation.rules.ts'
import { eagerNetworksOf, endEagerWallets, listEagerApps, requestEagerWallets } from './eager-wallets.service.ts'
import { type MadeWallet, makeWalletsFromStock } from './wallet-making.service.ts'
import {
  type EndedWorkflow,
  endWorkflows,
  type MakingWork,
  selectAppsWithWaiting,
  selectMakingWork,
  selectWaiting,
  tellOfWallets,
} from './workflows.queries.ts'

/** Where a test may end the process, in the order in which a wallet of a new app comes to them; see also `custodySteps`. */
export const makingSteps = [
  'requests_counted',
  'accounts_derived',
  'stock_stored',
  'turn_taken',
  'wallets_written',
  'workflows_ended',
  'wallets_committed',
] as const

export type MakingStep = (typeof makingSteps)[number] | CustodyStep

/** What the job has: the custody key is in the worker process alone. */
export interface MakerCtx extends AppJobCtx, CustodyCtx {
  readonly atStep?: (step: MakingStep) => void
}

/**
 * As many wallets are made in one transaction: its derivations hold the event loop for some 40 ms, and writers of the same profiles wait for
 * no longer than moments.
 */
const mostAtOnce = 32
/** Of one job: others have their turn between two. */
const mostTurns = 10
/** Stock is kept between the two: the API deals it out without the seed, while the worker is busy or away. */
const stock = { least: 128, full: 256 }
/** The event loop is held for so many accounts at a time, some 13 ms. */
const derivedAtOnce = 16

/**
 * Makes some of what waits for an app, oldest first, and fills its stock; whether there is more to do. Several may be asked to: one works, the
 * others leave it to that one.
 */
export async function makeWallets(job: MakerCtx): Promise<boolean> {
  const app = await getApp(job, job.appId)
  const networks = eagerNetworksOf(app)
  const unread = networks.length > 0 && (await requestEagerWallets(job, networks))
  for (let turns = 0; ; turns++) {
    const work = await selectMakingWork(job, mostAtOnce)
    if (networks.length === 0 && work.reading) await endEagerWallets(job)
    if (turns === mostTurns) return true
    if (work.waiting === 0) {
      if (await keepStock(job, app, work, stock, async () => (await selectMakingWork(job, 1)).waiting > 0))
        return unread
      continue
    }
    job.atStep?.('requests_counted')
    await keepStock(job, app, work, { least: work.waiting, full: work.waiting }, async () => false)
    // Who has the turn looks again after giving it back, so that it sees what came while others found the turn taken.
    if (!(await inTx({ ...job, now: new Date() }, makeNext))) return false
    job.atStep?.('wallets_committed')
  }
}

/** The apps for which wallets wait, or might. */
export async function listAppsWithWallets(ctx: JobCtx): Promise<string[]> {
  return [...new Set([...(await selectAppsWithWaiting(ctx)), ...(await listEagerApps(ctx))])]
}

/** False when it is not our turn. */
async function makeNext(tx: MakerCtx): Promise<boolean> {
  if (!(await tryTurn(tx, 'make_wallets'))) return false
  tx.atStep?.('turn_taken')
  // A statement of its own: its snapshot must be younger than the turn.
  const waiting = await selectWaiting(tx, mostAtOnce)
  if (waiting.length === 0) return true
  const made = await makeWalletsFromStock(tx, waiting)
  tx.atStep?.('wallets_written')
  await endWorkflows(
    tx,
    waiting.flatMap(({ id }, i) => endOf(id, made[i])),
    tx.now,
  )
  await tellOfWallets(
    tx,
    waiting.map(({ profileId }) => profileId),
  )
  tx.atStep?.('workflows_ended')
  return true
}

/** Nothing while it goes on. */
function endOf(id: string, made: MadeWallet | undefined): EndedWorkflow[] {
  if (made === undefined || made.state === 'out_of_stock') return []
  return [{ id, walletId: made.state === 'made' ? made.wallet.id : null }]
}

/** Fills the stock up when there is less than is to be kept; false when it stopped before that, since something else is `urgent`. */
async function keepStock(
  job: MakerCtx,
  { id, mode }: App,
  { free, nextIndex }: MakingWork,
  { least, full }: typeof stock,
  urgent: () => Promise<boolean>,
): Promise<boolean> {
  if (free >= least) return true
  const end = nextIndex + full - free
  return withSeed(job, id, async (seed) => {
    for (let first = nextIndex; first < end; first += derivedAtOnce) {
      if (first > nextIndex && (await urgent())) return false
      const count = Math.min(derivedAtOnce, end - first)
      const accounts = deriveAccounts(seed, { isTest: mode === 'sandbox', first, count })
      job.atStep?.('accounts_derived')
      await insertStock(job, first, accounts)
      job.atStep?.('stock_stored')
    }
    return true
  })
}
