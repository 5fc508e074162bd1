import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../core/ports.ts'

export interface WorkerProcess {
  /** Asks the worker to end its job and waits for it, at most `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

const leastUptimeMs = 5_000
const maxDelayMs = 30_000

/**
 * Keeps one worker process running: the entry file with the argument `worker`, started anew when it dies. It is told
 * `message` first, over the channel whose end tells it that this process is gone.
 */
export function keepWorker(entry: string, message: object, log: Log): WorkerProcess {
  let stopping = false
  let child: ChildProcess | undefined
  let delayMs = 100

  function begin(): void {
    const startedAt = Date.now()
    const current = fork(entry, ['worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child = current
    current.send(message)
    current.on('error', (error) => log.error({ err: error }, 'The worker process cannot be spoken to'))
    current.on('exit', async (code, signal) => {
      if (stopping) return
      delayMs = Date.now() - startedAt > leastUptimeMs ? 100 : Math.min(delayMs * 2, maxDelayMs)
      log.error({ code, signal, delayMs }, 'The worker process ended; it is started again')
      await wait(delayMs, undefined, { ref: false })
      if (!stopping) begin()
    })
  }

  begin()
  return {
    async stop(timeoutMs) {
      stopping = true
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const killer = setTimeout(() => child?.kill('SIGKILL'), timeoutMs)
      await ended
      clearTimeout(killer)
    },
  }
}
