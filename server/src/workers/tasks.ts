import type { JobCtx } from '../core/context.ts'
import { forgetOldIdempotencyKeys } from '../core/idempotency.ts'
import { listApps } from '../core/organizations/organizations.service.ts'

const batchSize = 1_000

/** A job by its name, and when it runs by itself (a crontab line's first five fields, UTC). */
export interface Task {
  readonly schedule?: string
  readonly work: (ctx: JobCtx) => Promise<void>
}

/** Every job of Facet. */
export const tasks: Readonly<Record<string, Task>> = {
  forget_idempotency_keys: { schedule: '*/10 * * * *', work: forgetIdempotencyKeys },
}

/** Removes the answers that are past keeping, in batches small enough to disturb nobody. */
async function forgetIdempotencyKeys(ctx: JobCtx): Promise<void> {
  for (const app of await listApps(ctx)) {
    while ((await forgetOldIdempotencyKeys(ctx, app.id, batchSize)) === batchSize) ctx.log.debug({}, 'More to forget')
  }
}
