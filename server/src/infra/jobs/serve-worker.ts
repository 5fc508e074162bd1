import { once } from 'node:events'
import type { LogLevel } from '../../config.ts'
import { type DatabaseAddress, openPool } from '../db/pool.ts'
import { createLog } from '../log.ts'
import { onStopSignal } from '../process/signals.ts'
import { type RunnableTask, startJobRunner } from './runner.ts'

/** All that the worker process is told; it reads no settings, so that it needs no secrets. */
export interface WorkerMessage {
  readonly address: DatabaseAddress
  readonly logLevel: LogLevel
}

/** The worker process: waits to be told where the database is, then runs jobs until told to stop or left alone. */
export async function serveJobs(tasks: Readonly<Record<string, RunnableTask>>): Promise<void> {
  const leave = () => process.exit(0)
  process.once('disconnect', leave)
  const [{ address, logLevel }] = (await once(process, 'message')) as [WorkerMessage]
  const log = createLog(logLevel)
  const stopping = onStopSignal(log)
  // The channel ends with the process that keeps this one: a worker never outlives it.
  process.once('disconnect', () => stopping.stop(0, 'The server is gone'))
  process.off('disconnect', leave)
  const db = openPool({ address, connections: 4, log })
  stopping.add(() => db.close())
  const runner = await startJobRunner(address, tasks, db, log)
  stopping.add(() => runner.stop())
}
