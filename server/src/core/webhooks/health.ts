import { recordEvent } from '../events.ts'
import type { DispatcherCtx } from './attempt.ts'
import { markDisabled, updateFailingSince } from './dispatcher.queries.ts'
import type { Lane } from './lanes.ts'
import type { Verdict } from './schedule.rules.ts'
import type { DisabledReason } from './webhooks.types.ts'

/** A failure that lasted shorter is not noted in the database: most are over before. */
const notedAfterMs = 60_000

/** Takes an attempt into account. */
export function countOutcome(lane: Lane, verdict: Verdict, startedAt: Date): void {
  if (verdict.outcome === 'delivered') lane.failingSince = null
  else lane.failingSince ??= startedAt
  if (verdict.outcome === 'failed' && verdict.disable !== undefined) lane.disable = verdict.disable
}

/** Notes since when endpoints fail, and disables those that did so for too long; true when it disabled one. */
export async function noteHealth(ctx: DispatcherCtx, appId: string, lanes: Iterable<Lane>): Promise<boolean> {
  const now = Date.now()
  let disabled = false
  for (const lane of lanes) {
    const failingMs = lane.failingSince === null ? -1 : now - lane.failingSince.getTime()
    if (failingMs >= ctx.schedule.disableAfterMs) lane.disable ??= 'failing'
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
    const [before, after] = [{ state: 'active' }, { state: 'disabled', disabledReason: reason }]
    await recordEvent({ ...ctx, db }, appId, {
      type: 'webhook_endpoint.disabled',
      subjectId: id,
      at: now,
      data: { before: { id, ...before }, after: { id, ...after } },
    })
  })
  ctx.log.warn({ appId, endpointId: id, reason }, 'A webhook endpoint was disabled')
}
