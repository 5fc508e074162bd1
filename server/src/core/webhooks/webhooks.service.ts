import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import type { EventData, EventType } from '../event-types.ts'
import { differences, recordEvent } from '../events.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import { inTx } from '../transactions.ts'
import { keyIdOf } from './signatures.rules.ts'
import {
  countEndpoints,
  deleteEndpointRow,
  insertEndpoint,
  insertSecret,
  lockEndpointCount,
  retireSecrets,
  secretPurpose,
  selectEndpoint,
  selectEndpointForUpdate,
  selectEndpoints,
  webhooksChannel,
  writeEndpoint,
} from './webhooks.queries.ts'
import { checkEndpoint, endOfOverlap, mintWebhookSecret } from './webhooks.rules.ts'
import type {
  CreateEndpointInput,
  DescribedEndpoint,
  IssuedSecret,
  UpdateEndpointInput,
  WebhookEndpoint,
} from './webhooks.types.ts'

export { webhooksChannel }

const mostEndpoints = 500
const defaultOverlapHours = 24

/** An endpoint with a secret that was just made for it. */
export interface IssuedEndpoint {
  readonly endpoint: DescribedEndpoint
  readonly secret: IssuedSecret
}

/**
 * Makes an endpoint, which is told of what happens from now on, and its first secret. Throws `input_invalid`,
 * `webhook_endpoints_exhausted`.
 */
export async function createEndpoint(ctx: Ctx, input: CreateEndpointInput): Promise<IssuedEndpoint> {
  requireScope(ctx, 'webhooks:manage')
  const { url = input.url, types = input.types, signature = 'standard' } = check(ctx, input)
  const id = newId()
  const createdAt = timeOfId(id)
  const endpoint: WebhookEndpoint = {
    id,
    url,
    description: input.description ?? null,
    types,
    excludeActor: input.excludeActor ?? null,
    signature,
    state: 'active',
    disabledReason: null,
    failingSince: null,
    createdAt,
    updatedAt: createdAt,
  }
  return inTx(ctx, async (tx) => {
    await lockEndpointCount(tx, tx.appId)
    // A statement of its own: its snapshot must be younger than the lock.
    if ((await countEndpoints(tx, tx.appId)) >= mostEndpoints) {
      throw new DomainFault({ code: 'webhook_endpoints_exhausted', limit: mostEndpoints })
    }
    await insertEndpoint(tx, tx.appId, tx.appMode, endpoint)
    const secret = await issueSecret(tx, id)
    await tell(tx, 'webhook_endpoint.created', id, { before: null, after: told(endpoint) }, createdAt)
    const { secret: _, ...facts } = secret
    return { endpoint: { ...endpoint, secrets: [facts] }, secret }
  })
}

/** Every endpoint of the app, the oldest first. */
export async function listEndpoints(ctx: Ctx): Promise<DescribedEndpoint[]> {
  requireScope(ctx, 'webhooks:manage')
  return selectEndpoints(ctx, ctx.appId, ctx.now)
}

/** One endpoint. Throws `webhook_endpoint_not_found`. */
export async function getEndpoint(ctx: Ctx, id: string): Promise<DescribedEndpoint> {
  requireScope(ctx, 'webhooks:manage')
  return found(isUuid(id) ? await selectEndpoint(ctx, ctx.appId, ctx.now, id) : undefined)
}

/**
 * Changes what the input names. A change that leaves everything as it is writes nothing. A change of the state or the
 * URL lets the time begin anew after which nothing but failures disable the endpoint; `active` enables one that was
 * disabled. Throws `input_invalid`, `webhook_endpoint_not_found`.
 */
export async function updateEndpoint(ctx: Ctx, id: string, input: UpdateEndpointInput): Promise<DescribedEndpoint> {
  requireScope(ctx, 'webhooks:manage')
  const changes = check(ctx, input)
  return inTx(ctx, async (tx) => {
    const before = await lock(tx, id)
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    const after: WebhookEndpoint = { ...before, ...given }
    const changed = differences(before, after).after
    if (Object.keys(changed).length === 0) return getEndpoint(tx, id)
    const moved = 'state' in changed ? { disabledReason: null, failingSince: null } : {}
    const elsewhere = 'url' in changed ? { failingSince: null } : {}
    const next = { ...after, ...moved, ...elsewhere, updatedAt: tx.now }
    await writeEndpoint(tx, tx.appId, next)
    await tell(tx, 'webhook_endpoint.updated', before.id, differences(told(before), told(next)))
    return getEndpoint(tx, id)
  })
}

/**
 * Deletes an endpoint with its secrets: nothing more is sent to it. What was kept of its deliveries cannot be reached
 * any more, and a job removes it. Throws `webhook_endpoint_not_found`.
 */
export async function deleteEndpoint(ctx: Ctx, id: string): Promise<void> {
  requireScope(ctx, 'webhooks:manage')
  await inTx(ctx, async (tx) => {
    const before = await lock(tx, id)
    await deleteEndpointRow(tx, tx.appId, before.id)
    await tell(tx, 'webhook_endpoint.deleted', before.id, { before: told(before), after: null })
  })
}

/**
 * Gives an endpoint a new secret. The one before signs beside it for `overlapHours`, a whole number from 0 to 168, 24
 * unless given; any older one ends at once, and with 0 so does that. Throws `input_invalid`,
 * `webhook_endpoint_not_found`.
 */
export async function rotateSecret(
  ctx: Ctx,
  id: string,
  { overlapHours = defaultOverlapHours }: { readonly overlapHours?: number | undefined } = {},
): Promise<IssuedEndpoint> {
  requireScope(ctx, 'webhooks:manage')
  const endsAt = endOfOverlap(ctx.now, overlapHours)
  return inTx(ctx, async (tx) => {
    const { id: endpointId } = await lock(tx, id)
    await retireSecrets(tx, tx.appId, endpointId, { now: tx.now, endsAt })
    const secret = await issueSecret(tx, endpointId)
    const data = { before: { id: endpointId }, after: { id: endpointId, oldExpiresAt: endsAt } }
    await tell(tx, 'webhook_endpoint.secret_rotated', endpointId, data)
    return { endpoint: await getEndpoint(tx, id), secret }
  })
}

/**
 * Writes an event that is sent to this endpoint alone, whatever types it takes; gives the event's id. Throws
 * `webhook_endpoint_not_found`.
 */
export async function testEndpoint(ctx: Ctx, id: string): Promise<string> {
  requireScope(ctx, 'webhooks:manage')
  return inTx(ctx, async (tx) => {
    const { id: endpointId, url } = await lock(tx, id)
    return tell(tx, 'webhook_endpoint.tested', endpointId, { before: null, after: { id: endpointId, url } })
  })
}

function check(ctx: Ctx, input: UpdateEndpointInput) {
  return checkEndpoint(input, (url) => ctx.outbound.refusal(url, ctx.appMode))
}

async function lock(tx: Ctx, id: string): Promise<WebhookEndpoint> {
  return found(isUuid(id) ? await selectEndpointForUpdate(tx, tx.appId, id) : undefined)
}

function found<T>(endpoint: T | undefined): T {
  if (endpoint === undefined) throw new DomainFault({ code: 'webhook_endpoint_not_found' })
  return endpoint
}

async function issueSecret(tx: Ctx, endpointId: string): Promise<IssuedSecret> {
  const id = newId()
  const secret = mintWebhookSecret()
  const createdAt = timeOfId(id)
  const sealed = tx.keys.webhooks.seal(secretPurpose, id, Buffer.from(secret))
  await insertSecret(tx, tx.appId, endpointId, { id, sealed, createdAt })
  return { keyId: keyIdOf(id), createdAt, expiresAt: null, secret }
}

/** What events tell of an endpoint. That it fails at the moment is no change that somebody made. */
function told({ failingSince: _, ...endpoint }: WebhookEndpoint): Omit<WebhookEndpoint, 'failingSince'> {
  return endpoint
}

function tell(tx: Ctx, type: EventType, subjectId: string, data: EventData, at: Date = tx.now): Promise<string> {
  return recordEvent(tx, tx.appId, { type, subjectId, at, data })
}
