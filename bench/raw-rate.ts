import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** How often a second a contestant alone does its work, in a process of its own that is told for how long. */
export async function rawRate(script: string, measureMs: number): Promise<number> {
  const child = fork(join(import.meta.dirname, 'contestants', script))
  const ended = once(child, 'exit')
  const answered = once(child, 'message')
  child.send(measureMs)
  const [rate] = await answered
  await ended
  return rate
}
