import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import { causeColumns, causesInsert, causeTypes, causeValues } from '../events.ts'
import { gathered, type InApp } from '../gather.ts'
import { emptyRows, paddedRows, tuples } from '../tuples.ts'
import { addressCreatedEvent } from './wallets.events.ts'
import type { Address } from './wallets.types.ts'

interface NewRow {
  readonly address: Address
  readonly cause: readonly unknown[]
}

const ownTypes = ['uuid', 'uuid', 'uuid', 'text', 'text', 'integer', 'timestamptz']
const types = [...ownTypes, ...causeTypes]

/**
 * `$1` is the app, `$2` the slot of the count; then come the addresses with the causes of their events. A wallet that a transaction holds
 * is passed over and not waited for: so nobody waits for another's wallet, and no two statements for each other.
 */
function insertText(rows: number): string {
  return `
  with given (id, wallet_id, profile_id, network, address, address_index, created_at, ${causeColumns}) as (
    values ${tuples(3, rows, types)}
  ), held as (
    select g.id, w.id as wallet_id from given g cross join lateral (
      select w.id from wallets w where w.app_id = $1 and w.id = g.wallet_id
        and w.next_address_index = g.address_index and w.profile_id = g.profile_id and w.closed_at is null
      for no key update skip locked
    ) w
  ), taken as (
    update wallets w set next_address_index = w.next_address_index + 1
    from held where w.app_id = $1 and w.id = held.wallet_id returning held.id
  ), counted as (
    insert into wallet_counts (app_id, slot, addresses) select $1, $2::smallint, count(*) from taken having count(*) > 0
    on conflict (app_id, slot) do update set addresses = wallet_counts.addresses + excluded.addresses
  ), told as (
    ${causesInsert('address.created', `(select profile_id as id, created_at, ${causeColumns} from given join taken using (id)) made`)}
  )
  insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
  select $1, id, wallet_id, network, address, address_index, created_at from given join taken using (id) returning id`
}

const mostRows = 32
const texts = new Map([1, 2, 4, 8, 16, mostRows].map((rows) => [rows, insertText(rows)]))

/** Whether each address was written, in their order. */
async function insertTogether(ctx: InApp, given: readonly NewRow[]): Promise<boolean[]> {
  const rows = paddedRows(given.length)
  const text = texts.get(rows)
  if (text === undefined) throw new RangeError(`${given.length} addresses in one statement`)
  const values: unknown[] = [ctx.appId, randomSlot()]
  for (const { address: a, cause } of given) {
    values.push(a.id, a.walletId, a.profileId, a.network, a.address, a.addressIndex, a.createdAt, ...cause)
  }
  values.push(...emptyRows(rows - given.length, types.length))
  const written = new Set((await ctx.db.query<{ id: string }>(text, values)).map(({ id }) => id))
  return given.map(({ address }) => written.has(address.id))
}

const insertGathered = gathered<NewRow, boolean>({
  together: insertTogether,
  mostItems: mostRows,
  // With its event it is never larger.
  bytesOf: () => 1_024,
  mostBytes: mostRows * 1_024,
})

/**
 * Writes an address, takes its index, counts it and tells of it, in one statement, which addresses of other wallets may share. False, and
 * nothing is done, when the wallet's next index is another one by now, or the wallet another profile's, or closed, or another transaction
 * holds it.
 */
export function insertAddress(ctx: InApp & Pick<JobCtx, 'actor' | 'requestId'>, address: Address): Promise<boolean> {
  return insertGathered(ctx, { address, cause: causeValues(ctx, addressCreatedEvent(address).data) })
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
