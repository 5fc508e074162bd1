import type { Actor, JobCtx } from '../context.ts'
import type { Db } from '../db.ts'
import type { WalletPlace, Workflow } from './wallets.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** The channel on which every process hears that wallets were made; the payload is the ids of their profiles. */
export const walletsChannel = 'facet_wallets'

/** Tells every process of the wallets of a few profiles, once that is committed. A payload has room for 200 ids. */
export async function tellOfWallets(ctx: { readonly db: Db }, profileIds: readonly string[]): Promise<void> {
  await ctx.db.notify(walletsChannel, profileIds.join(' '))
}

/** A workflow that waits for the worker. */
export interface WaitingWorkflow {
  readonly id: string
  readonly profileId: string
  readonly network: string
  readonly withAddress: boolean
  readonly actor: Actor
  readonly requestId: string | null
}

/** The workflow that makes a wallet. */
export interface RunningWorkflow {
  readonly id: string
  readonly requestedAt: Date
}

const requestText = `
  insert into workflows (
    app_id, id, profile_id, network, with_address, state, requested_at, actor_kind, actor_id, request_id)
  values ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9)
  on conflict (app_id, profile_id, network) where state = 'running'
  do update set with_address = workflows.with_address or excluded.with_address
  returning id, requested_at as "requestedAt"`

/** Lets a wallet be made, or joins in where it is being made. */
export async function requestWorkflow(
  ctx: InApp & Pick<JobCtx, 'actor' | 'requestId' | 'now'>,
  id: string,
  { profileId, network, withAddress }: Pick<WaitingWorkflow, 'profileId' | 'network' | 'withAddress'>,
): Promise<RunningWorkflow> {
  const { actor, requestId, now } = ctx
  const values = [ctx.appId, id, profileId, network, withAddress, now, actor.kind, actor.id, requestId]
  const [row] = await ctx.db.query<RunningWorkflow>(requestText, values)
  if (row === undefined) throw new Error('A workflow was neither made nor joined')
  return row
}

/** Lets wallets with a first address be made, as events tell of the profiles; those that are being made already stay as they are. */
export async function requestWorkflows(
  ctx: InApp & Pick<JobCtx, 'now'>,
  waiting: readonly WaitingWorkflow[],
): Promise<void> {
  const of = <T>(read: (one: WaitingWorkflow) => T) => waiting.map(read)
  await ctx.db.query(
    `insert into workflows (
       app_id, id, profile_id, network, actor_kind, actor_id, request_id, with_address, state, requested_at)
     select $1, w.*, true, 'running', $2::timestamptz
     from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[]) as w on conflict do nothing`,
    [
      ctx.appId,
      ctx.now,
      of(({ id }) => id),
      of(({ profileId }) => profileId),
      of(({ network }) => network),
      of(({ actor }) => actor.kind),
      of(({ actor }) => actor.id),
      of(({ requestId }) => requestId),
    ],
  )
}

/** The oldest that wait, locked until the transaction ends: nobody joins in meanwhile. */
export async function selectWaiting(ctx: InApp, limit: number): Promise<WaitingWorkflow[]> {
  type Row = Omit<WaitingWorkflow, 'actor'> & { actor_kind: Actor['kind']; actor_id: string }
  const rows = await ctx.db.query<Row>(
    `select id, profile_id as "profileId", network, with_address as "withAddress", actor_kind, actor_id,
       request_id as "requestId"
     from workflows where app_id = $1 and state = 'running' order by id limit $2 for update`,
    [ctx.appId, limit],
  )
  return rows.map(({ actor_kind, actor_id, ...row }) => ({ ...row, actor: { kind: actor_kind, id: actor_id } }))
}

/** What there is to do for an app. */
export interface MakingWork {
  /** How many workflows wait, counted up to a limit. */
  readonly waiting: number
  /** How much stock there is. */
  readonly free: number
  /** The first index of an account that was never made. */
  readonly nextIndex: number
  /** Whether its feed is read for profiles that want wallets. */
  readonly reading: boolean
}

/** All that a maker looks at, in one statement: it looks often. */
export async function selectMakingWork(ctx: InApp, limit: number): Promise<MakingWork> {
  const [row] = await ctx.db.query<MakingWork>(
    `select (
         select count(*) from (select from workflows where app_id = $1 and state = 'running' order by id limit $2) first_ones
       )::integer as waiting,
       (select count(*) from wallet_accounts where app_id = $1 and profile_id is null)::integer as free,
       coalesce((select max(account_index) + 1 from wallet_accounts where app_id = $1), 0) as "nextIndex",
       exists (select from eager_wallets where app_id = $1) as reading`,
    [ctx.appId, limit],
  )
  if (row === undefined) throw new Error('A look without an answer')
  return row
}

/** The apps for which wallets wait, or whose feed was read for some. */
export async function selectAppsWithWaiting(ctx: { readonly db: Db }): Promise<string[]> {
  const rows = await ctx.db.query<{ app_id: string }>(
    `select app_id from eager_wallets union select app_id from workflows where state = 'running'`,
    [],
  )
  return rows.map((row) => row.app_id)
}

/** How a workflow ended. */
export interface EndedWorkflow {
  readonly id: string
  /** Null: it failed, since the profile is gone. */
  readonly walletId: string | null
}

/** Closes workflows, in the transaction that made their wallets. */
export async function endWorkflows(ctx: InApp, ended: readonly EndedWorkflow[], at: Date): Promise<void> {
  await ctx.db.query(
    `update workflows w set state = case when e.wallet_id is null then 'failed' else 'completed' end,
       failure = case when e.wallet_id is null then 'profile_gone' end, wallet_id = e.wallet_id, closed_at = $4
     from unnest($2::uuid[], $3::uuid[]) as e (id, wallet_id) where w.app_id = $1 and w.id = e.id`,
    [ctx.appId, ended.map(({ id }) => id), ended.map(({ walletId }) => walletId), at],
  )
}

/** The id and the time of the one that makes a wallet; undefined while none does. */
export async function selectRunning(
  ctx: InApp,
  { profileId, network }: WalletPlace,
): Promise<RunningWorkflow | undefined> {
  const [row] = await ctx.db.query<RunningWorkflow>(
    `select id, requested_at as "requestedAt" from workflows
     where app_id = $1 and profile_id = $2 and network = $3 and state = 'running'`,
    [ctx.appId, profileId, network],
  )
  return row
}

/** Takes back what the transaction wrote. */
export async function deleteWorkflow(ctx: InApp, id: string): Promise<void> {
  await ctx.db.query('delete from workflows where app_id = $1 and id = $2', [ctx.appId, id])
}

export async function selectWorkflow(ctx: InApp, id: string): Promise<Workflow | undefined> {
  const [row] = await ctx.db.query<Workflow>(
    `select id, profile_id as "profileId", network, state, wallet_id as "walletId", failure, requested_at as "requestedAt",
       closed_at as "closedAt"
     from workflows where app_id = $1 and id = $2`,
    [ctx.appId, id],
  )
  return row
}

/** Removes at most `limit` that ended before the instant; gives how many went. */
export async function deleteOldWorkflows(ctx: InApp, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from workflows where app_id = $1 and id in (
       select id from workflows where app_id = $1 and closed_at < $2 limit $3
     ) returning id`,
    [ctx.appId, before, limit],
  )
  return rows.length
}
