import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Cleanup, endChild } from './cleanup.ts'

/** How often a second a contestant alone does its work, in a process of its own that is told for how long. */
export async function rawRate(script: string, measureMs: number, cleanup: Cleanup): Promise<number> {
  const child = fork(join(import.meta.dirname, 'contestants', script))
  cleanup.add(() => endChild(child))
  const ended = once(child, 'exit')
  const answered = once(child, 'message')
  child.send(measureMs)
  const [rate] = await answered
  await ended
  return rate
}
