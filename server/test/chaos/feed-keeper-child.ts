/**
 * A process of its own that keeps the feeds as the worker does, with the schedule and the time-out that it is told. What
 * it posts and what it reads of the answers goes into a journal, before anything else is done with it: a line that is
 * written outlives the process. Where the journals of several processes are one file, their lines stand in order.
 */
import { once } from 'node:events'
import { openSync, writeSync } from 'node:fs'
import { openLocks } from '../../src/infra/db/locks.ts'
import { openNotices } from '../../src/infra/db/notices.ts'
import { openPool } from '../../src/infra/db/pool.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { createSealer } from '../../src/infra/keys/credentials-key.ts'
import { createLog } from '../../src/infra/log.ts'
import { createOutbound } from '../../src/infra/outbound/outbound.ts'
import { keepFeeds } from '../../src/workers/feed-keeper.ts'
import type { KeeperMessage } from '../helpers/keeper-process.ts'

process.once('disconnect', () => process.exit(0))
const [message] = (await once(process, 'message')) as [KeeperMessage]
const { address, webhooksKey, allow, timeoutMs, schedule, journal, name } = message
const log = createLog('error')
const file = openSync(journal, 'a')
const note = (what: string, id = '') => writeSync(file, `${what} ${id} ${name}\n`)

const posts = createOutbound({ allow, timeoutMs })
const locks = openLocks(address, log)
keepFeeds({
  ctx: {
    db: openPool({ address, connections: 8, log, byIndex: true }),
    log,
    now: new Date(),
    actor: { kind: 'system', id: 'worker' },
    requestId: null,
    outbound: {
      async post(sent) {
        const id = sent.headers['webhook-id']
        note('sent', id)
        const answer = await posts.post({ ...sent, headers: { ...sent.headers, 'x-keeper': name } })
        if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) note('accepted', id)
        return answer
      },
    },
    webhookSealer: createSealer(Buffer.from(webhooksKey, 'base64')),
  },
  jobs,
  notices: openNotices(address, log),
  locks: {
    ...locks,
    async hold(lock) {
      const held = await locks.hold(lock)
      if (held) note('holds')
      return held
    },
  },
  schedule,
})
