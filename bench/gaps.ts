import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Cleanup, endChild } from './cleanup.ts'

/** How often a process that does nothing but look at the clock was not run for longer than that. */
export interface Gaps {
  readonly processes: number
  readonly seconds: number
  readonly over: readonly { readonly ms: number; readonly count: number }[]
  readonly longestMs: number
}

const measureMs = 3_000
const limitsMs = [2, 5, 10] as const

/**
 * Looks at the clock in one process on each core, all at once. What they miss is what the machine itself takes, be it a shared host: no
 * p99 of a server on it can be judged without.
 */
export async function measureGaps(cleanup: Cleanup): Promise<Gaps> {
  const processes = availableParallelism()
  const gapsMs = (await Promise.all(Array.from({ length: processes }, () => gapsOfOne(cleanup)))).flat()
  return {
    ...{ processes, seconds: measureMs / 1_000 },
    over: limitsMs.map((ms) => ({ ms, count: gapsMs.filter((gap) => gap > ms).length })),
    longestMs: Math.max(0, ...gapsMs),
  }
}

async function gapsOfOne(cleanup: Cleanup): Promise<number[]> {
  const child = fork(join(import.meta.dirname, 'contestants', 'clock-watcher.ts'))
  cleanup.add(() => endChild(child))
  const answered = once(child, 'message', { signal: AbortSignal.timeout(measureMs + 10_000) })
  child.send(measureMs)
  const [gapsMs] = await answered
  return gapsMs
}

/** In words. */
export function gapsText({ processes, seconds, over, longestMs }: Gaps): string {
  const counts = over.map(({ ms, count }) => `${count} over ${ms} ms`).join(', ')
  return `${processes} processes that only looked at the clock for ${seconds} s just before missed it ${counts}, for ${longestMs.toFixed(1)} ms at the longest`
}
