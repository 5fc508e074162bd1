import { randomSlot } from '../count-slots.ts'
import { gathered, type InApp, readBounds } from '../gather.ts'
import type { AccountKeys } from './derivation.rules.ts'
import type { Wallet, WalletAddress, WalletPlace, WalletSummary } from './wallets.types.ts'

export const walletColumns = `w.id, w.profile_id as "profileId", w.network, w.account_index as "accountIndex",
  w.next_address_index as "nextAddressIndex", w.created_at as "createdAt"`

/** A wallet, and the keys that its addresses are derived from. */
export interface WalletWithKeys extends Wallet {
  readonly keys: AccountKeys
}

interface WalletWithKeysRow extends Wallet, AccountKeys {}

function withKeys({ bitcoin, evm, ...wallet }: WalletWithKeysRow): WalletWithKeys {
  return { ...wallet, keys: { bitcoin, evm } }
}

const withKeysColumns = `${walletColumns}, a.bitcoin_key as bitcoin, a.evm_key as evm`
const withKeysText = `
  select ${withKeysColumns} from wallets w join wallet_accounts a on a.app_id = $1 and a.account_index = w.account_index
  where w.app_id = $1 and w.closed_at is null`

// What the planner knows of these tables is old for a minute after many wallets were made, and its plan is kept: so the text leaves it no
// other index than that of the profile's wallets, and no other order than place, wallet, account.
const onPlacesText = `
  select wanted.place, ${withKeysColumns}
  from unnest($2::uuid[], $3::text[]) with ordinality as wanted (profile_id, network, place) cross join lateral (
    select * from wallets w where w.app_id = $1 and w.profile_id = wanted.profile_id
      and (w.network = wanted.network and w.closed_at is null) is true order by w.id limit 1
  ) w cross join lateral (
    select * from wallet_accounts where app_id = $1 and account_index = w.account_index offset 0
  ) a`

/**
 * The profile's open wallet on the network: the first, where a merge left several. Looked up together with others that are asked for at
 * the same time.
 */
export const selectWalletOn = gathered<WalletPlace, WalletWithKeys | undefined>({
  async together(ctx, places) {
    const wanted = [places.map(({ profileId }) => profileId), places.map(({ network }) => network)]
    const rows = await ctx.db.query<WalletWithKeysRow & { place: string }>(onPlacesText, [ctx.appId, ...wanted])
    const found = new Map(rows.map(({ place, ...row }) => [Number(place), withKeys(row)]))
    return places.map((_, index) => found.get(index + 1))
  },
  ...readBounds,
  bytesOf: ({ profileId, network }) => profileId.length + network.length,
})

/** The open wallet with the id. */
export async function selectWallet(ctx: InApp, id: string): Promise<WalletWithKeys | undefined> {
  const [row] = await ctx.db.query<WalletWithKeysRow>(`${withKeysText} and w.id = $2`, [ctx.appId, id])
  return row && withKeys(row)
}

/** The same, locked until the transaction ends. */
export async function selectWalletForUpdate(ctx: InApp, id: string): Promise<WalletWithKeys | undefined> {
  const text = `${withKeysText} and w.id = $2 for update of w`
  const [row] = await ctx.db.query<WalletWithKeysRow>(text, [ctx.appId, id])
  return row && withKeys(row)
}

/** The first address of the profile's open wallet on the network: that of the first one that has any. */
export async function selectFirstAddress(ctx: InApp, { profileId, network }: WalletPlace): Promise<string | undefined> {
  const text = `select a.address from wallets w
    join addresses a on a.app_id = $1 and a.wallet_id = w.id and a.address_index = 0
    where w.app_id = $1 and w.profile_id = $2 and w.network = $3 and w.closed_at is null order by w.id limit 1`
  const [row] = await ctx.db.query<{ address: string }>(text, [ctx.appId, profileId, network])
  return row?.address
}

/** The open wallets of the profiles, oldest first, locked until the transaction ends. */
export async function selectWalletsForUpdate(ctx: InApp, profileIds: readonly string[]): Promise<WalletWithKeys[]> {
  const text = `${withKeysText} and w.profile_id = any($2::uuid[]) order by w.id for update of w`
  return (await ctx.db.query<WalletWithKeysRow>(text, [ctx.appId, profileIds])).map(withKeys)
}

/** The open wallets of the profiles, oldest first. */
export function selectWalletsOf(ctx: InApp, profileIds: readonly string[]): Promise<Wallet[]> {
  const text = `select ${walletColumns} from wallets w
    where w.app_id = $1 and w.profile_id = any($2::uuid[]) and w.closed_at is null order by w.id`
  return ctx.db.query<Wallet>(text, [ctx.appId, profileIds])
}

const insertText = `
  insert into wallets (app_id, id, profile_id, network, account_index, created_at)
  select $1, w.*, $6::timestamptz from unnest($2::uuid[], $3::uuid[], $4::text[], $5::integer[]) as w`

/** Writes wallets that have no address yet, made at one moment. */
export async function insertWallets(ctx: InApp, wallets: readonly Wallet[], at: Date): Promise<void> {
  const of = <T>(read: (wallet: Wallet) => T) => wallets.map(read)
  await ctx.db.query(insertText, [
    ctx.appId,
    of(({ id }) => id),
    of(({ profileId }) => profileId),
    of(({ network }) => network),
    of(({ accountIndex }) => accountIndex),
    at,
  ])
}

/** Counts what a transaction made. It holds one of the app's counters from here on, so that this comes last in it. */
export async function addToCounts(
  ctx: InApp,
  { wallets, addresses }: { readonly wallets: number; readonly addresses: number },
): Promise<void> {
  await ctx.db.query(
    `insert into wallet_counts (app_id, slot, wallets, addresses) values ($1, $2::smallint, $3, $4)
     on conflict (app_id, slot) do update
       set wallets = wallet_counts.wallets + excluded.wallets, addresses = wallet_counts.addresses + excluded.addresses`,
    [ctx.appId, randomSlot(), wallets, addresses],
  )
}

const closeText = `
  with closed as (
    update wallets set closed_at = $3 where app_id = $1 and profile_id = $2 and closed_at is null
    returning next_address_index
  ), total as (
    select count(*) as wallets, sum(next_address_index) as addresses from closed having count(*) > 0
  )
  insert into wallet_counts (app_id, slot, wallets, addresses)
  select $1, $4::smallint, -wallets, -addresses from total
  on conflict (app_id, slot) do update
    set wallets = wallet_counts.wallets + excluded.wallets, addresses = wallet_counts.addresses + excluded.addresses`

/** Closes all wallets of a profile that ends, and counts them no more. */
export async function closeWalletsOf(ctx: InApp, profileId: string, at: Date): Promise<void> {
  await ctx.db.query(closeText, [ctx.appId, profileId, at, randomSlot()])
}

/** Gives all wallets of one profile to another, and with them their addresses. */
export async function updateWalletsOwner(ctx: InApp, from: string, to: string): Promise<void> {
  const text = 'update wallets set profile_id = $3 where app_id = $1 and profile_id = $2'
  await ctx.db.query(text, [ctx.appId, from, to])
}

/** As many addresses of a wallet as a list of profiles shows: somebody may have a hundred thousand. */
const shownAddresses = 100

interface SummaryRow extends Omit<WalletSummary, 'confirmed' | 'unconfirmed'> {
  readonly profileId: string
  readonly confirmed: string
  readonly unconfirmed: string
}

const summariesText = `
  select ${walletColumns}, array(
      select a.address from addresses a where a.app_id = $1 and a.wallet_id = w.id
      order by a.address_index limit ${shownAddresses}
    ) as addresses, w.confirmed::text as confirmed, w.unconfirmed::text as unconfirmed
  from wallets w
  where w.app_id = $1 and w.profile_id = any($2::uuid[]) and w.closed_at is null order by w.id`

/** The open wallets of many profiles, in one statement. */
export async function selectWalletSummaries(
  ctx: InApp,
  profileIds: readonly string[],
): Promise<(WalletSummary & { readonly profileId: string })[]> {
  const rows = await ctx.db.query<SummaryRow>(summariesText, [ctx.appId, profileIds])
  return rows.map((row) => ({ ...row, confirmed: BigInt(row.confirmed), unconfirmed: BigInt(row.unconfirmed) }))
}

interface AddressRow extends Omit<WalletAddress, 'chainId'> {
  readonly profileId: string
  readonly chainId: string | null
}

const addressesText = `
  select w.profile_id as "profileId", a.address, n.name as "networkName", n.chain_id as "chainId",
    replace(n.explorer_url_template, '{address}', a.address) as "explorerUrl"
  from wallets w cross join lateral (
    select id, address from addresses where app_id = $1 and wallet_id = w.id order by address_index limit ${shownAddresses}
  ) a join networks n on n.alias = w.network
  where w.app_id = $1 and w.profile_id = any($2::uuid[]) and w.closed_at is null
  order by a.id`

/** The addresses of many profiles with their networks, in one statement; the first hundred of each wallet. */
export async function selectWalletAddresses(
  ctx: InApp,
  profileIds: readonly string[],
): Promise<(WalletAddress & { readonly profileId: string })[]> {
  const rows = await ctx.db.query<AddressRow>(addressesText, [ctx.appId, profileIds])
  return rows.map((row) => ({ ...row, chainId: row.chainId === null ? null : Number(row.chainId) }))
}
