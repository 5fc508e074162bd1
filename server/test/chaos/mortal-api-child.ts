/** A process of its own that serves the API, and kills itself in the midst of the transaction of a request. */
import { once } from 'node:events'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Db } from '../../src/core/db.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { openNotices } from '../../src/infra/db/notices.ts'
import { type DatabaseAddress, openPool } from '../../src/infra/db/pool.ts'
import { createLocalFiles } from '../../src/infra/files/local-files.ts'
import { createCredentialsKey } from '../../src/infra/keys/credentials-key.ts'
import { createLog } from '../../src/infra/log.ts'
import { listen } from '../../src/infra/process/listen.ts'

/** The first thing that it is told. It answers with its URL. */
export interface ApiMessage {
  readonly address: DatabaseAddress
  /** In base64. */
  readonly masterKey: string
}

/** What it may be told later. It answers with how many moments there were since the last one. */
export interface ApiOrder {
  /** Kills itself at the moment that so many others come before, from now on; null for never. */
  readonly killAfter: number | null
}

process.once('disconnect', () => process.exit(0))
const [message] = (await once(process, 'message')) as [ApiMessage]
const log = createLog('error')
const db = openPool({ address: message.address, connections: 8, log })

let order: ApiOrder = { killAfter: null }
let moments = 0
process.on('message', (next: ApiOrder) => {
  process.send?.(moments)
  order = next
  moments = 0
})

function moment(): void {
  if (moments === order.killAfter) process.kill(process.pid, 'SIGKILL')
  moments++
}

/**
 * The database, with a moment before each statement of a transaction, before its commit and after it. Statements that stand alone are
 * none: these requests only read by them, and how many they are depends on what the process remembers.
 */
const mortal: Db = {
  ...db,
  async transaction(work) {
    const result = await db.transaction(async (tx) => {
      const done = await work(inTransaction(tx))
      moment()
      return done
    })
    moment()
    return result
  },
}

function inTransaction(tx: Db): Db {
  const self: Db = {
    ...tx,
    query(text, values) {
      moment()
      return tx.query(text, values)
    },
    transaction: (work) => work(self),
    notify(...notice) {
      moment()
      return tx.notify(...notice)
    },
  }
  return self
}

const config = readConfig({})
const { server } = await buildApp({
  config,
  db: mortal,
  keys: createCredentialsKey(Buffer.from(message.masterKey, 'base64')),
  notices: openNotices(message.address, log),
  events: createEventSignal(db, log),
  outbound: { refusal: () => undefined },
  files: createLocalFiles(''),
  log,
})
process.send?.(await listen(server, '127.0.0.1', 0, 'FACET_PORT'))
