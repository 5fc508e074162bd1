import type { Db } from '../db.ts'
import { eventInsert, eventValues, type NewEvent } from '../events.ts'
import type { CustodyCtx, StoredDataKey, StoredSeed } from './custody.types.ts'

type InDb = { readonly db: Db }

/** An app's seed and its data key, in one statement: whoever replaces either meanwhile, what is read belongs together. */
export async function selectSeed(ctx: InDb, appId: string): Promise<StoredSeed | undefined> {
  const [row] = await ctx.db.query<StoredSeed>(
    `select s.app_id as "appId", s.id, s.entropy_sealed as entropy, s.seed_sealed as seed,
       k.id as "dataKeyId", k.custody_key_id as "custodyKeyId", k.wrapped
     from app_seeds s join custody_data_keys k on k.app_id = s.app_id and k.id = s.data_key_id
     where s.app_id = $1`,
    [appId],
  )
  return row
}

/** The apps that have a seed. */
export async function selectAppsWithSeed(ctx: InDb): Promise<string[]> {
  const rows = await ctx.db.query<{ appId: string }>('select app_id as "appId" from app_seeds order by app_id', [])
  return rows.map(({ appId }) => appId)
}

/** The id of the key that wraps data keys now; null before the first start of a worker. */
export async function selectCustodyKeyId(ctx: InDb): Promise<string | null> {
  const [row] = await ctx.db.query<{ id: string | null }>('select custody_key_id as id from installation', [])
  return row?.id ?? null
}

/** Whether the key still wraps; if so, it does until the transaction ends. */
export async function holdCustodyKey(tx: InDb, custodyKeyId: string): Promise<boolean> {
  const rows = await tx.db.query('select 1 from installation where custody_key_id = $1 for share', [custodyKeyId])
  return rows.length === 1
}

const insertParts = `with seed as (
    insert into app_seeds (app_id, id, data_key_id, entropy_sealed, seed_sealed, created_at)
    values ($1, $2, $3, $4, $5, $6) on conflict (app_id) do nothing returning app_id
  ), data_key as (
    insert into custody_data_keys (app_id, id, custody_key_id, wrapped, created_at)
    select app_id, $3, $7, $8, $6 from seed
  ), event as (${eventInsert(9, 'from seed')})
  select app_id from seed`

/** Stores a seed, its data key and its event. False, and nothing is stored, when the app has a seed already. */
export async function insertSeed(tx: CustodyCtx, stored: StoredSeed, event: NewEvent): Promise<boolean> {
  const { appId, id, dataKeyId, entropy, seed, custodyKeyId, wrapped } = stored
  const values = [appId, id, dataKeyId, entropy, seed, event.at, custodyKeyId, wrapped, ...eventValues(tx, event)]
  return (await tx.db.query(insertParts, values)).length === 1
}

/** Puts a seed that was sealed anew, and its new data key, in the place of those under the old one. False when that is gone. */
export async function replaceSeed(tx: CustodyCtx, oldDataKeyId: string, stored: StoredSeed): Promise<boolean> {
  const { appId, dataKeyId, entropy, seed, custodyKeyId, wrapped } = stored
  const rows = await tx.db.query(
    `with seed as (
       update app_seeds set data_key_id = $3, entropy_sealed = $4, seed_sealed = $5
       where app_id = $1 and data_key_id = $2 returning app_id
     ), made as (
       insert into custody_data_keys (app_id, id, custody_key_id, wrapped, created_at)
       select app_id, $3, $6, $7, $8 from seed
     ), gone as (
       delete from custody_data_keys where app_id = $1 and id = $2 and exists (select from seed)
     )
     select app_id from seed`,
    [appId, oldDataKeyId, dataKeyId, entropy, seed, custodyKeyId, wrapped, tx.now],
  )
  return rows.length === 1
}

/** Some data keys, but for those of `without`, that another key wraps than `custodyKeyId`. */
export function selectOtherDataKeys(
  ctx: InDb,
  custodyKeyId: string,
  without: readonly string[],
  limit: number,
): Promise<StoredDataKey[]> {
  return ctx.db.query<StoredDataKey>(
    `select app_id as "appId", id as "dataKeyId", custody_key_id as "custodyKeyId", wrapped
     from custody_data_keys where custody_key_id <> $1 and id <> all($2::uuid[]) limit $3`,
    [custodyKeyId, without, limit],
  )
}

/** Keeps a data key as another key wraps it. False when it is not any more as it was read. */
export async function updateDataKey(
  ctx: InDb,
  { appId, dataKeyId, custodyKeyId, wrapped }: StoredDataKey,
  next: Pick<StoredDataKey, 'custodyKeyId' | 'wrapped'>,
): Promise<boolean> {
  const rows = await ctx.db.query(
    `update custody_data_keys set custody_key_id = $5, wrapped = $6
     where app_id = $1 and id = $2 and custody_key_id = $3 and wrapped = $4 returning id`,
    [appId, dataKeyId, custodyKeyId, wrapped, next.custodyKeyId, next.wrapped],
  )
  return rows.length === 1
}
