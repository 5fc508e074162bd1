import { once } from 'node:events'
import { type LogLevel, readCustodyConfig } from '../../config.ts'
import type { JobCtx } from '../../core/context.ts'
import type {
  CustodyKey,
  EventSignal,
  Files,
  Jobs,
  Locks,
  Log,
  Mailer,
  Notices,
  Outbound,
  Sealer,
} from '../../core/ports.ts'
import { createEventSignal } from '../db/event-signal.ts'
import { openLocks } from '../db/locks.ts'
import { withSetupLock } from '../db/migrate.ts'
import { openNotices } from '../db/notices.ts'
import { type DatabaseAddress, openPool } from '../db/pool.ts'
import { type FilesPlace, openFiles } from '../files/open-files.ts'
import { openCustodyKey } from '../installation/open-custody-key.ts'
import { createSealer } from '../keys/credentials-key.ts'
import { createLog } from '../log.ts'
import { createMailer, type SmtpSettings } from '../mail/mailer.ts'
import { createOutbound } from '../outbound/outbound.ts'
import { onStopSignal } from '../process/signals.ts'
import { orTellRefusal, tell } from '../process/start-report.ts'
import { jobs } from './queue.ts'
import { type JobRunner, type RunnableTask, startJobRunner } from './runner.ts'

/** All that the worker process is told; of the settings it reads those of the custody key alone, so that it holds no secret but those it needs. */
export interface WorkerMessage {
  readonly address: DatabaseAddress
  readonly logLevel: LogLevel
  /** The key of webhook secrets, in base64. */
  readonly webhooksKey: string
  /** The key of mail that waits to be sent, in base64. */
  readonly mailKey: string
  readonly webhookAllow: readonly string[]
  readonly eventRetentionDays: number
  /** Undefined when no mail server is set up. */
  readonly smtp: SmtpSettings | undefined
  readonly files: FilesPlace
  /** Where the file with the custody key is. */
  readonly dataDir: string
}

/** What a worker works with. */
export interface WorkerParts {
  readonly ctx: JobCtx & { readonly outbound: Outbound; readonly webhookSealer: Sealer }
  readonly notices: Notices
  readonly locks: Locks
  readonly mailer: Mailer
  readonly mailSealer: Sealer
  readonly files: Files
  readonly custodyKey: CustodyKey
  readonly events: EventSignal
  readonly jobs: Jobs
  readonly eventRetentionDays: number
}

/** What a worker does: jobs by the clock, and what it keeps doing. */
export interface WorkerDuties {
  tasks(parts: WorkerParts): Readonly<Record<string, RunnableTask>>
  keep(parts: WorkerParts): { close(): Promise<void> }
}

const connections = 8
const outboundDrainMs = 5_000
/** Less than the queue gives a job that is under way at the end. */
const mailDrainMs = 3_000

/**
 * The worker process: waits to be told where the database is, then works until told to stop or left alone. Its duties are loaded when the
 * custody key is at hand, since the start of the server waits for that.
 */
export async function serveWorker(loadDuties: () => Promise<WorkerDuties>): Promise<void> {
  const leave = () => process.exit(0)
  process.once('disconnect', leave)
  const [message] = (await once(process, 'message')) as [WorkerMessage]
  const { address, logLevel, webhooksKey, mailKey, webhookAllow, eventRetentionDays, smtp } = message
  const log = createLog(logLevel)
  const stopping = onStopSignal(log)
  // The channel ends with the process that keeps this one: a worker never outlives it.
  process.once('disconnect', () => stopping.stop(0, 'The server is gone'))
  process.off('disconnect', leave)
  const custodyKey = await orTellRefusal(openKey(message, log))
  await tell({ ready: true })
  const db = openPool({ address, connections, log, byIndex: true })
  const events = createEventSignal(db, log)
  // The jobs that ended last may have raised some.
  stopping.add(async () => {
    await events.flush()
    await db.close()
  })
  const [notices, locks] = [openNotices(address, log), openLocks(address, log)]
  stopping.add(async () => void (await Promise.all([notices.close(), locks.close()])))
  const outbound = createOutbound({ allow: webhookAllow })
  const mailer = createMailer(smtp)
  const files = await openFiles(message.files)
  stopping.add(async () => files.close())
  const parts: WorkerParts = {
    ctx: {
      db,
      log,
      now: new Date(),
      actor: { kind: 'system', id: 'worker' },
      requestId: null,
      outbound,
      webhookSealer: createSealer(Buffer.from(webhooksKey, 'base64')),
    },
    notices,
    locks,
    mailer,
    mailSealer: createSealer(Buffer.from(mailKey, 'base64')),
    files,
    custodyKey,
    events,
    jobs,
    eventRetentionDays,
  }
  const duties = await loadDuties()
  // What is open is being closed.
  if (stopping.signal.aborted) return
  const kept = duties.keep(parts)
  // Ending the posts lets those who wait for them write down what became of them.
  stopping.add(async () => void (await Promise.all([kept.close(), outbound.close(outboundDrainMs)])))
  // The process that keeps this one starts it anew.
  const onEnd = () => stopping.stop(1, 'The job runner ended')
  const starting = startJobRunner({ address, tasks: duties.tasks(parts), db, locks, log, onEnd })
  // A mail that is broken off is put back into the queue before the runner ends.
  const close = async (runner: JobRunner) => void (await Promise.all([runner.stop(), mailer.close(mailDrainMs)]))
  stopping.addOpening(starting.then((runner) => ({ close: () => close(runner) })))
  await starting
}

/** Under the set-up lock, so that two first starts make one key. */
async function openKey({ address, dataDir }: WorkerMessage, log: Log): Promise<CustodyKey> {
  const options = { dataDir, custody: readCustodyConfig(), makes: true, bearsOutage: true }
  const key = await withSetupLock(address, (client) => openCustodyKey(client, options))
  if (key.outage !== undefined)
    log.error({ reason: key.outage }, 'AWS KMS does not answer: what needs seeds waits for it')
  return key
}
