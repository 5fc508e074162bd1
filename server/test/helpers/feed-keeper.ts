import type { Outbound } from '../../src/core/ports.ts'
import type { RetrySchedule } from '../../src/core/webhooks/schedule.rules.ts'
import { openLocks } from '../../src/infra/db/locks.ts'
import { openNotices } from '../../src/infra/db/notices.ts'
import { type DatabaseAddress, openPool } from '../../src/infra/db/pool.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { createOutbound } from '../../src/infra/outbound/outbound.ts'
import { keepFeeds } from '../../src/workers/feed-keeper.ts'
import { quietLog, type TestDatabase } from './database.ts'

/** A schedule for tests: the shape of the promised one, in milliseconds. */
export const quickSchedule: RetrySchedule = { delaysMs: [20, 40, 80], jitter: 0.1, disableAfterMs: 60_000 }

export interface TestKeeper {
  close(): Promise<void>
}

export interface TestKeeperOptions {
  readonly address: DatabaseAddress
  readonly keys: Pick<TestDatabase['keys'], 'webhooks'>
  /** The receivers' hosts. */
  readonly allow: readonly string[]
  readonly schedule?: RetrySchedule
  readonly outbound?: Pick<Outbound, 'post'>
}

/** Numbers and delivers as the worker process does, in this process. */
export function startKeeper({
  address,
  keys,
  allow,
  schedule = quickSchedule,
  outbound,
}: TestKeeperOptions): TestKeeper {
  const db = openPool({ address, connections: 8, log: quietLog, byIndex: true })
  const notices = openNotices(address, quietLog)
  const locks = openLocks(address, quietLog)
  const posts = createOutbound({ allow })
  const kept = keepFeeds({
    ctx: {
      db,
      log: quietLog,
      now: new Date(),
      actor: { kind: 'system', id: 'worker' },
      requestId: null,
      outbound: outbound ?? posts,
      webhookSealer: keys.webhooks,
    },
    jobs,
    notices,
    locks,
    schedule,
  })
  return {
    async close() {
      await Promise.all([kept.close(), posts.close(1_000)])
      await Promise.all([notices.close(), locks.close()])
      await db.close()
    },
  }
}
