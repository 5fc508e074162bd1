import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Cleanup, endChild } from './cleanup.ts'
import type { HttpLeg, HttpResult } from './load.ts'

const patienceMs = 30_000

/** The load generator's process. */
export interface Load {
  readonly measure: (leg: HttpLeg) => Promise<HttpResult>
}

/** Starts the load generator. */
export function startLoad(cleanup: Cleanup): Load {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  cleanup.add(() => endChild(child))
  return {
    async measure(leg) {
      const late = AbortSignal.timeout(leg.warmupMs + leg.measureMs + patienceMs)
      const answered = once(child, 'message', { signal: late })
      child.send(leg)
      const [result] = await answered
      return result
    },
  }
}
