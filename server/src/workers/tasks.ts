import { forgetOldCalls } from '../core/calls/calls.service.ts'
import type { AppJobCtx, JobCtx } from '../core/context.ts'
import { forgetOldLoginFailures } from '../core/credentials/login-failures.service.ts'
import { forgetEndedSessions } from '../core/credentials/sessions.service.ts'
import { forgetEndedEmailCodes } from '../core/email-proofs/email-codes.service.ts'
import { pruneEvents } from '../core/feed/feed.service.ts'
import { forgetOldIdempotencyKeys } from '../core/idempotency.ts'
import { forgetMailCounts, forgetOldOutboxMails } from '../core/mail/mail.service.ts'
import type { MailOrder } from '../core/mail/mail.types.ts'
import { deliverMail, type MailJobCtx, mailTask } from '../core/mail/mail-delivery.service.ts'
import { listApps } from '../core/organizations/organizations.service.ts'
import { removeOldPictures } from '../core/pictures/pictures.service.ts'
import type { CustodyKey, EventSignal, Files, Jobs } from '../core/ports.ts'
import { applyImports, importTask, listAppsWithImports } from '../core/profile-imports/profile-imports.service.ts'
import { checkMarks, listAppsToMark, listMarkedApps, markProfiles, markSize } from '../core/profiles/marks.service.ts'
import { forgetOldOwnChanges } from '../core/self-service/own-changes.service.ts'
import { listAppsWithWallets, makeWallets } from '../core/wallets/wallet-maker.service.ts'
import { enqueueMaking, makeWalletsTask } from '../core/wallets/wallet-requests.service.ts'
import { forgetOldWorkflows } from '../core/wallets/workflows.service.ts'
import { forgetDeletedEndpoints, forgetOldDeliveries } from '../core/webhooks/deliveries.service.ts'
import { oncePerApp } from './once-per-app.ts'

const batchSize = 1_000

/** A job by its name, and when it runs by itself (a crontab line's first five fields, UTC). */
export interface Task {
  readonly schedule?: string
  readonly work: (ctx: JobCtx, payload: unknown) => Promise<void>
}

/** What jobs need beside their context. */
export interface TaskParts extends Pick<MailJobCtx, 'mailer' | 'mailSealer'> {
  /** How long events are kept. */
  readonly eventRetentionDays: number
  readonly files: Files
  readonly custodyKey: CustodyKey
  readonly events: EventSignal
  readonly jobs: Jobs
}

/** How long the log of deliveries is kept. */
const deliveryLogDays = 30
const dayMs = 86_400_000

/** What keeps deep pages quick. */
const markTasks: Readonly<Record<string, Task>> = {
  mark_profiles: {
    schedule: '* * * * *',
    work: (ctx) =>
      forEach(
        ctx,
        () => listAppsToMark(ctx, markSize),
        (_, appId) => markProfiles({ ...ctx, appId }, markSize),
        'Profiles were not marked; it is tried again',
      ),
  },
  check_profile_marks: {
    schedule: '30 * * * *',
    work: (ctx) =>
      forEach(
        ctx,
        listMarkedApps,
        (_, appId) => checkMarks({ ...ctx, appId }),
        'Marks among profiles were not checked; it is tried again',
      ),
  },
}

/** Every job of Facet. */
export function createTasks({
  eventRetentionDays,
  mailer,
  mailSealer,
  files,
  custodyKey,
  events,
  jobs,
}: TaskParts): Readonly<Record<string, Task>> {
  const inApp = (ctx: JobCtx, appId: string): AppJobCtx => ({ ...ctx, appId, committed: () => events.raise(appId) })
  const askForWallets = ({ db }: JobCtx, appId: string) => enqueueMaking({ db, jobs }, appId)
  const walletsOf = oncePerApp((ctx: JobCtx, appId) => makeWallets({ ...inApp(ctx, appId), custodyKey }), askForWallets)
  const importsOf = (ctx: JobCtx, appId: string) => applyImports(inApp(ctx, appId))
  return {
    forget_idempotency_keys: {
      schedule: '*/10 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldIdempotencyKeys(ctx, appId, batchSize)),
    },
    forget_login_failures: {
      schedule: '15 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldLoginFailures(ctx, appId, batchSize)),
    },
    forget_sessions: {
      schedule: '35 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetEndedSessions(ctx, appId, batchSize)),
    },
    forget_self_service: {
      schedule: '55 * * * *',
      work: async (ctx) => {
        await inBatches(ctx, (appId) => forgetOldOwnChanges(ctx, appId, batchSize))
        await inBatches(ctx, (appId) => forgetEndedEmailCodes(ctx, appId, batchSize))
      },
    },
    remove_pictures: {
      schedule: '*/5 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => removeOldPictures({ ...ctx, appId }, files, batchSize)),
    },
    prune_events: {
      schedule: '5 * * * *',
      work: (ctx) =>
        inBatches(ctx, (appId) => pruneEvents(ctx, appId, daysBefore(ctx.now, eventRetentionDays), batchSize)),
    },
    forget_deliveries: {
      schedule: '25 * * * *',
      work: async (ctx) => {
        await inBatches(ctx, (appId) =>
          forgetOldDeliveries(ctx, appId, daysBefore(ctx.now, deliveryLogDays), batchSize),
        )
        await inBatches(ctx, (appId) => forgetDeletedEndpoints(ctx, appId, batchSize))
      },
    },
    forget_calls: {
      schedule: '40 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldCalls(ctx, appId, batchSize)),
    },
    forget_mail: {
      schedule: '45 * * * *',
      work: async (ctx) => {
        await inBatches(ctx, (appId) => forgetOldOutboxMails(ctx, appId, batchSize))
        await inBatches(ctx, (appId) => forgetMailCounts(ctx, appId, batchSize))
      },
    },
    // Only the core puts these jobs into the queue, with payloads of these shapes.
    [mailTask]: { work: (ctx, payload) => deliverMail({ ...ctx, mailer, mailSealer }, payload as MailOrder) },
    [importTask]: { work: (ctx, payload) => importsOf(ctx, (payload as { appId: string }).appId) },
    resume_imports: {
      schedule: '* * * * *',
      work: (ctx) => forEach(ctx, listAppsWithImports, importsOf, 'An import could not be done; it is tried again'),
    },
    [makeWalletsTask]: { work: (ctx, payload) => walletsOf(ctx, (payload as { appId: string }).appId) },
    resume_wallets: {
      schedule: '* * * * *',
      work: (ctx) => forEach(ctx, listAppsWithWallets, askForWallets, 'Wallets were not asked for; it is tried again'),
    },
    ...markTasks,
    forget_workflows: {
      schedule: '50 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldWorkflows(ctx, appId, batchSize)),
    },
  }
}

/** Does what waits since a job failed, or its worker was killed: for each app, whatever becomes of the others. */
async function forEach(
  ctx: JobCtx,
  list: (ctx: JobCtx) => Promise<string[]>,
  work: (ctx: JobCtx, appId: string) => Promise<void>,
  failure: string,
): Promise<void> {
  for (const appId of await list(ctx)) {
    await work(ctx, appId).catch((error) => ctx.log.error({ err: error, appId }, failure))
  }
}

/** Does for each app what removes rows, again as long as it finds a whole batch: small enough to disturb nobody. */
async function inBatches(ctx: JobCtx, remove: (appId: string) => Promise<number>): Promise<void> {
  for (const app of await listApps(ctx)) {
    while ((await remove(app.id)) >= batchSize) ctx.log.debug({ appId: app.id }, 'More to remove')
  }
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs)
}
