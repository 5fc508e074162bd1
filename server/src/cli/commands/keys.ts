import { issueApiKey, listApiKeysOf, withdrawApiKey } from '../../core/api-keys/api-keys.service.ts'
import { appScopes } from '../../core/api-keys/sandbox.service.ts'
import { inTx } from '../../core/transactions.ts'
import { appIdOf, type Flags, inInstallation, print, table, UsageError } from '../terminal.ts'

/** `facet keys create NAME`, `facet keys list`, `facet keys revoke KEY_ID`. */
export async function keysCommand([action, ...words]: string[], flags: Flags): Promise<void> {
  if (action === 'create') return create(words, flags)
  if (action === 'list') return list(flags)
  if (action === 'revoke') return revoke(words, flags)
  throw new UsageError('Say facet keys create, facet keys list or facet keys revoke')
}

async function create([name]: string[], flags: Flags): Promise<void> {
  if (name === undefined) throw new UsageError('Give the key a name: facet keys create NAME')
  const scopes = flags.scopes?.split(',').map((scope) => scope.trim()) ?? appScopes
  const expiresAt = expiryOf(flags['expires-at'])
  const apiKey = await inInstallation(async (ctx) =>
    issueApiKey(ctx, await appIdOf(ctx, flags), { name, scopes, expiresAt }),
  )
  print(flags, apiKey, [
    `id      ${apiKey.id}`,
    `app     ${apiKey.appId}`,
    `key     ${apiKey.key}`,
    `secret  ${apiKey.secret}`,
    `scopes  ${apiKey.scopes.join(',')}`,
    'The secret is shown this once.',
  ])
}

async function list(flags: Flags): Promise<void> {
  const apiKeys = await inInstallation(async (ctx) => listApiKeysOf(ctx, await appIdOf(ctx, flags)))
  const rows = apiKeys.map((apiKey) => [
    apiKey.id,
    apiKey.key,
    stateOf(apiKey),
    apiKey.lastUsedAt?.toISOString() ?? 'never',
    apiKey.scopes.join(','),
    apiKey.name,
  ])
  print(flags, apiKeys, table([['ID', 'KEY', 'STATE', 'LAST USED', 'SCOPES', 'NAME'], ...rows]))
}

async function revoke([id]: string[], flags: Flags): Promise<void> {
  if (id === undefined) throw new UsageError('Name the key: facet keys revoke KEY_ID')
  const apiKey = await inInstallation((ctx) =>
    inTx(ctx, async (tx) => withdrawApiKey(tx, await appIdOf(tx, flags), id)),
  )
  print(flags, apiKey, [`Revoked ${apiKey.key}; every process refuses it within a second`])
}

function expiryOf(text: string | undefined): Date | null {
  if (text === undefined) return null
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new UsageError('--expires-at takes a time, as 2030-01-31T12:00:00Z')
  return at
}

function stateOf(apiKey: { readonly revokedAt: Date | null; readonly expiresAt: Date | null }): string {
  if (apiKey.revokedAt !== null) return 'revoked'
  return apiKey.expiresAt !== null && apiKey.expiresAt <= new Date() ? 'expired' : 'active'
}
