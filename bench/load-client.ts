import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Cleanup, endChild } from './cleanup.ts'
import type { LoadAnswer, LoadOrder } from './load.ts'
import type { ClosedLeg } from './load-closed.ts'
import { type OpenLeg, type OpenResult, timeOf } from './load-open.ts'
import type { Ask } from './load-requests.ts'
import type { Measured } from './types.ts'

const patienceMs = 30_000

/** What the load generator itself took of the machine in a leg. */
export interface LoadCost {
  readonly cpuSeconds: number
}

/** The load generator's process. */
export interface Load {
  /** A closed loop. */
  readonly measure: (leg: ClosedLeg) => Promise<Measured & LoadCost>
  /** An open one: requests come by the clock. */
  readonly measureByTheClock: (leg: OpenLeg) => Promise<OpenResult & LoadCost>
}

/** Starts the load generator. */
export function startLoad(cleanup: Cleanup): Load {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  cleanup.add(() => endChild(child))
  async function ask<Result>(order: LoadOrder, lastsMs: number): Promise<Result & LoadCost> {
    const answered = once(child, 'message', { signal: AbortSignal.timeout(lastsMs + patienceMs) })
    child.send({ ...order, leg: { ...order.leg, draws: usedDraws(order.leg) } })
    const [answer] = (await answered) as [LoadAnswer]
    if ('error' in answer) throw new Error(`The load generator: ${answer.error}`)
    return { ...(answer.result as Result), cpuSeconds: answer.cpuSeconds }
  }
  return {
    measure: (leg) => ask<Measured>({ loop: 'closed', leg }, leg.warmupMs + leg.measureMs),
    measureByTheClock: (leg) => ask<OpenResult>({ loop: 'open', leg }, timeOf(leg)),
  }
}

/** Those that the request has a place for: the others need not be sent to the process. */
function usedDraws({ path, headers, body = '', draws = {} }: Ask): Ask['draws'] {
  const text = [path, ...Object.values(headers), body].join(' ')
  return Object.fromEntries(Object.entries(draws).filter(([name]) => text.includes(`{${name}}`)))
}
