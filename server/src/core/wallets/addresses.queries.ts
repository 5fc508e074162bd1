import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import type { Db } from '../db.ts'
import { eventInsert, eventValues, type NewEvent } from '../events.ts'
import type { Address } from './wallets.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const insertText = `
  with taken as (
    update wallets set next_address_index = next_address_index + 1
    where app_id = $1 and id = $2 and next_address_index = $3 and profile_id = $4 and closed_at is null returning id
  ), counted as (
    insert into wallet_counts (app_id, slot, addresses) select $1, $5::smallint, 1 from taken
    on conflict (app_id, slot) do update set addresses = wallet_counts.addresses + 1
  ), told as (${eventInsert(10, 'from taken')})
  insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
  select $1, $6::uuid, $2, $7, $8, $3, $9::timestamptz from taken returning id`

/**
 * Writes an address, takes its index, counts it and tells of it, in one statement. False, and nothing is done, when the wallet's next index
 * is another one by now, or the wallet another profile's, or closed.
 */
export async function insertAddress(
  ctx: InApp & Pick<JobCtx, 'actor' | 'requestId'>,
  address: Address,
  event: NewEvent,
): Promise<boolean> {
  const { id, walletId, addressIndex, profileId, network, createdAt } = address
  const own = [walletId, addressIndex, profileId, randomSlot(), id, network, address.address, createdAt]
  const rows = await ctx.db.query(insertText, [ctx.appId, ...own, ...eventValues(ctx, event)])
  return rows.length === 1
}

const insertFirstText = `
  with a as (
    select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) as a (id, wallet_id, network, address)
  ), taken as (
    update wallets w set next_address_index = 1 from a where w.app_id = $1 and w.id = a.wallet_id
  )
  insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
  select $1, a.id, a.wallet_id, a.network, a.address, 0, $6::timestamptz from a`

/** Writes the first addresses of wallets that have none, made at one moment. For the transaction that holds the wallets. */
export async function insertFirstAddresses(ctx: InApp, addresses: readonly Address[], at: Date): Promise<void> {
  const of = <T>(read: (address: Address) => T) => addresses.map(read)
  await ctx.db.query(insertFirstText, [
    ctx.appId,
    of(({ id }) => id),
    of(({ walletId }) => walletId),
    of(({ network }) => network),
    of(({ address }) => address),
    at,
  ])
}

/** Whose open wallets have the address. An index names the network before the address, and there are few networks. */
export async function selectAddressOwners(ctx: InApp, address: string): Promise<string[]> {
  const text = `
    select distinct w.profile_id as id from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
    where a.app_id = $1 and a.network = any(array(select alias from networks)) and a.address = $2 and w.closed_at is null`
  const rows = await ctx.db.query<{ id: string }>(text, [ctx.appId, address])
  return rows.map(({ id }) => id)
}
