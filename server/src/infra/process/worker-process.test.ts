import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { readConfig } from '../../config.ts'
import { pendingChannel } from '../../core/feed/feed.service.ts'
import { openNotices } from '../db/notices.ts'
import { StartError } from '../installation/start-error.ts'
import { keepWorker, workerMessage } from './worker-process.ts'

const database = useDatabase()
const { address, keys } = database
let dataDir: string

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'facet-worker-'))
  const { id, check } = keys
  await database.db.query('insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)', [
    id,
    check,
  ])
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const message = () => workerMessage(readConfig({ FACET_DATA_DIR: dataDir }), { address, logLevel: 'error', keys })

it('a worker that never gets ready ends the wait for it, and not the process that waits', async () => {
  const entry = join(dataDir, 'ends-at-once.js')
  writeFileSync(entry, 'process.exit(3)')
  const worker = keepWorker(entry, Promise.resolve(message()), quietLog, 500)
  await expect(worker.ready).rejects.toThrow(new StartError('No worker process was ready within 0.5 s: see the log'))
  await worker.stop(1_000)
})

it('a worker that is stopped tells of the events that its last jobs wrote', async () => {
  const heard = new Set<string>()
  const notices = openNotices(address, quietLog)
  const listening = new Promise<void>((resolve) => notices.onGap(resolve))
  notices.listen(pendingChannel, (appId) => heard.add(appId))
  await listening
  const entry = new URL('../../../test/helpers/raising-worker.ts', import.meta.url).pathname
  const worker = keepWorker(entry, Promise.resolve(message()), quietLog)
  await worker.ready
  await vi.waitUntil(() => heard.has('begun'), { timeout: 10_000 })
  await worker.stop(10_000)
  await vi.waitUntil(() => heard.has('last'), { timeout: 2_000 })
  await notices.close()
}, 30_000)
