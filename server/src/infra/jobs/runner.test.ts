import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { type OpenLocks, openLocks } from '../db/locks.ts'
import { jobs } from './queue.ts'
import { type JobRunner, startJobRunner } from './runner.ts'

const database = useDatabase()
const timing = { lookMs: 200, settledMs: 500 }
const patience = { timeout: 30_000, interval: 100 }

/** A process that runs jobs; `hang` keeps its jobs from ending. */
interface TestRunner {
  readonly locks: OpenLocks
  readonly done: unknown[]
  hang: Promise<void>
}

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

async function startRunner(): Promise<TestRunner> {
  const self: TestRunner = { locks: openLocks(database.address, quietLog), done: [], hang: Promise.resolve() }
  const work = async (_: unknown, payload: unknown) => {
    self.done.push(payload)
    await self.hang
  }
  const parts = { db: database.db, locks: self.locks, log: quietLog }
  const runner: JobRunner = await startJobRunner(database.address, { try_it: { work } }, parts, timing)
  opened.push(async () => {
    await runner.stop()
    await self.locks.close()
  })
  return self
}

const enqueue = (payload: object) => jobs.enqueue(database.db, { task: 'try_it', payload })

describe('startJobRunner', () => {
  it('does the jobs of a worker that is gone within seconds, and never those of one that lives', async () => {
    const hang = Promise.withResolvers<void>()
    const first = await startRunner()
    first.hang = hang.promise
    await enqueue({ number: 1 })
    await vi.waitFor(() => expect(first.done).toEqual([{ number: 1 }]), patience)
    const second = await startRunner()
    // Long enough to look, and to find a job that is free.
    await wait(5_000)
    expect([first.done, second.done]).toEqual([[{ number: 1 }], []])

    await first.locks.close()
    await vi.waitFor(() => expect(second.done).toEqual([{ number: 1 }]), patience)
    hang.resolve()
  }, 60_000)
})
