import type { Db } from '../../core/db.ts'
import type { Locks, Log } from '../../core/ports.ts'

const lookRoundMs = 10_000
/** So long a runner that has just begun may take to get its lock before another takes it for dead. */
const graceSeconds = 15

/**
 * Frees the jobs of runners that died at work, for others to do again: the queue itself leaves them locked for four hours, and
 * every job behind them in the same queue too. A runner is alive while it holds the lock of its name.
 */
export function freeAbandonedJobs(
  runnerId: string,
  { db, locks, log }: { readonly db: Db; readonly locks: Locks; readonly log: Log },
): { stop(): Promise<void> } {
  let working = Promise.resolve()

  async function lookRound(): Promise<void> {
    // It is taken anew after the connection for locks was lost; as long as it is held this asks nobody.
    await locks.hold(lockOf(runnerId))
    const others = await db.query<{ id: string }>(
      `select distinct locked_by as id from graphile_worker.jobs
       where locked_by <> $1 and locked_at < now() - make_interval(secs => $2)`,
      [runnerId, graceSeconds],
    )
    for (const { id } of others) {
      if (!(await locks.hold(lockOf(id)))) continue
      await db.query('select graphile_worker.force_unlock_workers(array[$1])', [id])
      await locks.release(lockOf(id))
      log.info({ runnerId: id }, 'Freed the jobs of a runner that is gone')
    }
  }

  const begin = () => {
    working = lookRound().catch((error) => log.warn({ err: error }, 'Jobs of dead runners were not looked for'))
  }
  begin()
  const timer = setInterval(begin, lookRoundMs)
  return {
    stop() {
      clearInterval(timer)
      return working
    },
  }
}

function lockOf(runnerId: string): string {
  return `job runner ${runnerId}`
}
