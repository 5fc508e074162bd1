import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Config, workerEnvironment } from '../../config.ts'
import type { Log } from '../../core/ports.ts'
import { filesPlace } from '../files/open-files.ts'
import type { WorkerMessage } from '../jobs/serve-worker.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'

export interface WorkerProcess {
  /** Asks the worker to end its job and waits for it, at most a moment longer than `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

/** What the worker is told at its start: of the keys it is given those of webhook secrets and of mail alone. */
export function workerMessage(
  config: Config,
  { address, logLevel, keys }: Pick<WorkerMessage, 'address' | 'logLevel'> & { readonly keys: CredentialsKey },
): WorkerMessage {
  const { webhookAllow, eventRetentionDays, smtpUrl, mailFrom } = config
  return {
    address,
    logLevel,
    webhooksKey: keys.webhooksKey.toString('base64'),
    mailKey: keys.mailKey.toString('base64'),
    webhookAllow,
    eventRetentionDays,
    smtp: smtpUrl === undefined || mailFrom === undefined ? undefined : { url: smtpUrl, from: mailFrom },
    files: filesPlace(config),
  }
}

const leastUptimeMs = 5_000
const maxDelayMs = 30_000
/** How long a worker that was killed may take to be gone. */
const killedMs = 1_000

/**
 * Keeps one worker process running: the entry file with the argument `worker`, started anew when it dies or cannot be
 * started. It is told `message` first, over the channel whose end tells it that this process is gone.
 */
export function keepWorker(entry: string, message: WorkerMessage, log: Log): WorkerProcess {
  let stopping = false
  let child: ChildProcess | undefined
  let delayMs = 100

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
      current.on('exit', (code, signal) =>
        beginAgain(startedAt, { code, signal }, 'The worker process ended; it is started again'),
      )
      current.send(message)
    } catch (error) {
      void unstarted(error)
    }
  }

  begin()
  return {
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
