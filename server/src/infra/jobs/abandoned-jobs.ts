import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from '../../core/db.ts'
import type { Locks, Log } from '../../core/ports.ts'

export interface JobWatchParts {
  readonly db: Db
  readonly locks: Locks
  readonly log: Log
}

export interface JobWatch {
  /** From now on whoever has its jobs locked by this name counts as alive, for as long as this process holds its lock. */
  enter(name: string): void
  close(): Promise<void>
}

export interface JobWatchTiming {
  readonly lookMs: number
  /** Older than this is a job before anybody asks whether its worker lives: longer than a look, at which workers show that. */
  readonly settledMs: number
}

/** Within 15 seconds and what the queue takes to look round. */
export const watchTiming: JobWatchTiming = { lookMs: 5_000, settledMs: 10_000 }

/**
 * Gives jobs of workers that are gone to those that live. The queue itself waits four hours for a worker that was killed, and
 * with a job waits all that stand behind it. A worker that lives holds an advisory lock: who gets it has found a dead one.
 * A worker that only lost its connection may have its job done beside it; jobs bear being repeated.
 */
export function watchJobs({ db, locks, log }: JobWatchParts, { lookMs, settledMs }: JobWatchTiming): JobWatch {
  const own = new Set<string>()
  const closing = new AbortController()
  let looks = Promise.resolve()

  async function look(): Promise<void> {
    // Again each time, since a connection that was lost has taken the locks with it.
    for (const name of own) await locks.hold(lockOf(name))
    const rows = await db.query<{ name: string }>(
      `select distinct locked_by as name from graphile_worker.jobs where locked_at < now() - $1 * interval '1 ms'`,
      [settledMs],
    )
    for (const { name } of rows) {
      if (own.has(name) || !(await locks.hold(lockOf(name)))) continue
      try {
        await db.query('select graphile_worker.force_unlock_workers($1)', [[name]])
        log.warn({ worker: name }, 'The jobs of a worker that is gone are done anew')
      } finally {
        await locks.release(lockOf(name))
      }
    }
  }

  /** One look after the other. */
  function lookOnce(): Promise<void> {
    const note = (error: unknown) => log.debug({ err: error }, 'Jobs of workers that are gone could not be looked for')
    looks = looks.then(look).catch(note)
    return looks
  }

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      await lookOnce()
      await pause(lookMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const looking = keepLooking()
  return {
    enter(name) {
      own.add(name)
      void lookOnce()
    },
    async close() {
      closing.abort()
      await looking
      await looks
      for (const name of own) await locks.release(lockOf(name))
    },
  }
}

const lockOf = (name: string) => `facet jobs of ${name}`
