import { once } from 'node:events'
import { readConfig } from '../../config.ts'
import { type DatabaseAddress, openPool } from '../db/pool.ts'
import { createLog } from '../log.ts'
import { onStopSignal } from '../process/signals.ts'
import { type RunnableTask, startJobRunner } from './runner.ts'

/** The worker process: waits to be told where the database is, then runs jobs until told to stop or left alone. */
export async function serveJobs(tasks: Readonly<Record<string, RunnableTask>>): Promise<void> {
  const log = createLog(readConfig().logLevel ?? (process.stdout.isTTY ? 'warn' : 'info'))
  const closers: (() => Promise<void>)[] = []
  const stop = onStopSignal(closers, log)
  // The channel ends with the process that keeps this one: a worker never outlives it.
  process.once('disconnect', () => stop(0, 'The server is gone'))
  const [{ address }] = (await once(process, 'message')) as [{ address: DatabaseAddress }]
  const db = openPool({ address, connections: 4, log })
  closers.unshift(() => db.close())
  const runner = await startJobRunner(address, tasks, db, log)
  closers.unshift(() => runner.stop())
}
