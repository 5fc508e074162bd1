import { afterAll, describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { type OpenLocks, openLocks } from '../db/locks.ts'
import { freeAbandonedJobs } from './abandoned.ts'

const opened: OpenLocks[] = []
afterAll(async () => void (await Promise.all(opened.splice(0).map((locks) => locks.close()))))
const database = useDatabase()

/** The locks of a process of its own. */
function newLocks(): OpenLocks {
  const locks = openLocks(database.address, quietLog)
  opened.push(locks)
  return locks
}

/** Queues a job that the runner has had in hand for so long, and locks its queue as the runner does. */
async function lockJob(runnerId: string, seconds: number): Promise<void> {
  const { db } = database
  await db.query(`select graphile_worker.add_job('none', '{}'::json, queue_name => $1)`, [`queue of ${runnerId}`])
  const since = [runnerId, `queue of ${runnerId}`, seconds]
  await db.query(
    `update graphile_worker._private_jobs set locked_by = $1, locked_at = now() - make_interval(secs => $3)
     where job_queue_id = (select id from graphile_worker._private_job_queues where queue_name = $2)`,
    since,
  )
  await db.query(
    `update graphile_worker._private_job_queues set locked_by = $1, locked_at = now() - make_interval(secs => $3)
     where queue_name = $2`,
    since,
  )
}

async function lockedBy(): Promise<unknown> {
  const [row] = await database.db.query<{ ids: string[] }>(
    `select array(select locked_by from graphile_worker._private_jobs where locked_by is not null
       intersect select locked_by from graphile_worker._private_job_queues order by 1) as ids`,
    [],
  )
  return row?.ids
}

describe('freeAbandonedJobs', () => {
  it('frees the jobs and queues of runners that are gone, and of none that is alive, has just begun or is this one', async () => {
    const alive = freeAbandonedJobs('alive', { db: database.db, locks: newLocks(), log: quietLog })
    await alive.stop()
    await lockJob('alive', 3_600)
    await lockJob('begun', 1)
    await lockJob('gone', 60)
    await lockJob('gone too', 14_000)
    await lockJob('own', 3_600)
    const own = freeAbandonedJobs('own', { db: database.db, locks: newLocks(), log: quietLog })
    await own.stop()
    expect(await lockedBy()).toEqual(['alive', 'begun', 'own'])

    await opened[0]?.close()
    await freeAbandonedJobs('other', { db: database.db, locks: newLocks(), log: quietLog }).stop()
    expect(await lockedBy()).toEqual(['begun', 'own'])
  })
})
