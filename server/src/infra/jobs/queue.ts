import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import type { Jobs } from '../../core/ports.ts'
import type { DatabaseAddress } from '../db/pool.ts'

/** Puts jobs into the database's queue, with a statement of the caller's own transaction. */
export const jobs: Jobs = {
  async enqueue(db, { task, payload, queue = null }) {
    const text = 'select graphile_worker.add_job($1, $2::json, queue_name => $3)'
    await db.query(text, [task, JSON.stringify(payload), queue])
  },
}

/** Brings the queue's own tables up to date, so that jobs can be put before any worker has run. */
export async function installJobQueue(address: DatabaseAddress): Promise<void> {
  const pool = new pg.Pool({ ...address, max: 2, application_name: 'facet setup' })
  // A connection that is lost fails the statement that is under way; the error beside it says nothing new.
  const onError = () => {}
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  try {
    await runMigrations({ pgPool: pool, noHandleSignals: true })
  } finally {
    await pool.end()
  }
}
