import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cleanup, endChild } from './cleanup.ts'
import type { Arrivals } from './receiver.ts'

const pollMs = 20

/** The process that webhooks are sent to. */
export interface Receiver {
  /** `127.0.0.1:port`. */
  readonly host: string
  /** Waits until so many messages came since the last call, and gives them. */
  take(count: number, timeoutMs: number): Promise<Arrivals>
}

/** Starts the receiver. */
export async function startReceiver(cleanup: Cleanup): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, 'receiver.ts'))
  cleanup.add(() => endChild(child))
  const [port] = await once(child, 'message')
  const ask = async (order: 'count' | 'report') => {
    const answered = once(child, 'message')
    child.send(order)
    return (await answered)[0]
  }
  return {
    host: `127.0.0.1:${port}`,
    async take(count, timeoutMs) {
      const deadline = Date.now() + timeoutMs
      while ((await ask('count')) < count) {
        if (Date.now() > deadline) throw new Error(`Fewer than ${count} messages arrived in ${timeoutMs} ms`)
        await wait(pollMs)
      }
      return ask('report')
    },
  }
}
