import { recordEvent } from '../events.ts'
import type { DispatcherCtx, Outcome } from './attempt.ts'
import { markDisabled, updateFailingSince } from './dispatcher.queries.ts'
import type { Lane } from './lanes.ts'
import type { DisabledReason } from './webhooks.types.ts'

/** A failure that lasted shorter is not noted in the database: most are over before. */
const notedAfterMs = 60_000

/** Takes an attempt into account, unless it went elsewhere than the endpoint is now. */
export function countOutcome(lane: Lane, { result, verdict, url }: Outcome, disableAfterMs: number): void {
  if (url !== lane.endpoint.url) return
  if (verdict.outcome === 'delivered') {
    lane.failingSince = null
    return
  }
  lane.failingSince ??= result.startedAt
  if (verdict.outcome === 'failed' && verdict.disable !== undefined) lane.disable = verdict.disable
  // By a failure and not by the clock: an endpoint that nothing was sent to for days has not failed for days.
  else if (result.startedAt.getTime() - lane.failingSince.getTime() >= disableAfterMs) lane.disable = 'failing'
}

/** Notes since when endpoints fail, and disables those that are to be; true when it disabled one. */
export async function noteHealth(ctx: DispatcherCtx, appId: string, lanes: Iterable<Lane>): Promise<boolean> {
  const now = Date.now()
  let disabled = false
  for (const lane of lanes) {
    const failingMs = lane.failingSince === null ? -1 : now - lane.failingSince.getTime()
    if (lane.disable !== undefined && lane.endpoint.state === 'active') {
      await disable(ctx, appId, lane.endpoint.id, lane.disable)
      disabled = true
    }
    lane.disable = undefined
    const note = lane.failingNoted ? failingMs < 0 : failingMs >= notedAfterMs
    if (!note) continue
    await updateFailingSince(ctx, appId, lane.endpoint.id, lane.failingSince)
    lane.failingNoted = !lane.failingNoted
  }
  return disabled
}

async function disable(ctx: DispatcherCtx, appId: string, id: string, reason: DisabledReason): Promise<void> {
  const now = new Date()
  await ctx.db.transaction(async (db) => {
    if (!(await markDisabled({ db }, appId, id, reason, now))) return
    const before = { id, state: 'active', disabledReason: null }
    const after = { id, state: 'disabled', disabledReason: reason, updatedAt: now }
    await recordEvent({ ...ctx, db }, appId, {
      type: 'webhook_endpoint.disabled',
      subjectId: id,
      at: now,
      data: { before, after },
    })
  })
  ctx.log.warn({ appId, endpointId: id, reason }, 'A webhook endpoint was disabled')
}
