import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Config, workerEnvironment } from '../../config.ts'
import type { Log } from '../../core/ports.ts'
import { filesPlace } from '../files/open-files.ts'
import { StartError } from '../installation/start-error.ts'
import type { WorkerMessage, WorkerReport } from '../jobs/serve-worker.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'

export interface WorkerProcess {
  /**
   * Once the first one has the custody key. Rejects with StartError when that refuses. What ends it otherwise is tried again, until
   * `readyMs` have gone: then it rejects with StartError too.
   */
  readonly ready: Promise<void>
  /** Asks the worker to end its job and waits for it, at most a moment longer than `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

/** What the worker is told at its start: of the keys it is given those of webhook secrets and of mail alone. */
export function workerMessage(
  config: Config,
  { address, logLevel, keys }: Pick<WorkerMessage, 'address' | 'logLevel'> & { readonly keys: CredentialsKey },
): WorkerMessage {
  const { webhookAllow, eventRetentionDays, smtpUrl, mailFrom, dataDir } = config
  return {
    address,
    logLevel,
    webhooksKey: keys.webhooksKey.toString('base64'),
    mailKey: keys.mailKey.toString('base64'),
    webhookAllow,
    eventRetentionDays,
    smtp: smtpUrl === undefined || mailFrom === undefined ? undefined : { url: smtpUrl, from: mailFrom },
    files: filesPlace(config),
    dataDir,
  }
}

const leastUptimeMs = 5_000
const maxDelayMs = 30_000
/**
 * How long it may take until a worker is ready, from when it can be told what it needs. It waits for the workers of other nodes that
 * start at the same time, each of which may wait half a minute for an AWS KMS that does not answer.
 */
const defaultReadyMs = 180_000
/** How long a worker that was killed may take to be gone. */
const killedMs = 1_000

/**
 * Keeps one worker process running: the entry file with the argument `worker`, started anew when it dies or cannot be
 * started, but not when the first one refuses. It is told `message` first, over the channel whose end tells it that this
 * process is gone; until there is one, it loads what it needs.
 */
export function keepWorker(
  entry: string,
  message: Promise<WorkerMessage>,
  log: Log,
  readyMs = defaultReadyMs,
): WorkerProcess {
  let stopping = false
  let child: ChildProcess | undefined
  let delayMs = 100
  const first = Promise.withResolvers<void>()
  // Whoever waits for one, or is told why the other fails, may not do so yet.
  for (const promise of [first.promise, message]) promise.catch(() => {})
  let wasReady = false
  const late = () =>
    first.reject(new StartError(`No worker process was ready within ${readyMs / 1_000} s: see the log`))
  message.then(
    () => setTimeout(late, readyMs).unref(),
    () => {},
  )

  function onReport(report: WorkerReport): void {
    if ('ready' in report) {
      wasReady = true
      first.resolve()
    } else if (wasReady) log.error({ reason: report.refused }, 'The worker process refuses to start')
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
    const unstarted = (error: unknown) => beginAgain(startedAt, { err: error }, 'The worker process cannot be started')
    child = undefined
    try {
      const current = fork(entry, ['worker'], {
        env: workerEnvironment(),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      current.on('error', (error) => {
        // A process that never was has no exit either.
        if (current.pid === undefined) void unstarted(error)
        else log.error({ err: error }, 'The worker process cannot be spoken to')
      })
      if (current.pid === undefined) return
      child = current
      current.on('message', onReport)
      current.on('exit', (code, signal) =>
        beginAgain(startedAt, { code, signal }, 'The worker process ended; it is started again'),
      )
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
