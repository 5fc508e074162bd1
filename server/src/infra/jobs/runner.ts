import { EventEmitter } from 'node:events'
import { Logger, parseCrontab, run, type WorkerEvents } from 'graphile-worker'
import pg from 'pg'
import type { JobCtx } from '../../core/context.ts'
import type { Locks, Log } from '../../core/ports.ts'
import type { DatabaseAddress, PooledDb } from '../db/pool.ts'
import { freeAbandonedJobs } from './abandoned.ts'

/** A job handler, and when it runs by itself. */
export interface RunnableTask {
  readonly schedule?: string
  readonly work: (ctx: JobCtx, payload: unknown) => Promise<void>
}

export interface JobRunnerOptions {
  readonly address: DatabaseAddress
  readonly tasks: Readonly<Record<string, RunnableTask>>
  readonly db: PooledDb
  readonly locks: Locks
  readonly log: Log
  /** Called when it has ended without being stopped, as after minutes without a database: it does nothing more then. */
  readonly onEnd: () => void
}

export interface JobRunner {
  /** Ends after the jobs that are running. */
  stop(): Promise<void>
}

const concurrency = 3

/** Runs jobs from the database's queue until stopped. A job that throws is tried again, later each time. */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { address, tasks, db, locks, log, onEnd } = options
  const pool = new pg.Pool({
    ...address,
    max: concurrency + 2,
    application_name: 'facet jobs',
    // Who took a job, and that it is done, may be forgotten with the machine: jobs bear being repeated, and what they do is
    // committed elsewhere. Waiting for the disk twice a job would hold up every other commit.
    options: '-c synchronous_commit=off',
  })
  const onError = (error: Error) => log.warn({ err: error }, 'A database connection of the job runner ended')
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const crontab = Object.entries(tasks)
    .filter(([, { schedule }]) => schedule !== undefined)
    .map(([name, { schedule }]) => `${schedule} ${name}`)
  let abandoned: ReturnType<typeof freeAbandonedJobs> | undefined
  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => {
    abandoned = freeAbandonedJobs(workerPool.id, { db, locks, log })
  })
  const runner = await run({
    // Without a delay, be it 0, what became of a job is written with nobody waiting for it, and a stop may lose it.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    pgPool: pool,
    concurrency,
    noHandleSignals: true,
    parsedCronItems: parseCrontab(crontab.join('\n')),
    events,
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
  let running = true
  const end = () => {
    if (running) onEnd()
    running = false
  }
  runner.promise.then(end, end)
  return {
    async stop() {
      await abandoned?.stop()
      if (running) {
        running = false
        await runner.stop()
      }
      await pool.end()
    },
  }
}
