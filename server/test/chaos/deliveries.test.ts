import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Ctx } from '../../src/core/context.ts'
import { slots } from '../../src/core/webhooks/lanes.ts'
import { createEndpoint } from '../../src/core/webhooks/webhooks.service.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { useDatabase } from '../helpers/database.ts'
import { cleanUpProcesses, newFolder } from '../helpers/facet-process.ts'
import { breachesOfOrder, type FaultyReceiver, faults, openFaultyReceiver } from '../helpers/faulty-receiver.ts'
import { cleanUpKeepers, type JournalLine, readJournal, startKeeperProcess } from '../helpers/keeper-process.ts'
import { startProfileChanges } from '../helpers/profile-changes.ts'

cleanUpProcesses()
cleanUpKeepers()
const database = useDatabase()
const receivers: FaultyReceiver[] = []
afterEach(async () => void (await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))))

const kills = process.env.FACET_PROVE ? 30 : 3
/** In place of 15 s: what the test's 60 s hangs cost. */
const timeoutMs = 300
/** In place of three days, and long enough that nothing is given up. */
const schedule = { delaysMs: Array(200).fill(40), jitter: 0.5, disableAfterMs: 3_600_000 }
/** More than slots, so that all of them are in use. */
const profiles = 40
const mostWaiting = 200

async function states(ctx: Ctx): Promise<Record<string, number>> {
  const rows = await ctx.db.query<{ state: string; count: number }>(
    `select state, count(*)::integer as count from webhook_deliveries where app_id = $1 group by state
     union all select 'pending', count(*)::integer from events_pending where app_id = $1 having count(*) > 0`,
    [ctx.appId],
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/**
 * The messages that were sent again after Facet had read a status of success for them, by the process that had read it.
 * A repeat that fails is sent once more; that is one message that was repeated, not two.
 */
function repeated(journal: readonly JournalLine[]): Map<string, number> {
  const readBy = new Map<string, string>()
  const count = new Map<string, number>()
  for (const { what, id, keeper } of journal) {
    const reader = readBy.get(id)
    if (what === 'accepted') readBy.set(id, keeper)
    if (what !== 'sent' || reader === undefined) continue
    readBy.delete(id)
    count.set(reader, (count.get(reader) ?? 0) + 1)
  }
  return count
}

describe(`with 30 % faults at the receiver and ${kills} kill -9 of the sender in the midst of deliveries`, () => {
  it(
    'every event is delivered, signed and in the order of its profile, and little of it twice',
    async () => {
      let secret = ''
      const receiver = await openFaultyReceiver(() => secret, { share: 0.3, timeoutMs, workMs: 10 })
      receivers.push(receiver)
      const bare = await database.newApp()
      const signal = createEventSignal(bare.db, bare.log)
      const ctx = { ...bare, committed: () => signal.raise(bare.appId) }
      secret = (await createEndpoint(ctx, { url: `http://${receiver.host}/`, types: ['profile.*'] })).secret.secret
      const journal = join(newFolder(), 'journal')
      const start = (n: number) =>
        startKeeperProcess({
          ...{ address: database.address, webhooksKey: database.keys.webhooksKey.toString('base64') },
          ...{ allow: [receiver.host], timeoutMs, schedule, journal, name: `keeper-${n}` },
        })

      let keeper = start(0)
      const changes = await startProfileChanges(ctx, {
        ...{ writers: 4, profiles },
        mayGoOn: () => receiver.until(() => changes.made - receiver.accepted < mostWaiting),
      })
      for (let kill = 1; kill <= kills; kill++) {
        const goal = receiver.accepted + 50 + Math.floor(Math.random() * 50)
        await receiver.until(() => receiver.accepted >= goal && receiver.underWay >= slots / 4)
        await keeper.signal('SIGKILL')
        keeper = start(kill)
      }
      const goal = receiver.accepted + 50
      await receiver.until(() => receiver.accepted >= goal)
      await changes.stop()
      // What was accepted too late for Facet to read it comes again, so the database has the last word.
      await receiver.until(() => receiver.accepted >= changes.made)
      await vi.waitUntil(async () => Object.keys(await states(ctx)).every((state) => state === 'delivered'), {
        ...{ timeout: 60_000, interval: 50 },
      })

      expect(receiver.mistakes).toEqual([])
      const events = await ctx.db.query<{ id: string }>(
        `select id from events where app_id = $1 and type like 'profile.%' order by sequence`,
        [ctx.appId],
      )
      expect(events).toHaveLength(changes.made)
      const accepted = (id: string) => receiver.told.get(id)?.firstAccepted !== undefined
      expect(events.filter(({ id }) => !accepted(id))).toEqual([])
      expect(receiver.told.size).toBe(events.length)
      expect(breachesOfOrder(receiver.told.values())).toEqual([])
      // Of each process at most what it had in its slots when it was killed; of the last one, which lived, nothing.
      const lines = readJournal(journal)
      const repeats = repeated(lines)
      for (const count of repeats.values()) expect(count).toBeLessThanOrEqual(slots)
      expect([...repeats.values()].reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(slots * kills)
      expect(repeats.get(`keeper-${kills}`)).toBeUndefined()
      // The journal is the whole truth: nothing came that it does not know.
      const sent = lines.filter(({ what }) => what === 'sent').length
      expect(receiver.requests).toBeLessThanOrEqual(sent)
      // The test is worth something only if all of this has happened.
      expect([...receiver.faultsMade.keys()].toSorted()).toEqual(Object.keys(faults).toSorted())
    },
    90_000 + kills * 10_000,
  )
})
