/**
 * A process of its own that makes wallets as the worker does: it runs their jobs from the queue, and keeps the feeds. It kills itself when
 * it comes to the step that it is told of.
 */
import { once } from 'node:events'
import type { JobCtx } from '../../src/core/context.ts'
import type { MakerCtx } from '../../src/core/wallets/wallet-maker.service.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { openLocks } from '../../src/infra/db/locks.ts'
import { openNotices } from '../../src/infra/db/notices.ts'
import { type DatabaseAddress, openPool } from '../../src/infra/db/pool.ts'
import { createLocalFiles } from '../../src/infra/files/local-files.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { type RunnableTask, startJobRunner } from '../../src/infra/jobs/runner.ts'
import { createSealer } from '../../src/infra/keys/credentials-key.ts'
import { createCustodyKey } from '../../src/infra/keys/custody-key.ts'
import { createLocalKey } from '../../src/infra/keys/wrapping-key.ts'
import { createLog } from '../../src/infra/log.ts'
import { createOutbound } from '../../src/infra/outbound/outbound.ts'
import { keepFeeds } from '../../src/workers/feed-keeper.ts'
import { createTasks } from '../../src/workers/tasks.ts'

/** The first thing that it is told. It answers when it works. */
export interface MakerMessage {
  readonly address: DatabaseAddress
  /** In base64, as the other one. */
  readonly webhooksKey: string
  readonly custodyKey: string
  /** The receivers' hosts. */
  readonly allow: readonly string[]
}

/** What it may be told later. It answers with the steps that it has come to since the last one. */
export interface MakerOrder {
  /** Kills itself at the step that so many others come before, from now on; null for never. */
  readonly killAfter: number | null
}

process.once('disconnect', () => process.exit(0))
const [message] = (await once(process, 'message')) as [MakerMessage]
const { address, webhooksKey, custodyKey, allow } = message
const log = createLog('error')
const db = openPool({ address, connections: 8, log, byIndex: true })
const locks = openLocks(address, log)

let order: MakerOrder = { killAfter: null }
let steps: string[] = []
process.on('message', (next: MakerOrder) => {
  process.send?.(steps)
  order = next
  steps = []
})

function atStep(step: string): void {
  if (steps.length === order.killAfter) process.kill(process.pid, 'SIGKILL')
  steps.push(step)
}

/** The task, which tells of its steps, and runs when it is asked for: by its clock it would add steps of its own now and then. */
function stepped({ work }: RunnableTask): RunnableTask {
  return {
    work: (ctx, payload) => {
      const withSteps: JobCtx & Pick<MakerCtx, 'atStep'> = { ...ctx, atStep }
      return work(withSteps, payload)
    },
  }
}

keepFeeds({
  ctx: {
    db,
    log,
    now: new Date(),
    actor: { kind: 'system', id: 'worker' },
    requestId: null,
    outbound: createOutbound({ allow }),
    webhookSealer: createSealer(Buffer.from(webhooksKey, 'base64')),
  },
  jobs,
  notices: openNotices(address, log),
  locks,
})

const first = createLocalKey(Buffer.from(custodyKey, 'base64'))
const { make_wallets, resume_wallets } = createTasks({
  custodyKey: createCustodyKey({ first, find: async (id) => (id === first.id ? first : undefined) }),
  // Of no use to the jobs of wallets.
  ...{ eventRetentionDays: 1, files: createLocalFiles(''), mailSealer: createSealer(Buffer.alloc(32)) },
  mailer: { send: async () => ({ kind: 'accepted' }) },
  events: createEventSignal(db, log),
  jobs,
})
if (make_wallets === undefined || resume_wallets === undefined) throw new Error('The jobs of wallets are not there')
const tasks = { make_wallets: stepped(make_wallets), resume_wallets: stepped(resume_wallets) }
await startJobRunner({ address, tasks, db, locks, log, onEnd: () => process.exit(1) })
process.send?.('ready')
