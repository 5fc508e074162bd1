import type { Selectable } from 'kysely'
import type { Scope } from '../context.ts'
import { type Db, run, sqlBuilder } from '../db.ts'
import { type AppIdentityRow, toAppIdentity } from '../organizations/organizations.service.ts'
import type { Tables } from '../tables.ts'
import type { ApiKey, Principal } from './api-keys.types.ts'

type HasDb = { readonly db: Db }

const shownColumns = [
  'id',
  'app_id',
  'name',
  'key',
  'scopes',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
] as const
type ApiKeyRow = Pick<Selectable<Tables['api_keys']>, (typeof shownColumns)[number]>

/** The channel on which every process hears of a key whose meaning changed; the payload is the key's id. */
export const apiKeyChannel = 'facet_api_keys'

export async function insertApiKey(ctx: HasDb, key: ApiKey, secretHash: Buffer, secretSealed: Buffer): Promise<void> {
  await run(
    ctx,
    sqlBuilder.insertInto('api_keys').values({
      id: key.id,
      app_id: key.appId,
      name: key.name,
      key: key.key,
      secret_hash: secretHash,
      secret_sealed: secretSealed,
      scopes: [...key.scopes],
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      revoked_at: null,
      last_used_at: null,
    }),
  )
}

export async function selectApiKeys(ctx: HasDb, appId: string): Promise<ApiKey[]> {
  const query = sqlBuilder.selectFrom('api_keys').select(shownColumns).where('app_id', '=', appId).orderBy('id')
  return (await run(ctx, query)).map(toApiKey)
}

export async function selectApiKey(ctx: HasDb, appId: string, id: string): Promise<ApiKey | undefined> {
  const query = sqlBuilder.selectFrom('api_keys').select(shownColumns).where('app_id', '=', appId).where('id', '=', id)
  const [row] = await run(ctx, query)
  return row && toApiKey(row)
}

export async function selectSealedSecret(ctx: HasDb, appId: string, id: string): Promise<Buffer | undefined> {
  const query = sqlBuilder.selectFrom('api_keys').select('secret_sealed').where('app_id', '=', appId)
  const [row] = await run(ctx, query.where('id', '=', id))
  return row?.secret_sealed
}

/** The same, locked until the transaction ends. */
export async function selectApiKeyForUpdate(ctx: HasDb, appId: string, id: string): Promise<ApiKey | undefined> {
  const query = sqlBuilder.selectFrom('api_keys').select(shownColumns).where('app_id', '=', appId).where('id', '=', id)
  const [row] = await run(ctx, query.forUpdate())
  return row && toApiKey(row)
}

/** Whether a key has neither been revoked nor expired; it is not until the transaction ends. */
export async function lockLiveApiKey(ctx: HasDb & { readonly appId: string }, id: string, now: Date): Promise<boolean> {
  const text = `select from api_keys where app_id = $1 and id = $2 and revoked_at is null and (expires_at is null or expires_at > $3)
    for share`
  return (await ctx.db.query(text, [ctx.appId, id, now])).length === 1
}

/** Sets the time of revocation, and tells every process once that is committed. For a transaction. */
export async function markRevoked(ctx: HasDb, { appId, id }: ApiKey, at: Date): Promise<void> {
  await ctx.db.query('update api_keys set revoked_at = $3 where app_id = $1 and id = $2', [appId, id, at])
  await ctx.db.notify(apiKeyChannel, id)
}

/** Sets when a key expires, and tells every process once that is committed. For a transaction. */
export async function markExpiring(ctx: HasDb, { appId, id }: ApiKey, at: Date): Promise<void> {
  await ctx.db.query('update api_keys set expires_at = $3 where app_id = $1 and id = $2', [appId, id, at])
  await ctx.db.notify(apiKeyChannel, id)
}

/** What a key pair stands for, with the sealed copy of its secret. */
interface SealedPair {
  readonly principal: Principal
  readonly secretSealed: Buffer
}

interface PrincipalRow extends AppIdentityRow {
  id: string
  scopes: Scope[]
  expires_at: Date | null
  secret_sealed: Buffer
}

function selectPairBy(condition: string): string {
  return `select api_keys.id, app_id, mode, settings, organization_id, organizations.number as organization_number, scopes,
       expires_at, secret_sealed
     from api_keys join apps on apps.id = api_keys.app_id join organizations on organizations.id = organization_id
    where ${condition} and revoked_at is null`
}

export async function selectPrincipal(ctx: HasDb, secretHash: Buffer): Promise<Principal | undefined> {
  const [row] = await ctx.db.query<PrincipalRow>(selectPairBy('secret_hash = $1'), [secretHash])
  return row && toPrincipal(row)
}

/** The same by the public half, `pk_…`, with the sealed secret. */
export async function selectSealedPair(ctx: HasDb, key: string): Promise<SealedPair | undefined> {
  const [row] = await ctx.db.query<PrincipalRow>(selectPairBy('key = $1'), [key])
  return row && { principal: toPrincipal(row), secretSealed: row.secret_sealed }
}

function toPrincipal(row: PrincipalRow): Principal {
  return {
    ...toAppIdentity(row),
    apiKeyId: row.id,
    scopes: new Set(row.scopes),
    expiresAt: row.expires_at,
  }
}

/** Stores when keys were last used, for many keys in one statement. */
export async function updateLastUsed(ctx: HasDb, uses: ReadonlyMap<string, Date>): Promise<void> {
  await ctx.db.query(
    // Locked in one order, so that two processes that write the same keys wait for each other and never in a circle.
    `with locked as (select id from api_keys where id = any($1::uuid[]) order by id for update)
     update api_keys set last_used_at = greatest(last_used_at, used.at)
     from unnest($1::uuid[], $2::timestamptz[]) as used (id, at), locked
     where api_keys.id = used.id and locked.id = used.id`,
    [[...uses.keys()], [...uses.values()]],
  )
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    appId: row.app_id,
    name: row.name,
    key: row.key,
    scopes: row.scopes as Scope[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }
}
