import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Ctx } from '../../src/core/context.ts'
import { withSeed } from '../../src/core/custody/custody.service.ts'
import { custodySteps } from '../../src/core/custody/custody.types.ts'
import { createProfile } from '../../src/core/profiles/profiles.service.ts'
import { type AccountKeys, deriveAccounts } from '../../src/core/wallets/derivation.rules.ts'
import { makingSteps } from '../../src/core/wallets/wallet-maker.service.ts'
import { requestWallet } from '../../src/core/wallets/wallet-requests.service.ts'
import { createEndpoint } from '../../src/core/webhooks/webhooks.service.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { useCustodyKey } from '../helpers/custody.ts'
import { useDatabase } from '../helpers/database.ts'
import { cleanUpToldProcesses, startToldProcess, type ToldProcess } from '../helpers/told-process.ts'
import { openReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts'
import type { MakerMessage, MakerOrder } from './wallet-maker-child.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)
cleanUpToldProcesses()

const allSteps = [...makingSteps, ...custodySteps]
/** The worker fills the stock up in several parts, and comes to some steps more than once. */
const everyPassing = process.env.FACET_PROVE !== undefined
const timeoutMs = 60_000

let receiver: WebhookReceiver
/** The process that makes wallets. Where one was killed the next one takes over, which is then the one to be killed. */
let maker: ToldProcess
/** What it comes to when it makes the first wallet of an app. */
let passed: readonly string[]

beforeAll(async () => {
  receiver = await openReceiver()
  maker = await startMaker()
  const app = await newApp()
  await order({ killAfter: null })
  const workflowId = await request(app)
  await untilAllIsDone(app.ctx, workflowId)
  passed = await order({ killAfter: null })
})
afterAll(() => receiver.close())

async function startMaker(): Promise<ToldProcess> {
  const started = startToldProcess('wallet-maker-child.ts')
  const message: MakerMessage = {
    address: database.address,
    webhooksKey: database.keys.webhooksKey.toString('base64'),
    custodyKey: custodyKey.bytes.toString('base64'),
    allow: [receiver.host],
  }
  await started.tell(message)
  return started
}

function order(next: MakerOrder): Promise<string[]> {
  return maker.tell(next)
}

interface AppUnderTest {
  readonly ctx: Ctx
  readonly profileId: string
}

/** An app with a profile, whose events go to a path of their own at the receiver. */
async function newApp(): Promise<AppUnderTest> {
  const ctx = await database.newApp()
  await createEndpoint(ctx, { url: `http://${receiver.host}/${ctx.appId}`, types: ['*'] })
  const { id: profileId } = await createProfile(ctx, {})
  return { ctx, profileId }
}

async function request({ ctx, profileId }: AppUnderTest): Promise<string> {
  const profile = { by: 'id', value: profileId } as const
  const network = { by: 'alias', value: 'AMOY' } as const
  const { workflowId } = await requestWallet(ctx, { profile, network, withAddress: true })
  return workflowId ?? ''
}

/** Has another process take over from one that was killed, with what no clock needs to be waited for. */
async function takeOver(): Promise<void> {
  const locks = () =>
    database.db.query(
      `select 1 from pg_locks where locktype = 'advisory' and database =
    (select oid from pg_database where datname = current_database())`,
      [],
    )
  await vi.waitUntil(async () => (await locks()).length === 0, { timeout: timeoutMs, interval: 10 })
  await database.db.query(`update graphile_worker._private_jobs set locked_at = locked_at - interval '1 minute'`, [])
  maker = await startMaker()
  await jobs.enqueue(database.db, { task: 'resume_wallets', payload: {} })
}

/** What is still to come: the end of the workflow, jobs, events without a number, and wallet events that were not delivered. */
async function countOpen(ctx: Ctx, workflowId: string): Promise<number> {
  const [row] = await ctx.db.query<{ count: number }>(
    `select (select count(*) from workflows where id = $2 and state = 'running')::integer
       + (select count(*) from graphile_worker.jobs)::integer
       + (select count(*) from events_pending where app_id = $1)::integer
       + (select count(*) from events e where app_id = $1 and type ~ '^(wallet|address)' and not exists (
           select from webhook_deliveries where app_id = $1 and event_id = e.id and state = 'delivered'))::integer as count`,
    [ctx.appId, workflowId],
  )
  return row?.count ?? 1
}

/** Waits for the wallet, for the jobs that were left, and for all messages. */
async function untilAllIsDone(ctx: Ctx, workflowId: string): Promise<void> {
  await vi.waitUntil(async () => (await countOpen(ctx, workflowId)) === 0, { timeout: timeoutMs, interval: 50 })
}

async function eventsOf({ db, appId }: Ctx): Promise<{ id: string; type: string }[]> {
  return db.query('select id, type from events where app_id = $1 order by sequence', [appId])
}

/** The ids under which messages of each event came, repeats being no further ones; in the order of the feed. */
function messagesOf({ appId }: Ctx): { id: string; type: string }[] {
  const messages = receiver.received
    .filter(({ path }) => path === `/${appId}`)
    .map(({ headers, body }) => ({ id: String(headers['webhook-id']), ...JSON.parse(body) }))
  const first = new Map<string, { id: string; type: string; sequence: number }>()
  for (const message of messages) if (!first.has(message.id)) first.set(message.id, message)
  return [...first.values()].toSorted((a, b) => a.sequence - b.sequence).map(({ id, type }) => ({ id, type }))
}

/** One wallet with one address, told of once, and a stock of one seed without a gap. */
async function expectOneWallet({ ctx, profileId }: AppUnderTest, workflowId: string): Promise<void> {
  const { db, appId } = ctx
  const wallets = await db.query<{ id: string }>(
    `select id, profile_id, network, account_index, next_address_index from wallets where app_id = $1`,
    [appId],
  )
  const walletId = wallets[0]?.id
  expect(wallets).toEqual([
    { id: walletId, profile_id: profileId, network: 'AMOY', account_index: 0, next_address_index: 1 },
  ])
  expect(await db.query('select wallet_id, address_index from addresses where app_id = $1', [appId])).toEqual([
    { wallet_id: walletId, address_index: 0 },
  ])
  expect(await db.query('select id, state, wallet_id from workflows where app_id = $1', [appId])).toEqual([
    { id: workflowId, state: 'completed', wallet_id: walletId },
  ])
  expect(
    await db.query(
      'select sum(wallets)::integer as wallets, sum(addresses)::integer as addresses from wallet_counts where app_id = $1',
      [appId],
    ),
  ).toEqual([{ wallets: 1, addresses: 1 }])

  const events = await eventsOf(ctx)
  const types = events.map(({ type }) => type).filter((type) => /^(seed|wallet|address)\./.test(type))
  expect(types).toEqual(['seed.created', 'wallet.created', 'address.created'])
  const isOfWallets = ({ type }: { type: string }) => /^(wallet|address)\./.test(type)
  expect(messagesOf(ctx).filter(isOfWallets)).toEqual(events.filter(isOfWallets))

  const accounts = await db.query<AccountKeys & { index: number }>(
    `select account_index as index, bitcoin_key as bitcoin, evm_key as evm from wallet_accounts where app_id = $1 order by 1`,
    [appId],
  )
  const ofSeed = await withSeed({ ...ctx, custodyKey }, appId, (seed) =>
    deriveAccounts(seed, { isTest: true, first: 0, count: accounts.length }),
  )
  expect(accounts).toEqual(ofSeed.map((keys, index) => ({ index, ...keys })))
  const dealt = 'select account_index from wallet_accounts where app_id = $1 and profile_id is not null'
  expect(await db.query(dealt, [appId])).toEqual([{ account_index: 0 }])
}

describe('a worker that is killed while it makes the first wallet of an app', () => {
  it('can be killed at every step that the code names', () => {
    expect(new Set(passed)).toEqual(new Set(allSteps))
  })

  it.each(allSteps)(
    'when it comes to %s: another makes one wallet of it, and tells of it once',
    async (step) => {
      const places = passed.flatMap((name, place) => (name === step ? [place] : []))
      for (const killAfter of everyPassing ? places : places.slice(0, 1)) {
        const app = await newApp()
        await order({ killAfter })
        const workflowId = await request(app)
        expect(await maker.ended).toBe('SIGKILL')
        await takeOver()
        await untilAllIsDone(app.ctx, workflowId)
        await expectOneWallet(app, workflowId)
      }
    },
    300_000,
  )
})
