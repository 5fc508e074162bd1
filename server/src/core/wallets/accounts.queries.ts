import type { Db } from '../db.ts'
import type { AccountKeys } from './derivation.rules.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** A profile's account in the app's seed. */
export interface ProfileAccount extends AccountKeys {
  readonly profileId: string
  readonly accountIndex: number
}

const columns = `profile_id as "profileId", account_index as "accountIndex", bitcoin_key as bitcoin, evm_key as evm`

/** The accounts that the profiles have. */
export function selectAccounts(ctx: InApp, profileIds: readonly string[]): Promise<ProfileAccount[]> {
  const text = `select ${columns} from wallet_accounts where app_id = $1 and profile_id = any($2::uuid[])`
  return ctx.db.query<ProfileAccount>(text, [ctx.appId, profileIds])
}

const assignText = `
  with free as (
    select account_index from wallet_accounts where app_id = $1 and profile_id is null
    order by account_index limit $3 for update skip locked
  ), dealt as (
    select f.account_index, p.profile_id
    from (select account_index, row_number() over (order by account_index) as place from free) f
    join unnest($2::uuid[]) with ordinality as p (profile_id, place) on p.place = f.place
  )
  update wallet_accounts a set profile_id = dealt.profile_id from dealt
  where a.app_id = $1 and a.account_index = dealt.account_index
  returning ${columns.replaceAll(/(profile_id|account_index|bitcoin_key|evm_key)/g, 'a.$1')}`

/**
 * Gives each of the profiles, which have none, an account of the stock; fewer when there are fewer. For a transaction that has locked
 * the profiles.
 */
export function assignAccounts(ctx: InApp, profileIds: readonly string[]): Promise<ProfileAccount[]> {
  return ctx.db.query<ProfileAccount>(assignText, [ctx.appId, profileIds, profileIds.length])
}

/** Adds accounts to the stock. Those that another process added meanwhile are the same, and stay. */
export async function insertStock(ctx: InApp, first: number, accounts: readonly AccountKeys[]): Promise<void> {
  await ctx.db.query(
    `insert into wallet_accounts (app_id, account_index, bitcoin_key, evm_key)
     select $1, $2::integer + k.place - 1, k.bitcoin, k.evm
     from unnest($3::text[], $4::text[]) with ordinality as k (bitcoin, evm, place) on conflict do nothing`,
    [ctx.appId, first, accounts.map(({ bitcoin }) => bitcoin), accounts.map(({ evm }) => evm)],
  )
}

/** Gives a profile that has no account that of another, which ends. */
export async function moveAccount(ctx: InApp, from: string, to: string): Promise<void> {
  await ctx.db.query(
    `update wallet_accounts set profile_id = $3 where app_id = $1 and profile_id = $2
       and not exists (select from wallet_accounts where app_id = $1 and profile_id = $3)`,
    [ctx.appId, from, to],
  )
}
