import type { Db } from '../db.ts'
import { DomainFault } from '../errors.ts'
import { type AppIdentityRow, tellOfApps, toAppIdentity } from './organizations.queries.ts'
import type { AppIdentity } from './organizations.types.ts'

type HasDb = { readonly db: Db }

const identities = `select apps.id as app_id, mode, settings, organization_id, organizations.number as organization_number
  from apps join organizations on organizations.id = organization_id`

const defaultAppId = '(select coalesce((select default_app_id from installation), (select app_id from sandbox)))'

/** The app that lists the host. */
export async function selectAppByHost(ctx: HasDb, host: string): Promise<AppIdentity | undefined> {
  const text = `${identities} where apps.id = (select app_id from app_hosts where host = $1)`
  const [row] = await ctx.db.query<AppIdentityRow>(text, [host])
  return row && toAppIdentity(row)
}

/** The installation's default app. */
export async function selectDefaultApp(ctx: HasDb): Promise<AppIdentity | undefined> {
  const [row] = await ctx.db.query<AppIdentityRow>(`${identities} where apps.id = ${defaultAppId}`, [])
  return row && toAppIdentity(row)
}

/** Its id alone. */
export async function selectDefaultAppId(ctx: HasDb): Promise<string | undefined> {
  const [row] = await ctx.db.query<{ id: string | null }>(`select ${defaultAppId} as id`, [])
  return row?.id ?? undefined
}

/** Names the default app, and tells every process of it and of the one before. For a transaction. */
export async function writeDefaultApp(ctx: HasDb, appId: string): Promise<void> {
  // Locked, so that of two changes the later one tells of what the earlier one set.
  await ctx.db.query('select from installation for update', [])
  const before = await selectDefaultAppId(ctx)
  await ctx.db.query('update installation set default_app_id = $1', [appId])
  await tellOfApps(ctx, before === undefined ? [appId] : [before, appId])
}

/** Ends the entries of hosts in an app's list. */
export async function deleteHosts(ctx: HasDb, appId: string, hosts: readonly string[]): Promise<void> {
  await ctx.db.query('delete from app_hosts where app_id = $1 and host = any($2::text[])', [appId, hosts])
}

/** Enters hosts in an app's list. Throws `host_taken` that names those which another app lists. */
export async function insertHosts(ctx: HasDb, appId: string, hosts: readonly string[], at: Date): Promise<void> {
  const rows = await ctx.db.query<{ host: string }>(
    // In one order, so that two apps that want the same hosts wait for each other and never in a circle.
    `insert into app_hosts (host, app_id, created_at) select host, $1, $3 from unnest($2::text[]) as host order by host
     on conflict (host) do nothing returning host`,
    [appId, hosts, at],
  )
  const entered = new Set(rows.map(({ host }) => host))
  const taken = hosts.filter((host) => !entered.has(host))
  if (taken.length > 0) throw new DomainFault({ code: 'host_taken', hosts: taken })
}
