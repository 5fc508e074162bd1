import { sql } from 'kysely'
import { type Db, run, sqlBuilder } from '../db.ts'
import type { App, AppIdentity, AppMode, Organization, StoredSettings } from './organizations.types.ts'
import { toSettings } from './settings.rules.ts'

type HasDb = { readonly db: Db }

// Named one by one: a prepared `select *` fails on running nodes when a migration adds a column.
const organizationColumns = ['id', 'number', 'name', 'created_at'] as const
const appColumns = ['id', 'number', 'organization_id', 'name', 'mode', 'settings', 'created_at'] as const
const appHosts = sql<string[]>`array(select host from app_hosts where app_id = apps.id order by host)`.as('hosts')
const allApps = sqlBuilder.selectFrom('apps').select(appColumns).select(appHosts)

/** The channel on which every process hears of an app that was changed; the payload is the app's id. */
export const appsChannel = 'facet_apps'

export async function insertOrganization(ctx: HasDb, organization: Organization): Promise<void> {
  const { id, number, name, createdAt } = organization
  await run(
    ctx,
    sqlBuilder.insertInto('organizations').values({ id, number: String(number), name, created_at: createdAt }),
  )
}

export async function selectFirstOrganization(ctx: HasDb): Promise<Organization | undefined> {
  const [row] = await run(
    ctx,
    sqlBuilder.selectFrom('organizations').select(organizationColumns).orderBy('id').limit(1),
  )
  return row && toOrganization(row)
}

export async function selectOrganization(ctx: HasDb, id: string): Promise<Organization | undefined> {
  const [row] = await run(ctx, sqlBuilder.selectFrom('organizations').select(organizationColumns).where('id', '=', id))
  return row && toOrganization(row)
}

/** Makes the row of an app that has set nothing and lists no host yet. */
export async function insertApp(ctx: HasDb, app: App): Promise<void> {
  const { id, number, organizationId, name, mode, createdAt } = app
  const row = { id, number: String(number), organization_id: organizationId, name, mode, created_at: createdAt }
  await run(ctx, sqlBuilder.insertInto('apps').values(row))
}

export async function selectApp(ctx: HasDb, id: string): Promise<App | undefined> {
  const [row] = await run(ctx, allApps.where('id', '=', id))
  return row && toApp(row)
}

/** The same with its settings as they are stored, locked until the transaction ends; keys can still be added to it. */
export async function selectAppForUpdate(
  ctx: HasDb,
  id: string,
): Promise<{ app: App; stored: StoredSettings } | undefined> {
  // Read after the lock and not with it: what waits for a lock has read the hosts before.
  await run(ctx, sqlBuilder.selectFrom('apps').select('id').where('id', '=', id).forNoKeyUpdate())
  const [row] = await run(ctx, allApps.where('id', '=', id))
  return row && { app: toApp(row), stored: row.settings }
}

/** Writes what can change of an app, and tells every process once that is committed. For a transaction. */
export async function writeApp(ctx: HasDb, { id, name }: App, stored: StoredSettings): Promise<void> {
  const settings = JSON.stringify(stored)
  await run(ctx, sqlBuilder.updateTable('apps').set({ name, settings }).where('id', '=', id))
  await tellOfApps(ctx, [id])
}

/** Tells every process of apps that were changed, once that is committed. */
export async function tellOfApps(ctx: HasDb, ids: readonly string[]): Promise<void> {
  for (const id of ids) await ctx.db.notify(appsChannel, id)
}

export interface AppFilter {
  readonly organizationId?: string
  readonly mode?: AppMode
}

export async function selectApps(ctx: HasDb, filter: AppFilter): Promise<App[]> {
  let query = allApps.orderBy('id')
  if (filter.organizationId !== undefined) query = query.where('organization_id', '=', filter.organizationId)
  if (filter.mode !== undefined) query = query.where('mode', '=', filter.mode)
  return (await run(ctx, query)).map(toApp)
}

/** Takes the one row that says which app is the sandbox; false when another start took it before. */
export async function claimSandbox(ctx: HasDb, appId: string, apiKeyId: string): Promise<boolean> {
  const rows = await ctx.db.query(
    'insert into sandbox (app_id, api_key_id) values ($1, $2) on conflict do nothing returning app_id',
    [appId, apiKeyId],
  )
  return rows.length === 1
}

/** Gives the sandbox another key, where it has this one. */
export async function replaceSandboxKey(ctx: HasDb, apiKeyId: string, successorId: string): Promise<void> {
  await ctx.db.query('update sandbox set api_key_id = $2 where api_key_id = $1', [apiKeyId, successorId])
}

export async function selectSandbox(ctx: HasDb): Promise<{ appId: string; apiKeyId: string } | undefined> {
  const rows = await ctx.db.query<{ appId: string; apiKeyId: string }>(
    'select app_id as "appId", api_key_id as "apiKeyId" from sandbox',
    [],
  )
  return rows[0]
}

interface AppRow {
  id: string
  number: string
  organization_id: string
  name: string
  mode: AppMode
  settings: StoredSettings
  hosts: string[]
  created_at: Date
}

/** The columns that make an identity, as the driver gives them. */
export interface AppIdentityRow {
  app_id: string
  mode: AppMode
  settings: StoredSettings
  organization_id: string
  organization_number: string
}

interface OrganizationRow {
  id: string
  number: string
  name: string
  created_at: Date
}

function toOrganization(row: OrganizationRow): Organization {
  return { id: row.id, number: Number(row.number), name: row.name, createdAt: row.created_at }
}

function toApp(row: AppRow): App {
  return {
    id: row.id,
    number: Number(row.number),
    organizationId: row.organization_id,
    name: row.name,
    mode: row.mode,
    settings: toSettings(row.settings, row.mode),
    hosts: row.hosts,
    createdAt: row.created_at,
  }
}

/** Reads the columns of an identity. */
export function toAppIdentity(row: AppIdentityRow): AppIdentity {
  return {
    appId: row.app_id,
    appMode: row.mode,
    settings: toSettings(row.settings, row.mode),
    organizationId: row.organization_id,
    organizationNumber: Number(row.organization_number),
  }
}
