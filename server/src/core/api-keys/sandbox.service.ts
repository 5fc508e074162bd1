import { type Scope, type SystemCtx, scopes } from '../context.ts'
import {
  createApp,
  createOrganization,
  findSandbox,
  getApp,
  nameSandbox,
} from '../organizations/organizations.service.ts'
import { inTx } from '../transactions.ts'
import { issueApiKey, listApiKeysOf, revealSecret } from './api-keys.service.ts'

/** What a developer needs for a first call. */
export interface Sandbox {
  readonly organizationId: string
  readonly appId: string
  readonly key: string
  readonly secret: string
}

/** Everything that a key may do but manage the organization. */
export const appScopes: readonly Scope[] = scopes.filter((scope) => scope !== 'organization:manage')

/**
 * The installation's sandbox: the one that is there, else a new organization, sandbox app and key pair. Undefined when
 * its key was revoked: then nobody wants it opened again. Callers hold the set-up lock.
 */
export async function ensureSandbox(ctx: SystemCtx): Promise<Sandbox | undefined> {
  const known = await findSandbox(ctx)
  return known === undefined ? inTx(ctx, makeSandbox) : reopen(ctx, known)
}

async function makeSandbox(tx: SystemCtx): Promise<Sandbox> {
  const organization = await createOrganization(tx, { name: 'Sandbox organization' })
  const app = await createApp(tx, { organizationId: organization.id, name: 'Sandbox', mode: 'sandbox' })
  const apiKey = await issueApiKey(tx, app.id, { name: 'Sandbox key', scopes: appScopes, expiresAt: null })
  await nameSandbox(tx, app.id, apiKey.id)
  return { organizationId: organization.id, appId: app.id, key: apiKey.key, secret: apiKey.secret }
}

async function reopen(
  ctx: SystemCtx,
  { appId, apiKeyId }: { readonly appId: string; readonly apiKeyId: string },
): Promise<Sandbox | undefined> {
  const { organizationId } = await getApp(ctx, appId)
  const apiKey = (await listApiKeysOf(ctx, appId)).find(({ id }) => id === apiKeyId)
  if (apiKey === undefined || apiKey.revokedAt !== null) return undefined
  return { organizationId, appId, key: apiKey.key, secret: await revealSecret(ctx, appId, apiKeyId) }
}
