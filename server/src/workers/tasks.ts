import type { JobCtx } from '../core/context.ts'
import { forgetOldLoginFailures } from '../core/credentials/login-failures.service.ts'
import { pruneEvents } from '../core/feed/feed.service.ts'
import { forgetOldIdempotencyKeys } from '../core/idempotency.ts'
import { listApps } from '../core/organizations/organizations.service.ts'
import { applyImport, importTask } from '../core/profile-imports/profile-imports.service.ts'
import type { ImportOrder } from '../core/profile-imports/profile-imports.types.ts'
import { forgetDeletedEndpoints, forgetOldDeliveries } from '../core/webhooks/deliveries.service.ts'

const batchSize = 1_000

/** A job by its name, and when it runs by itself (a crontab line's first five fields, UTC). */
export interface Task {
  readonly schedule?: string
  readonly work: (ctx: JobCtx, payload: unknown) => Promise<void>
}

export interface TaskSettings {
  /** How long events are kept. */
  readonly eventRetentionDays: number
}

/** How long the log of deliveries is kept. */
const deliveryLogDays = 30
const dayMs = 86_400_000

/** Every job of Facet. */
export function createTasks({ eventRetentionDays }: TaskSettings): Readonly<Record<string, Task>> {
  return {
    forget_idempotency_keys: {
      schedule: '*/10 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldIdempotencyKeys(ctx, appId, batchSize)),
    },
    forget_login_failures: {
      schedule: '15 * * * *',
      work: (ctx) => inBatches(ctx, (appId) => forgetOldLoginFailures(ctx, appId, batchSize)),
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
    // Only the core puts this job into the queue, with an order of this shape.
    [importTask]: { work: (ctx, payload) => applyImport(ctx, payload as ImportOrder) },
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
