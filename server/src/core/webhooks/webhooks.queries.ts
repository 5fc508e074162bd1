import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { keyIdOf } from './signatures.rules.ts'
import type { DescribedEndpoint, WebhookEndpoint } from './webhooks.types.ts'

type HasDb = { readonly db: Db }

/**
 * The channel on which whoever delivers for an app hears that a command asked for deliveries; the payload is the app's
 * id.
 */
export const webhooksChannel = 'facet_webhooks'

/** The purpose under which an endpoint's secrets are sealed; the row's id stands beside it. */
export const secretPurpose = 'webhook_secrets.sealed'

const shown = `e.id, e.url, e.description, e.types, e.exclude_actor as "excludeActor", e.signature, e.state,
  e.disabled_reason as "disabledReason", e.failing_since as "failingSince",
  e.created_at as "createdAt", e.updated_at as "updatedAt"`

/** Makes everyone who counts the app's endpoints to add one do so after the other, until the transaction ends. */
export async function lockEndpointCount(ctx: HasDb, appId: string): Promise<void> {
  await ctx.db.query(`select pg_advisory_xact_lock(hashtextextended('webhook_endpoints ' || $1::text, 0))`, [appId])
}

export async function countEndpoints(ctx: HasDb, appId: string): Promise<number> {
  const [row] = await ctx.db.query<{ count: number }>(
    'select count(*)::integer as count from webhook_endpoints where app_id = $1',
    [appId],
  )
  return row?.count ?? 0
}

/** Inserts an endpoint, and its cursor where the feed ends now. */
export async function insertEndpoint(
  ctx: HasDb,
  appId: string,
  mode: Ctx['appMode'],
  endpoint: WebhookEndpoint,
): Promise<void> {
  const { id, url, description, types, excludeActor, signature, state, createdAt } = endpoint
  await ctx.db.query(
    `with made as (
       insert into webhook_endpoints
         (app_id, id, mode, url, description, types, exclude_actor, signature, state, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
     )
     insert into webhook_cursors (app_id, endpoint_id, sequence)
     values ($1, $2, coalesce((select last_sequence from event_feeds where app_id = $1), 0))`,
    [appId, id, mode, url, description, types, excludeActor, signature, state, createdAt],
  )
}

interface SecretRow {
  readonly secretId: string | null
  readonly secretCreatedAt: Date
  readonly secretExpiresAt: Date | null
}

// A row for each secret that has not expired; an endpoint never has more than two.
const described = `
  select ${shown}, s.id as "secretId", s.created_at as "secretCreatedAt", s.expires_at as "secretExpiresAt"
  from webhook_endpoints e
  left join webhook_secrets s on s.app_id = $1 and s.endpoint_id = e.id and (s.expires_at is null or s.expires_at > $2)
  where e.app_id = $1`
const newestFirst = 'order by e.id, s.expires_at desc nulls first'

/** Every endpoint of the app, the oldest first, with the secrets that have not expired at `now`. */
export async function selectEndpoints(ctx: HasDb, appId: string, now: Date): Promise<DescribedEndpoint[]> {
  return toDescribed(await ctx.db.query(`${described} ${newestFirst}`, [appId, now]))
}

export async function selectEndpoint(
  ctx: HasDb,
  appId: string,
  now: Date,
  id: string,
): Promise<DescribedEndpoint | undefined> {
  return toDescribed(await ctx.db.query(`${described} and e.id = $3 ${newestFirst}`, [appId, now, id]))[0]
}

function toDescribed(rows: (WebhookEndpoint & SecretRow)[]): DescribedEndpoint[] {
  return grouped(rows).map((group) => {
    const { secretId: _, secretCreatedAt: __, secretExpiresAt: ___, ...endpoint } = group[0]
    const secrets = group.flatMap(({ secretId, secretCreatedAt: createdAt, secretExpiresAt: expiresAt }) =>
      secretId === null ? [] : [{ keyId: keyIdOf(secretId), createdAt, expiresAt }],
    )
    return { ...endpoint, secrets }
  })
}

/** The rows of each endpoint, in the order in which they come. */
function grouped<Row extends { readonly id: string }>(rows: readonly Row[]): [Row, ...Row[]][] {
  return [...Map.groupBy(rows, ({ id }) => id).values()] as [Row, ...Row[]][]
}

/** One endpoint, locked until the transaction ends. */
export async function selectEndpointForUpdate(
  ctx: HasDb,
  appId: string,
  id: string,
): Promise<WebhookEndpoint | undefined> {
  const [row] = await ctx.db.query<WebhookEndpoint>(
    `select ${shown} from webhook_endpoints e where e.app_id = $1 and e.id = $2 for update`,
    [appId, id],
  )
  return row
}

export async function writeEndpoint(ctx: HasDb, appId: string, endpoint: WebhookEndpoint): Promise<void> {
  const { id, url, description, types, excludeActor, signature, state, disabledReason, failingSince } = endpoint
  const rest = [signature, state, disabledReason, failingSince, endpoint.updatedAt]
  await ctx.db.query(
    `update webhook_endpoints set url = $3, description = $4, types = $5, exclude_actor = $6, signature = $7,
       state = $8, disabled_reason = $9, failing_since = $10, updated_at = $11
     where app_id = $1 and id = $2`,
    [appId, id, url, description, types, excludeActor, ...rest],
  )
}

/** Deletes an endpoint, its secrets and its cursor; its deliveries stay for a job, as there may be millions. */
export async function deleteEndpointRow(ctx: HasDb, appId: string, id: string): Promise<void> {
  await ctx.db.query(
    `with cursor as (delete from webhook_cursors where app_id = $1 and endpoint_id = $2)
     delete from webhook_endpoints where app_id = $1 and id = $2`,
    [appId, id],
  )
}

export async function insertSecret(
  ctx: HasDb,
  appId: string,
  endpointId: string,
  secret: { readonly id: string; readonly sealed: Buffer; readonly createdAt: Date },
): Promise<void> {
  await ctx.db.query(
    'insert into webhook_secrets (app_id, endpoint_id, id, sealed, created_at) values ($1, $2, $3, $4, $5)',
    [appId, endpointId, secret.id, secret.sealed, secret.createdAt],
  )
}

/** Lets the newest secret end at `endsAt`, and removes older ones; all of them when that is not later than `now`. */
export async function retireSecrets(
  ctx: HasDb,
  appId: string,
  endpointId: string,
  { now, endsAt }: { readonly now: Date; readonly endsAt: Date },
): Promise<void> {
  await ctx.db.query(
    `with ended as (
       delete from webhook_secrets
       where app_id = $1 and endpoint_id = $2 and (expires_at is not null or $4::timestamptz <= $3::timestamptz)
     )
     update webhook_secrets set expires_at = $4
     where app_id = $1 and endpoint_id = $2 and expires_at is null and $4::timestamptz > $3::timestamptz`,
    [appId, endpointId, now, endsAt],
  )
}

/**
 * Asks for a recovery since the instant, or an earlier one that is asked for already, and tells whoever delivers.
 * Gives the instant; undefined when there is no such endpoint.
 */
export async function askRecovery(ctx: HasDb, appId: string, id: string, since: Date): Promise<Date | undefined> {
  const [row] = await ctx.db.query<{ since: Date }>(
    `update webhook_endpoints set recover_since = least(recover_since, $3) where app_id = $1 and id = $2
     returning recover_since as since`,
    [appId, id, since],
  )
  if (row === undefined) return undefined
  await ctx.db.notify(webhooksChannel, appId)
  return row.since
}

/** An endpoint as whoever delivers needs it. */
export interface LiveEndpoint
  extends Pick<
    WebhookEndpoint,
    'id' | 'url' | 'types' | 'excludeActor' | 'signature' | 'state' | 'disabledReason' | 'failingSince'
  > {
  readonly mode: Ctx['appMode']
  readonly recoverSince: Date | null
  /** Those that have not expired, the newest first; sealed under `secretPurpose` and their id. */
  readonly secrets: readonly { readonly id: string; readonly sealed: Buffer; readonly expiresAt: Date | null }[]
}

type LiveRow = Omit<LiveEndpoint, 'secrets'> & {
  readonly secretId: string | null
  readonly secretSealed: Buffer
  readonly secretExpiresAt: Date | null
}

/** Every endpoint of the app whatever its state, the oldest first, with the secrets that sign for it, sealed. */
export async function selectLiveEndpoints(ctx: HasDb, appId: string): Promise<LiveEndpoint[]> {
  const rows = await ctx.db.query<LiveRow>(
    `select e.id, e.mode, e.url, e.types, e.exclude_actor as "excludeActor", e.signature, e.state,
       e.disabled_reason as "disabledReason", e.failing_since as "failingSince", e.recover_since as "recoverSince",
       s.id as "secretId", s.sealed as "secretSealed", s.expires_at as "secretExpiresAt"
     from webhook_endpoints e
     left join webhook_secrets s
       on s.app_id = $1 and s.endpoint_id = e.id and (s.expires_at is null or s.expires_at > now())
     where e.app_id = $1 ${newestFirst}`,
    [appId],
  )
  return grouped(rows).map((group) => {
    const { secretId: _, secretSealed: __, secretExpiresAt: ___, ...endpoint } = group[0]
    const secrets = group.flatMap(({ secretId, secretSealed: sealed, secretExpiresAt: expiresAt }) =>
      secretId === null ? [] : [{ id: secretId, sealed, expiresAt }],
    )
    return { ...endpoint, secrets }
  })
}
