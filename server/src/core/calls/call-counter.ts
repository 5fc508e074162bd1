import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../db.ts'
import type { Log } from '../ports.ts'
import { createCallTallies } from './call-tallies.ts'
import { upsertTallies } from './calls.queries.ts'
import type { CallCounter } from './calls.types.ts'

const writtenEveryMs = 1_000
/** For the last write, of a process that stops: the database may not be there. */
const lastWriteMs = 2_000

/**
 * What a process holds at most while it cannot write: an hour of eighty apps, 20 MB if each tally had all the calls that it may hold. As
 * many are written at once; to make the text of them takes the process 0.4 s then.
 */
const mostTallies = 5_000

/** The counter of one process, and how it is ended. */
export interface OpenCallCounter extends CallCounter {
  /** Writes what was counted since the last write: one statement, or none. Never fails; what is not written is kept for the next time. */
  write(): Promise<void>
  /** Writes the rest, which takes two seconds at most. */
  close(): Promise<void>
}

/** Begins to count calls in memory, and to write them once a second. */
export function createCallCounter(db: Db, log: Log): OpenCallCounter {
  const tallies = createCallTallies(mostTallies)
  let writing: Promise<void> | undefined
  let failing = false

  async function writeTaken(): Promise<void> {
    const taken = tallies.take()
    if (taken.length === 0) return
    try {
      await upsertTallies({ db }, taken)
      if (failing) log.info({}, 'The counts of calls are written again')
      failing = false
    } catch (error) {
      // When the connection was lost the write may have been done after all: then a second is counted twice, which is
      // better than a hole of as long as the database was away.
      tallies.putBack(taken)
      if (!failing) log.warn({ err: error }, 'The counts of calls were not written; they are kept for the next time')
      failing = true
    }
  }

  function write(): Promise<void> {
    writing ??= writeTaken().finally(() => {
      writing = undefined
    })
    return writing
  }

  async function writeRest(): Promise<void> {
    await writing
    await write()
  }

  const timer = setInterval(write, writtenEveryMs).unref()
  return {
    count: tallies.add,
    get dropped() {
      return tallies.dropped
    },
    write,
    async close() {
      clearInterval(timer)
      await Promise.race([writeRest(), wait(lastWriteMs, undefined, { ref: false })])
    },
  }
}
