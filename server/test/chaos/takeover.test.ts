import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ctx } from '../../src/core/context.ts'
import { slots } from '../../src/core/webhooks/lanes.ts'
import { createEndpoint } from '../../src/core/webhooks/webhooks.service.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { useDatabase } from '../helpers/database.ts'
import { cleanUpProcesses, newFolder } from '../helpers/facet-process.ts'
import { breachesOfOrder, type FaultyReceiver, openFaultyReceiver } from '../helpers/faulty-receiver.ts'
import { cleanUpKeepers, type KeeperProcess, readJournal, startKeeperProcess } from '../helpers/keeper-process.ts'
import { type ProfileChanges, startProfileChanges } from '../helpers/profile-changes.ts'

cleanUpProcesses()
cleanUpKeepers()
const database = useDatabase()

const rounds = process.env.FACET_PROVE ? 10 : 1
const takeoverMs = 10_000
const timeoutMs = 1_000
/** With some hundred deliveries a second and a hundred that wait at most, none does so for so long. */
const forgottenMs = 2_000
const schedule = { delaysMs: Array(200).fill(40), jitter: 0.5, disableAfterMs: 3_600_000 }

let receiver: FaultyReceiver
let ctx: Ctx
let journal: string
let keepers: KeeperProcess[]
let changes: ProfileChanges
/** Whether the writers write. */
let gate = Promise.withResolvers<void>()

// Two processes that keep the feeds, and an app whose profiles are changed all the time.
beforeEach(async () => {
  let secret = ''
  receiver = await openFaultyReceiver(() => secret, { share: 0, timeoutMs, workMs: 20 })
  const bare = await database.newApp()
  const signal = createEventSignal(bare.db, bare.log)
  ctx = { ...bare, committed: () => signal.raise(bare.appId) }
  secret = (await createEndpoint(ctx, { url: `http://${receiver.host}/`, types: ['profile.*'] })).secret.secret
  journal = join(newFolder(), 'journal')
  keepers = ['first', 'second'].map(start)
  gate = Promise.withResolvers()
  gate.resolve()
  changes = await startProfileChanges(ctx, {
    ...{ writers: 4, profiles: 20 },
    mayGoOn: async () => {
      await receiver.until(() => changes.made - receiver.accepted < 100)
      await gate.promise
    },
  })
  await receiver.until(() => receiver.accepted > 20)
})
afterEach(() => receiver.close())

function start(name: string): KeeperProcess {
  return startKeeperProcess({
    ...{ address: database.address, webhooksKey: database.keys.webhooksKey.toString('base64') },
    ...{ allow: [receiver.host], timeoutMs, schedule, journal, name },
  })
}

/** The process that delivers, and the one that does not. */
function roles(): { holder: KeeperProcess; other: KeeperProcess } {
  const [first, second] = keepers as [KeeperProcess, KeeperProcess]
  return receiver.latestKeeper === first.name ? { holder: first, other: second } : { holder: second, other: first }
}

/** How long it takes from now until the keeper delivers. */
async function untilDeliveredBy({ name }: KeeperProcess): Promise<number> {
  const beganAt = performance.now()
  await receiver.until(() => receiver.latestKeeper === name)
  return performance.now() - beganAt
}

/** Ends the database's side of the connection that holds the feed's lock, as if it had noticed that its peer was lost. */
async function endLockConnection(): Promise<void> {
  const key = createHash('sha256').update(`facet feed ${ctx.appId}`).digest()
  const end = () =>
    ctx.db.query(
      `select pg_terminate_backend(pid) from pg_locks
       where locktype = 'advisory' and classid = $1::bigint::oid and objid = $2::bigint::oid and granted`,
      [key.readUInt32BE(0), key.readUInt32BE(4)],
    )
  // While it passes from one to another nobody holds it.
  await vi.waitUntil(async () => (await end()).length === 1, { timeout: takeoverMs, interval: 10 })
}

/** Deliveries that wait for so long, while others are made all the time, that nothing seems to know of them. */
async function forgotten(): Promise<unknown[]> {
  return ctx.db.query(
    `select sequence, state, attempts, due_at, (now() - created_at)::text as age from webhook_deliveries
     where app_id = $1 and state in ('due', 'held') and created_at < now() - make_interval(secs => $2)
     order by sequence limit 5`,
    [ctx.appId, forgottenMs / 1_000],
  )
}

/** Goes on for a while: nothing may wait. Then ends the changes: everything must come, of each profile in its order. */
async function expectAllInOrder(): Promise<void> {
  gate.resolve()
  const goal = receiver.accepted + 20
  await receiver.until(() => receiver.accepted >= goal)
  await wait(forgottenMs + 500)
  expect(await forgotten()).toEqual([])
  await changes.stop()
  await receiver.until(() => receiver.accepted === changes.made)
  await vi.waitUntil(async () => (await countOpen()) === 0, { timeout: 20_000, interval: 50 })
  expect(receiver.mistakes).toEqual([])
  expect(breachesOfOrder(receiver.told.values())).toEqual([])
}

async function countOpen(): Promise<number> {
  const [row] = await ctx.db.query<{ count: number }>(
    `select (select count(*) from webhook_deliveries where app_id = $1 and state <> 'delivered')::integer
       + (select count(*) from events_pending where app_id = $1)::integer as count`,
    [ctx.appId],
  )
  return row?.count ?? 0
}

/** Messages beyond the first of each event of this test: the keepers have those of earlier ones before them, too. */
function repeats(): number {
  const sent = readJournal(journal).filter(({ what, id }) => what === 'sent' && receiver.told.has(id))
  return sent.length - receiver.told.size
}

describe(`of two processes, the one that holds an app's lock`, () => {
  it('is killed: the other takes over within 10 s also when nothing new happens, and nothing is lost', async () => {
    // The writers wait; what is not delivered by then is left to the other one alone.
    gate = Promise.withResolvers()
    await receiver.until(() => receiver.underWay >= 4)
    const { holder, other } = roles()
    await holder.signal('SIGKILL')
    expect(await untilDeliveredBy(other)).toBeLessThan(takeoverMs)
    await expectAllInOrder()
    expect(repeats()).toBeLessThanOrEqual(slots)
  }, 60_000)

  it(`loses the connection of the lock, ${rounds * 5} times: whoever goes on, nothing is lost or stuck`, async () => {
    for (let round = 0; round < rounds * 5; round++) {
      const goal = receiver.accepted + 30
      await receiver.until(() => receiver.accepted >= goal && receiver.underWay >= 4)
      await endLockConnection()
    }
    await expectAllInOrder()
    expect(repeats()).toBeLessThanOrEqual(slots * rounds * 5)
  }, 120_000)

  it(
    'stands still: it keeps the lock, and goes on where it was',
    async () => {
      for (let round = 0; round < rounds; round++) {
        await receiver.until(() => receiver.underWay >= 4)
        const { holder, other } = roles()
        await holder.signal('SIGSTOP')
        const accepted = receiver.accepted
        // Longer than it trusts its connection without a heartbeat, and than the other waits between two looks round.
        await wait(5_500)
        expect(receiver.latestKeeper).not.toBe(other.name)
        await holder.signal('SIGCONT')
        await receiver.until(() => receiver.accepted >= accepted + 200)
      }
      await expectAllInOrder()
    },
    30_000 + rounds * 15_000,
  )

  it(
    'stands still, and the database gives it up: the other takes over within 10 s, and stays in order when it wakes',
    async () => {
      for (let round = 0; round < rounds; round++) {
        await receiver.until(() => receiver.underWay >= 4)
        const { holder, other } = roles()
        await holder.signal('SIGSTOP')
        await endLockConnection()
        expect(await untilDeliveredBy(other)).toBeLessThan(takeoverMs)
        const goal = receiver.accepted + 100
        await receiver.until(() => receiver.accepted >= goal)
        await holder.signal('SIGCONT')
        await receiver.until(() => receiver.accepted >= goal + 100)
      }
      await expectAllInOrder()
      expect(repeats()).toBeLessThanOrEqual(2 * slots * rounds)
    },
    30_000 + rounds * 15_000,
  )
})
