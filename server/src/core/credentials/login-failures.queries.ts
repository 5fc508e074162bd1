import type { Db } from '../db.ts'
import type { FailurePurpose } from './credentials.types.ts'
import type { Failures } from './login-failures.rules.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** Whose wrong passwords are counted together. `account` is a keyed hash of 32 bytes. */
export interface FailureKey {
  readonly account: Buffer
  readonly address: string
  readonly purpose: FailurePurpose
}

const ofKey = 'app_id = $1 and account = $2 and address = $3 and purpose = $4'
const valuesOf = (ctx: InApp, { account, address, purpose }: FailureKey) => [ctx.appId, account, address, purpose]

export async function selectFailures(ctx: InApp, key: FailureKey): Promise<Failures | undefined> {
  const text = `select failures, last_at as "lastAt" from login_failures where ${ofKey}`
  const [row] = await ctx.db.query<Failures>(text, valuesOf(ctx, key))
  return row
}

/** Counts one more, anew when the last one came at or before `forgottenAt`; gives the count with it. */
export async function countFailure(ctx: InApp, key: FailureKey, now: Date, forgottenAt: Date): Promise<Failures> {
  const [row] = await ctx.db.query<Failures>(
    `insert into login_failures (app_id, account, address, purpose, failures, last_at) values ($1, $2, $3, $4, 1, $5)
     on conflict (app_id, account, address, purpose) do update
       set failures = case when login_failures.last_at <= $6 then 1 else login_failures.failures + 1 end,
         last_at = greatest(login_failures.last_at, excluded.last_at)
     returning failures, last_at as "lastAt"`,
    [...valuesOf(ctx, key), now, forgottenAt],
  )
  if (row === undefined) throw new Error('A failure was not counted')
  return row
}

export async function deleteFailures(ctx: InApp, key: FailureKey): Promise<void> {
  await ctx.db.query(`delete from login_failures where ${ofKey}`, valuesOf(ctx, key))
}

/** Removes what was counted for accounts, at whatever address. */
export async function deleteFailuresOf(ctx: InApp, accounts: readonly Buffer[]): Promise<void> {
  const text = 'delete from login_failures where app_id = $1 and account = any($2::bytea[])'
  await ctx.db.query(text, [ctx.appId, accounts])
}

/** Removes at most `limit` rows whose last failure came at or before the time; gives how many went. */
export async function deleteOldFailures(ctx: InApp, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from login_failures where app_id = $1 and (account, address, purpose) in (
       select account, address, purpose from login_failures where app_id = $1 and last_at <= $2 limit $3
     ) and last_at <= $2 returning purpose`,
    [ctx.appId, before, limit],
  )
  return rows.length
}
