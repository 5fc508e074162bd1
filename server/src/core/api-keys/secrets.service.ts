import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { recordEvent } from '../events.ts'
import { isUuid } from '../ids.ts'
import { moveSandbox } from '../organizations/organizations.service.ts'
import { inTx } from '../transactions.ts'
import { markExpiring, selectApiKeyForUpdate } from './api-keys.queries.ts'
import { endOfOverlap } from './api-keys.rules.ts'
import { getApiKey, issueApiKey, requireOwnKey, revealSecret } from './api-keys.service.ts'
import type { ApiKey, IssuedApiKey } from './api-keys.types.ts'

const defaultOverlapSeconds = 86_400

/**
 * Makes a key pair that takes the place of another: of the same name, scopes and expiry. The other one expires after
 * `overlapSeconds`, a whole number from 0 to 604,800, a day unless given, and never later than it was to; every process hears of it
 * within a second, and the sandbox is opened with the new one. Throws `input_invalid`, `api_key_not_found`, `api_key_ended` for a revoked or expired one, `scope_missing` also
 * for a scope of the key that the caller lacks: nobody gets a key that can do more than they may; `credentials_invalid` when the caller's
 * own key has ended.
 */
export async function rotateApiKey(
  ctx: Ctx,
  id: string,
  { overlapSeconds = defaultOverlapSeconds }: { readonly overlapSeconds?: number | undefined } = {},
): Promise<IssuedApiKey> {
  requireScope(ctx, 'keys:manage')
  const end = endOfOverlap(ctx.now, overlapSeconds)
  return inTx(ctx, async (tx) => {
    await requireOwnKey(tx)
    const old = isUuid(id) ? await selectApiKeyForUpdate(tx, tx.appId, id) : undefined
    if (old === undefined) throw new DomainFault({ code: 'api_key_not_found' })
    requireScopesOf(tx, old)
    if (hasEnded(old, tx.now)) throw new DomainFault({ code: 'api_key_ended' })
    const { name, scopes, expiresAt: before } = old
    const issued = await issueApiKey(tx, tx.appId, { name, scopes, expiresAt: before })
    const after = before !== null && before < end ? before : end
    await markExpiring(tx, old, after)
    await moveSandbox(tx, old.id, issued.id)
    const data = { before: { expiresAt: before }, after: { expiresAt: after, replacedBy: issued.id } }
    await recordEvent(tx, tx.appId, { type: 'api_key.rotated', subjectId: old.id, at: tx.now, data })
    return issued
  })
}

/**
 * The secret of a key of a sandbox app, for an operator to see once more. That it was shown is an event before it is. Throws
 * `api_key_not_found`, `scope_missing` also for a scope of the key that the operator lacks, `secret_not_shown` to anybody else and in a
 * live app.
 */
export async function showSecret(ctx: Ctx, id: string): Promise<string> {
  const apiKey = await getApiKey(ctx, id)
  requireScopesOf(ctx, apiKey)
  if (ctx.actor.kind !== 'operator' || ctx.appMode !== 'sandbox') throw new DomainFault({ code: 'secret_not_shown' })
  const data = { before: null, after: { id: apiKey.id } }
  const shown = { type: 'api_key.secret_shown', subjectId: apiKey.id, at: ctx.now, data } as const
  await inTx(ctx, (tx) => recordEvent(tx, tx.appId, shown))
  return revealSecret(ctx, ctx.appId, apiKey.id)
}

function requireScopesOf(ctx: Ctx, { scopes }: ApiKey): void {
  for (const scope of scopes) requireScope(ctx, scope)
}

function hasEnded({ revokedAt, expiresAt }: ApiKey, now: Date): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now)
}
