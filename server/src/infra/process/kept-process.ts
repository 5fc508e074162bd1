import type { ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../core/ports.ts'
import { StartError } from '../installation/start-error.ts'
import type { StartReport } from './start-report.ts'

/** A child process that is started again whenever it ends. */
export interface KeptProcess {
  /**
   * Once the first one is ready. Rejects with StartError when that refuses. What ends it otherwise is tried again, until `readyMs` have
   * gone: then it rejects with StartError too.
   */
  readonly ready: Promise<void>
  /** Asks the process to end and waits for it, at most a moment longer than `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

export interface KeptProcessOptions {
  /** As lines for an operator call it, `worker`. */
  readonly name: string
  /** Starts one, with a channel. */
  readonly start: () => ChildProcess
  /** What each is told first, over the channel whose end tells it that this process is gone; until there is one, it loads what it needs. */
  readonly message: Promise<object>
  readonly log: Log
  /** How long it may take until one is ready, from when it can be told what it needs. */
  readonly readyMs: number
  /** What a process says beside its report. */
  readonly onMessage?: (child: ChildProcess, message: object) => void
  readonly onEnd?: (child: ChildProcess) => void
}

const leastUptimeMs = 5_000
const maxDelayMs = 30_000
/** How long a process that was killed may take to be gone. */
const killedMs = 1_000

/** Keeps one process running: started anew when it dies or cannot be started, but not when the first one refuses. */
export function keepProcess(options: KeptProcessOptions): KeptProcess {
  const { name, message, log, readyMs } = options
  let stopping = false
  let child: ChildProcess | undefined
  let delayMs = 100
  const first = Promise.withResolvers<void>()
  // Whoever waits for one, or is told why the other fails, may not do so yet.
  for (const promise of [first.promise, message]) promise.catch(() => {})
  let wasReady = false
  const late = () =>
    first.reject(new StartError(`No ${name} process was ready within ${readyMs / 1_000} s: see the log`))
  message.then(
    () => setTimeout(late, readyMs).unref(),
    () => {},
  )

  function onReport(report: StartReport): void {
    if ('ready' in report) {
      wasReady = true
      first.resolve()
    } else if (wasReady) log.error({ reason: report.refused }, `The ${name} process refuses to start`)
    else {
      stopping = true
      first.reject(new StartError(report.refused))
    }
  }

  async function beginAgain(startedAt: number, facts: object, text: string): Promise<void> {
    if (stopping) return
    delayMs = Date.now() - startedAt > leastUptimeMs ? 100 : Math.min(delayMs * 2, maxDelayMs)
    log.error({ ...facts, delayMs }, text)
    await wait(delayMs, undefined, { ref: false })
    if (!stopping) begin()
  }

  function begin(): void {
    const startedAt = Date.now()
    const unstarted = (error: unknown) => beginAgain(startedAt, { err: error }, `The ${name} process cannot be started`)
    child = undefined
    try {
      const current = options.start()
      current.on('error', (error) => {
        // A process that never was has no exit either.
        if (current.pid === undefined) void unstarted(error)
        else log.error({ err: error }, `The ${name} process cannot be spoken to`)
      })
      if (current.pid === undefined) return
      child = current
      current.on('message', (said: object) => {
        if ('ready' in said || 'refused' in said) onReport(said as StartReport)
        else options.onMessage?.(current, said)
      })
      current.on('exit', (code, signal) => {
        options.onEnd?.(current)
        void beginAgain(startedAt, { code, signal }, `The ${name} process ended; it is started again`)
      })
      // A process that is never told anything is ended by whoever cannot tell it.
      message.then(
        (text) => current.send(text),
        () => {},
      )
    } catch (error) {
      void unstarted(error)
    }
  }

  begin()
  return {
    ready: first.promise,
    async stop(timeoutMs) {
      stopping = true
      const current = child
      if (current === undefined || current.exitCode !== null || current.signalCode !== null) return
      const ended = new Promise((resolve) => current.once('exit', resolve))
      current.kill('SIGTERM')
      const killer = setTimeout(() => current.kill('SIGKILL'), timeoutMs)
      await Promise.race([ended, wait(timeoutMs + killedMs)])
      clearTimeout(killer)
    },
  }
}
