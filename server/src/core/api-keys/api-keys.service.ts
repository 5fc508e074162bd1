import { type Ctx, requireScope, type Scope, type SystemCtx } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { recordEvent } from '../events.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import { createSiblingApp, getApp, toSettings } from '../organizations/organizations.service.ts'
import type { App, AppMode } from '../organizations/organizations.types.ts'
import { checkName } from '../text.ts'
import { inTx } from '../transactions.ts'
import type { KeyDirectory } from './api-keys.directory.ts'
import {
  insertApiKey,
  lockLiveApiKey,
  markRevoked,
  selectApiKey,
  selectApiKeyForUpdate,
  selectApiKeys,
  selectSealedSecret,
} from './api-keys.queries.ts'
import { checkScopes, hashSecret, isWellFormedKey, mint, secretPurpose } from './api-keys.rules.ts'
import type { ApiKey, IssuedApiKey, KeyPair, Principal, TokenClaims } from './api-keys.types.ts'
import { verifyToken } from './tokens.rules.ts'

export interface CreateApiKeyInput {
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
}

/** Makes a key pair for an app on the installation's own authority. Throws `input_invalid`, `app_not_found`. */
export async function issueApiKey(ctx: SystemCtx, appId: string, input: CreateApiKeyInput): Promise<IssuedApiKey> {
  checkName(input.name)
  const scopes = checkScopes(input.scopes)
  if (input.expiresAt !== null && input.expiresAt <= ctx.now) throw invalid({ path: ['expiresAt'], rule: 'range' })
  const { mode } = await getApp(ctx, appId)
  const id = newId()
  const secret = mint('sk', mode)
  const apiKey: ApiKey = {
    id,
    appId,
    name: input.name,
    key: mint('pk', mode),
    scopes,
    createdAt: timeOfId(id),
    expiresAt: input.expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  }
  return inTx(ctx, async (tx) => {
    await insertApiKey(tx, apiKey, hashSecret(secret), tx.keys.seal(secretPurpose, id, Buffer.from(secret)))
    const { appId: _, lastUsedAt: __, ...told } = apiKey
    const data = { before: null, after: told }
    await recordEvent(tx, appId, { type: 'api_key.created', subjectId: id, at: apiKey.createdAt, data })
    return { ...apiKey, secret }
  })
}

/** Makes a key pair for the key's own app. Throws `scope_missing` also for a scope that the maker lacks. */
export async function createApiKey(ctx: Ctx, input: CreateApiKeyInput): Promise<IssuedApiKey> {
  requireScope(ctx, 'keys:manage')
  for (const scope of checkScopes(input.scopes)) requireGrantable(ctx, scope)
  return inTx(ctx, async (tx) => {
    await requireOwnKey(tx)
    return issueApiKey(tx, tx.appId, input)
  })
}

/** Makes an app next to the key's own, with a first key that holds what the maker may grant. Throws `scope_missing`. */
export async function createAppWithKey(
  ctx: Ctx,
  input: { readonly name: string; readonly mode: AppMode },
): Promise<{ app: App; apiKey: IssuedApiKey }> {
  requireScope(ctx, 'organization:manage')
  requireScope(ctx, 'keys:manage')
  const made = await inTx(ctx, async (tx) => {
    await requireOwnKey(tx)
    const app = await createSiblingApp(tx, input)
    const scopes = [...tx.scopes].filter((scope) => scope !== 'organization:manage')
    return { app, apiKey: await issueApiKey(tx, app.id, { name: 'First key', scopes, expiresAt: null }) }
  })
  // A result that an older version kept under an idempotency key has neither settings nor hosts.
  const { settings = toSettings({}, made.app.mode), hosts = [] } = made.app
  return { ...made, app: { ...made.app, settings, hosts } }
}

/**
 * In a transaction that makes a key: the one that asks for it has not ended, whatever this process remembers of it, and does not before the
 * transaction has. One that was revoked gets no successor. Throws `credentials_invalid`.
 */
export async function requireOwnKey(tx: Ctx): Promise<void> {
  if (tx.actor.kind === 'api_key' && !(await lockLiveApiKey(tx, tx.actor.id, tx.now))) {
    throw new DomainFault({ code: 'credentials_invalid' })
  }
}

/** The key pairs of the key's own app, oldest first. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKey[]> {
  requireScope(ctx, 'keys:manage')
  return selectApiKeys(ctx, ctx.appId)
}

/** One key pair of the own app. Throws `api_key_not_found`. */
export async function getApiKey(ctx: Ctx, id: string): Promise<ApiKey> {
  requireScope(ctx, 'keys:manage')
  const apiKey = isUuid(id) ? await selectApiKey(ctx, ctx.appId, id) : undefined
  if (apiKey === undefined) throw new DomainFault({ code: 'api_key_not_found' })
  return apiKey
}

/** Ends a key pair of the own app, within a second on every process. Doing it again changes nothing. */
export async function revokeApiKey(ctx: Ctx, id: string): Promise<ApiKey> {
  requireScope(ctx, 'keys:manage')
  return inTx(ctx, (tx) => withdrawApiKey(tx, tx.appId, id))
}

/** Ends a key pair of any app on the installation's own authority. Throws `api_key_not_found`. */
export async function withdrawApiKey(ctx: SystemCtx, appId: string, id: string): Promise<ApiKey> {
  return inTx(ctx, async (tx) => {
    const before = isUuid(id) ? await selectApiKeyForUpdate(tx, appId, id) : undefined
    if (before === undefined) throw new DomainFault({ code: 'api_key_not_found' })
    if (before.revokedAt !== null) return before
    await markRevoked(tx, before, tx.now)
    const data = { before: { revokedAt: null }, after: { revokedAt: tx.now } }
    await recordEvent(tx, appId, { type: 'api_key.revoked', subjectId: before.id, at: tx.now, data })
    return { ...before, revokedAt: tx.now }
  })
}

/** The key pairs of any app, on the installation's own authority. */
export function listApiKeysOf(ctx: SystemCtx, appId: string): Promise<ApiKey[]> {
  return selectApiKeys(ctx, appId)
}

/** Opens the sealed copy of a key's secret. Throws `api_key_not_found`. */
export async function revealSecret(ctx: SystemCtx, appId: string, id: string): Promise<string> {
  const sealed = await selectSealedSecret(ctx, appId, id)
  if (sealed === undefined) throw new DomainFault({ code: 'api_key_not_found' })
  return ctx.keys.open(secretPurpose, id, sealed).toString()
}

/**
 * The principal that a secret stands for. Throws `credentials_missing` without one, `credentials_invalid` for a
 * malformed (no look-up is made), unknown, revoked or expired one.
 */
export async function authenticate(directory: KeyDirectory, secret: string | undefined, now: Date): Promise<Principal> {
  if (secret === undefined || secret === '') throw new DomainFault({ code: 'credentials_missing' })
  const principal = isWellFormedKey('sk', secret) ? await directory.find(secret) : undefined
  if (principal === undefined) throw new DomainFault({ code: 'credentials_invalid' })
  return admit(directory, principal, now)
}

/** A public key, `pk_…`, and a token that was signed with its secret. */
export interface TokenCredentials {
  readonly key: string | undefined
  readonly token: string | undefined
}

/**
 * The principal of a public key whose secret signed the token (see `verifyToken`), and what the token claims. Throws
 * `credentials_missing` without key or token, `credentials_invalid` for a malformed (no look-up is made), unknown,
 * revoked or expired key, and for a token that does not verify.
 */
export async function authenticateByToken(
  directory: KeyDirectory,
  { key, token }: TokenCredentials,
  now: Date,
): Promise<{ principal: Principal; claims: TokenClaims }> {
  if (!key || !token) throw new DomainFault({ code: 'credentials_missing' })
  const pair = await pairOf(directory, key)
  const claims = await verifyToken(pair.secret, token, now)
  return { principal: admit(directory, pair.principal, now), claims }
}

/**
 * The principal of a public key, which names an app and proves nothing. Throws `credentials_missing` without one,
 * `credentials_invalid` for a malformed (no look-up is made), unknown, revoked or expired one.
 */
export async function identifyByKey(directory: KeyDirectory, key: string | undefined, now: Date): Promise<Principal> {
  if (!key) throw new DomainFault({ code: 'credentials_missing' })
  const pair = await pairOf(directory, key)
  return admit(directory, pair.principal, now)
}

/** Throws `credentials_invalid` for a malformed (no look-up is made), unknown or revoked key. */
async function pairOf(directory: KeyDirectory, key: string): Promise<KeyPair> {
  const pair = isWellFormedKey('pk', key) ? await directory.findPair(key) : undefined
  if (pair === undefined) throw new DomainFault({ code: 'credentials_invalid' })
  return pair
}

/** Lets in a principal that has proved itself, unless it is expired, and notes the use. */
function admit(directory: KeyDirectory, principal: Principal, now: Date): Principal {
  if (principal.expiresAt !== null && principal.expiresAt <= now) {
    throw new DomainFault({ code: 'credentials_invalid' })
  }
  directory.noteUse(principal.apiKeyId, now)
  return principal
}

function requireGrantable(ctx: Ctx, scope: Scope): void {
  // Only the command line makes keys that manage the organization.
  if (scope === 'organization:manage') throw new DomainFault({ code: 'scope_missing', scope })
  requireScope(ctx, scope)
}
