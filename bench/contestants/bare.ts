import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Cleanup, endChild } from '../cleanup.ts'
import type { Database } from '../database.ts'
import type { Plans } from '../statements.ts'

const startTimeoutMs = 10_000

/** What the bare server is told when it starts. */
export interface BareOrder {
  readonly address: Database['address']
  readonly connections: number
  readonly plans: Plans
}

export interface Bare {
  readonly pid: number
  readonly host: string
  readonly port: number
}

/** Starts the bare server. */
export async function startBare(order: BareOrder, cleanup: Cleanup): Promise<Bare> {
  // "advanced" keeps dates and nulls of the recorded parameters as they are.
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), {
    serialization: 'advanced',
  })
  cleanup.add(() => endChild(child))
  const answered = once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })
  child.send(order)
  const [port] = await answered
  return { pid: child.pid ?? 0, host: '127.0.0.1', port }
}
