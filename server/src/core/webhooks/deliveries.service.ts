import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { isUuid } from '../ids.ts'
import { type CursorPage, packCursor, unpackCursor } from '../pagination.ts'
import { inTx } from '../transactions.ts'
import {
  deleteFinished,
  deleteOrphans,
  makeDue,
  selectAttempts,
  selectDeliveries,
  selectDelivery,
} from './deliveries.queries.ts'
import { askRecovery } from './webhooks.queries.ts'
import { getEndpoint } from './webhooks.service.ts'
import type { Delivery, DeliveryState, DeliveryWithAttempts } from './webhooks.types.ts'

const order = 'sequence'

/**
 * One page of what was or is to be sent to an endpoint, the newest first. `limit` is 1 to 200. Throws
 * `webhook_endpoint_not_found`, and `input_invalid` for a bad cursor.
 */
export async function listDeliveries(
  ctx: Ctx,
  endpointId: string,
  query: {
    readonly state?: DeliveryState | undefined
    readonly cursor?: string | undefined
    readonly limit: number
  },
): Promise<CursorPage<Delivery>> {
  const before = query.cursor === undefined ? undefined : positionOf(query.cursor)
  const { id } = await getEndpoint(ctx, endpointId)
  const rows = await selectDeliveries(ctx, ctx.appId, id, { state: query.state, before, limit: query.limit + 1 })
  const items = rows.slice(0, query.limit)
  const end = rows.length > query.limit ? items.at(-1) : undefined
  return { items, nextCursor: end === undefined ? null : packCursor([order, String(end.sequence)]), total: null }
}

/** One delivery with its attempts. Throws `webhook_endpoint_not_found`, `webhook_delivery_not_found`. */
export async function getDelivery(ctx: Ctx, endpointId: string, sequence: number): Promise<DeliveryWithAttempts> {
  const { id } = await getEndpoint(ctx, endpointId)
  const delivery = found(isSequence(sequence) ? await selectDelivery(ctx, ctx.appId, id, sequence) : undefined)
  return { ...delivery, attemptLog: await selectAttempts(ctx, ctx.appId, id, sequence) }
}

/**
 * Asks for one more attempt, whatever became of the delivery: a delivered one stays delivered if it fails. Nothing is
 * sent before the commit, nor while the endpoint is paused or disabled. Throws `webhook_endpoint_not_found`,
 * `webhook_delivery_not_found`.
 */
export async function resendDelivery(ctx: Ctx, endpointId: string, sequence: number): Promise<Delivery> {
  requireScope(ctx, 'webhooks:manage')
  return inTx(ctx, async (tx) => {
    const { id } = await getEndpoint(tx, endpointId)
    return found(isSequence(sequence) ? await makeDue(tx, tx.appId, id, { sequence, at: tx.now }) : undefined)
  })
}

/**
 * Asks for every delivery that was begun since the instant and given up to be tried again, with the whole schedule. Gives the
 * instant, or the earlier one that was asked for before and is not done yet. Throws `input_invalid` for one in the
 * future, `webhook_endpoint_not_found`.
 */
export async function recoverDeliveries(ctx: Ctx, endpointId: string, since: Date): Promise<Date> {
  requireScope(ctx, 'webhooks:manage')
  if (since > ctx.now) throw invalid({ path: ['since'], rule: 'range' })
  return inTx(ctx, async (tx) => {
    const asked = isUuid(endpointId) ? await askRecovery(tx, tx.appId, endpointId, since) : undefined
    if (asked === undefined) throw new DomainFault({ code: 'webhook_endpoint_not_found' })
    return asked
  })
}

/**
 * Removes at most `limit` deliveries of the app that were finished before the instant, with their attempts; gives how
 * many deliveries went.
 */
export function forgetOldDeliveries(ctx: JobCtx, appId: string, before: Date, limit: number): Promise<number> {
  return deleteFinished(ctx, appId, before, limit)
}

/**
 * Removes at most `limit` deliveries and attempts, counted together, of endpoints of the app that were deleted; gives
 * how many went.
 */
export async function forgetDeletedEndpoints(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  const attempts = await deleteOrphans(ctx, appId, 'webhook_attempts', limit)
  if (attempts === limit) return limit
  return attempts + (await deleteOrphans(ctx, appId, 'webhook_deliveries', limit - attempts))
}

function found(delivery: Delivery | undefined): Delivery {
  if (delivery === undefined) throw new DomainFault({ code: 'webhook_delivery_not_found' })
  return delivery
}

function isSequence(sequence: number): boolean {
  return Number.isSafeInteger(sequence) && sequence > 0
}

function positionOf(cursor: string): number {
  const [, text = ''] = unpackCursor(cursor, order, 2)
  const sequence = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0
  if (!isSequence(sequence)) throw invalid({ path: ['cursor'], rule: 'format' })
  return sequence
}
