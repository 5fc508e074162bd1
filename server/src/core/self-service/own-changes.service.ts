import type { Ctx, JobCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import {
  type CountedChanges,
  countChange,
  deleteChanges,
  deleteOldChanges,
  selectChanges,
} from './own-changes.queries.ts'

const dayMs = 86_400_000

/**
 * Throws `own_changes_exhausted` when the person of a profile has made as many changes as the app's settings allow, within a day of the first of
 * them. Counts nothing: it spares work that would be refused.
 */
export async function requireOwnChange(ctx: Ctx, profileId: string): Promise<void> {
  const counted = await selectChanges(ctx, profileId)
  if (counted === undefined || counted.changes < ctx.settings.selfService.changesPerDay) return
  if (counted.beganAt > overAt(ctx)) throw limited(ctx, counted)
}

/** Inside a transaction that changes the profile: counts the change, exactly, on whatever node. Throws `own_changes_exhausted`. */
export async function countOwnChange(tx: Ctx, profileId: string): Promise<void> {
  const most = tx.settings.selfService.changesPerDay
  if (await countChange(tx, profileId, { now: tx.now, over: overAt(tx), most })) return
  throw limited(tx, (await selectChanges(tx, profileId)) ?? { beganAt: tx.now, changes: most })
}

/** Inside a transaction that ends the profile: forgets what was counted. */
export async function forgetOwnChanges(tx: Ctx, profileId: string): Promise<void> {
  await deleteChanges(tx, profileId)
}

/** Removes at most `limit` counts of the app whose day is over; gives how many went. */
export function forgetOldOwnChanges(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOldChanges({ ...ctx, appId }, overAt(ctx), limit)
}

function overAt({ now }: JobCtx): Date {
  return new Date(now.getTime() - dayMs)
}

/** Another request may have begun the day a moment after this one began. */
function limited({ now }: Ctx, { beganAt }: CountedChanges): DomainFault {
  const leftMs = beganAt.getTime() + dayMs - now.getTime()
  return new DomainFault({ code: 'own_changes_exhausted', retryAfterMs: Math.min(leftMs, dayMs) })
}
