import { Logger, parseCrontab, run } from 'graphile-worker'
import pg from 'pg'
import type { JobCtx } from '../../core/context.ts'
import type { Log } from '../../core/ports.ts'
import type { DatabaseAddress, PooledDb } from '../db/pool.ts'

/** A job handler, and when it runs by itself. */
export interface RunnableTask {
  readonly schedule?: string
  readonly work: (ctx: JobCtx, payload: unknown) => Promise<void>
}

export interface JobRunner {
  /** Ends after the jobs that are running. */
  stop(): Promise<void>
}

const concurrency = 2

/** Runs jobs from the database's queue until stopped. A job that throws is tried again, later each time. */
export async function startJobRunner(
  address: DatabaseAddress,
  tasks: Readonly<Record<string, RunnableTask>>,
  db: PooledDb,
  log: Log,
): Promise<JobRunner> {
  const pool = new pg.Pool({ ...address, max: concurrency + 2, application_name: 'facet jobs' })
  const onError = (error: Error) => log.warn({ err: error }, 'A database connection of the job runner ended')
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const crontab = Object.entries(tasks)
    .filter(([, { schedule }]) => schedule !== undefined)
    .map(([name, { schedule }]) => `${schedule} ${name}`)
  const runner = await run({
    pgPool: pool,
    concurrency,
    noHandleSignals: true,
    parsedCronItems: parseCrontab(crontab.join('\n')),
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, { work }]) => [
        name,
        async (payload) =>
          work({ db, log, now: new Date(), actor: { kind: 'system', id: name }, requestId: null }, payload),
      ]),
    ),
    logger: new Logger(() => (level, message) => {
      if (level === 'error') log.error({}, message)
      else if (level === 'warning') log.warn({}, message)
      else log.debug({}, message)
    }),
  })
  return {
    async stop() {
      await runner.stop()
      await pool.end()
    },
  }
}
