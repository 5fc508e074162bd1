import { fork } from 'node:child_process'
import { type Config, workerEnvironment } from '../../config.ts'
import type { Log } from '../../core/ports.ts'
import { filesPlace } from '../files/open-files.ts'
import type { WorkerMessage } from '../jobs/serve-worker.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'
import { type KeptProcess, keepProcess } from './kept-process.ts'

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

/**
 * How long it may take until a worker is ready, from when it can be told what it needs. It waits for the workers of other nodes that
 * start at the same time, each of which may wait half a minute for an AWS KMS that does not answer.
 */
const defaultReadyMs = 180_000

/** Keeps one process that works on jobs: the entry file with the argument `worker`. */
export function keepWorker(
  entry: string,
  message: Promise<WorkerMessage>,
  log: Log,
  readyMs = defaultReadyMs,
): KeptProcess {
  const start = () =>
    fork(entry, ['worker'], { env: workerEnvironment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return keepProcess({ name: 'worker', start, message, log, readyMs })
}
