import { type Ctx, type JobCtx, requireScope, type SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { differences, recordEvent } from '../events.ts'
import { isUuid, newId, newNumber, timeOfId } from '../ids.ts'
import { checkName } from '../text.ts'
import { inTx } from '../transactions.ts'
import { deleteHosts, insertHosts, selectDefaultAppId, writeDefaultApp } from './hosts.queries.ts'
import { changeHosts, type HostsChange, hostOfUrl } from './hosts.rules.ts'
import {
  type AppIdentityRow,
  appsChannel,
  claimSandbox,
  insertApp,
  insertOrganization,
  replaceSandboxKey,
  selectApp,
  selectAppForUpdate,
  selectApps,
  selectFirstOrganization,
  selectOrganization,
  selectSandbox,
  toAppIdentity,
  writeApp,
} from './organizations.queries.ts'
import type { App, AppMode, AppSettingsPatch, Organization } from './organizations.types.ts'
import { patchStored, toSettings } from './settings.rules.ts'

export { type AppIdentityRow, appsChannel, toAppIdentity, toSettings }

/** Makes an organization. Throws `input_invalid` for a bad name. */
export async function createOrganization(ctx: SystemCtx, input: { readonly name: string }): Promise<Organization> {
  checkName(input.name)
  const id = newId()
  const organization = { id, number: newNumber(), name: input.name, createdAt: timeOfId(id) }
  await insertOrganization(ctx, organization)
  return organization
}

/** The installation's first organization: the one that the command line works in. */
export function findFirstOrganization(ctx: SystemCtx): Promise<Organization | undefined> {
  return selectFirstOrganization(ctx)
}

/** One organization of the installation. Throws `organization_not_found`. */
export async function getOrganization(ctx: SystemCtx, id: string): Promise<Organization> {
  const organization = await selectOrganization(ctx, id)
  if (organization === undefined) throw new DomainFault({ code: 'organization_not_found' })
  return organization
}

export interface CreateAppInput {
  readonly organizationId: string
  readonly name: string
  readonly mode: AppMode
}

/** Makes an app, on the installation's own authority. Throws `input_invalid` for a bad name. */
export async function createApp(ctx: SystemCtx, input: CreateAppInput): Promise<App> {
  checkName(input.name)
  const id = newId()
  const settings = toSettings({}, input.mode)
  const app = { id, number: newNumber(), ...input, settings, hosts: [], createdAt: timeOfId(id) }
  return inTx(ctx, async (tx) => {
    await insertApp(tx, app)
    const data = { before: null, after: { ...app } }
    await recordEvent(tx, id, { type: 'app.created', subjectId: id, at: app.createdAt, data })
    return app
  })
}

/** Makes an app next to the key's own. Throws `scope_missing`, `app_mode_forbidden`, `input_invalid`. */
export async function createSiblingApp(
  ctx: Ctx,
  input: { readonly name: string; readonly mode: AppMode },
): Promise<App> {
  requireScope(ctx, 'organization:manage')
  const own = await getOwnApp(ctx)
  if (!reaches(own, input.mode)) throw new DomainFault({ code: 'app_mode_forbidden' })
  return createApp(ctx, { ...input, organizationId: ctx.organizationId })
}

/** A change of an app: what is absent is left alone. */
export interface UpdateAppInput extends HostsChange {
  readonly name?: string | undefined
  readonly settings?: AppSettingsPatch | undefined
}

/**
 * Changes an app, on the installation's own authority; every process goes by it within a second. A change that leaves
 * everything as it is writes nothing. Throws `input_invalid`, `app_not_found`, `host_taken`.
 */
export async function updateApp(ctx: SystemCtx, id: string, input: UpdateAppInput): Promise<App> {
  if (input.name !== undefined) checkName(input.name)
  return inTx(ctx, async (tx) => {
    const found = isUuid(id) ? await selectAppForUpdate(tx, id) : undefined
    if (found === undefined) throw new DomainFault({ code: 'app_not_found' })
    const { app: before } = found
    const stored = patchStored(found.stored, input.settings ?? {}, before.mode)
    const settings = toSettings(stored, before.mode)
    const hosts = changeHosts(before.hosts, input, hostOfUrl(ctx.publicUrl))
    const after = { ...before, name: input.name ?? before.name, settings, hosts }
    const data = differences(before, after)
    if (Object.keys(data.after).length === 0) return before
    await writeApp(tx, after, stored)
    if (data.after.hosts !== undefined) await writeHosts(tx, before, after)
    await recordEvent(tx, id, { type: 'app.updated', subjectId: id, at: tx.now, data })
    return after
  })
}

async function writeHosts(tx: SystemCtx, before: App, { id, hosts }: App): Promise<void> {
  const without = (list: readonly string[], others: readonly string[]) => list.filter((host) => !others.includes(host))
  await deleteHosts(tx, id, without(before.hosts, hosts))
  await insertHosts(tx, id, without(hosts, before.hosts), tx.now)
}

/** Changes an app that the key may see. Throws `app_not_found`, `scope_missing`, `input_invalid`, `host_taken`. */
export async function updateVisibleApp(ctx: Ctx, id: string, input: UpdateAppInput): Promise<App> {
  return inTx(ctx, async (tx) => {
    const app = await getVisibleApp(tx, id)
    requireScope(tx, 'organization:manage')
    return updateApp(tx, app.id, input)
  })
}

/** Every app of the installation. */
export function listApps(ctx: JobCtx): Promise<App[]> {
  return selectApps(ctx, {})
}

/** The apps that the key may see: with `organization:manage` its organization's, else its own alone. */
export async function listVisibleApps(ctx: Ctx): Promise<App[]> {
  const own = await getOwnApp(ctx)
  if (!ctx.scopes.has('organization:manage')) return [own]
  const apps = await selectApps(ctx, { organizationId: ctx.organizationId })
  return apps.filter((app) => reaches(own, app.mode))
}

/** One app that the key may see. Throws `app_not_found`. */
export async function getVisibleApp(ctx: Ctx, id: string): Promise<App> {
  const app = (await listVisibleApps(ctx)).find((candidate) => candidate.id === id)
  if (app === undefined) throw new DomainFault({ code: 'app_not_found' })
  return app
}

/** One app of the installation. Throws `app_not_found`. */
export async function getApp(ctx: JobCtx, id: string): Promise<App> {
  const app = await selectApp(ctx, id)
  if (app === undefined) throw new DomainFault({ code: 'app_not_found' })
  return app
}

/**
 * Makes an app the installation's default: the one of requests without an API key to loopback and to the installation's
 * own host. Until one is named it is the sandbox's. Throws `app_not_found`.
 */
export async function makeDefaultApp(ctx: SystemCtx, id: string): Promise<void> {
  return inTx(ctx, async (tx) => {
    const app = isUuid(id) ? await selectApp(tx, id) : undefined
    if (app === undefined) throw new DomainFault({ code: 'app_not_found' })
    await writeDefaultApp(tx, app.id)
  })
}

/** The id of the installation's default app, if there is one. */
export function findDefaultAppId(ctx: SystemCtx): Promise<string | undefined> {
  return selectDefaultAppId(ctx)
}

/** Marks an app as the installation's sandbox; false when there is one already. */
export function nameSandbox(ctx: SystemCtx, appId: string, apiKeyId: string): Promise<boolean> {
  return claimSandbox(ctx, appId, apiKeyId)
}

/** Inside a transaction: if the key is the sandbox's, its successor is from now on. */
export function moveSandbox(tx: SystemCtx, apiKeyId: string, successorId: string): Promise<void> {
  return replaceSandboxKey(tx, apiKeyId, successorId)
}

/** The sandbox that the first start made, if any start did. */
export function findSandbox(ctx: SystemCtx): Promise<{ appId: string; apiKeyId: string } | undefined> {
  return selectSandbox(ctx)
}

function getOwnApp(ctx: Ctx): Promise<App> {
  return getApp(ctx, ctx.appId)
}

/** A sandbox key never reaches a live app. */
function reaches(own: App, mode: AppMode): boolean {
  return own.mode === 'live' || mode === 'sandbox'
}
