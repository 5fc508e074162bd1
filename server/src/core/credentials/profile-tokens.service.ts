import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { holdProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import type { PersonTokens, TokenKind } from './credentials.types.ts'
import type { TokenDirectory } from './profile-tokens.directory.ts'
import {
  deleteTokens,
  insertMissingToken,
  replaceToken,
  selectTokens,
  type TokenOwner,
  tellOfTokens,
} from './profile-tokens.queries.ts'
import {
  hashToken,
  isWellFormedToken,
  newPermanentToken,
  newTemporaryToken,
  openToken,
  sealToken,
} from './profile-tokens.rules.ts'

/**
 * Both tokens of a person. What is missing or has ended is made. Throws `profile_not_found`. Needs `profiles:write`: who has
 * them can do what the person can.
 */
export async function getPersonTokens(ctx: Ctx, profileId: string): Promise<PersonTokens> {
  requireScope(ctx, 'profiles:write')
  const present = await openTokens(ctx, profileId)
  if (present !== undefined) return present
  return inTx(ctx, async (tx) => {
    await holdProfile(tx, { by: 'id', value: profileId })
    await insertMissingToken(tx, profileId, newPermanentToken(tx.keys, profileId), tx.now)
    await insertMissingToken(tx, profileId, newTemporaryToken(tx.keys, profileId, tx.now), tx.now)
    const made = await openTokens(tx, profileId)
    if (made === undefined) throw new Error('A token that was made is not there')
    return made
  })
}

/** Ends the temporary token of a person, if there is one. Needs `profiles:write`. */
export async function expireTemporaryToken(ctx: Ctx, profileId: string): Promise<void> {
  requireScope(ctx, 'profiles:write')
  await inTx(ctx, (tx) => endTokens(tx, profileId, 'temporary'))
}

/**
 * Whose token it is, as the directory knows. Throws `token_invalid` for a malformed (no look-up is made) or unknown
 * one, `token_expired`. Needs `profiles:read`.
 */
export async function authenticatePerson(
  ctx: Ctx,
  directory: Pick<TokenDirectory, 'find'>,
  kind: TokenKind,
  token: string,
): Promise<TokenOwner> {
  requireScope(ctx, 'profiles:read')
  const found = isWellFormedToken(token) ? await directory.find(ctx.appId, kind, hashToken(token)) : undefined
  if (found === undefined) throw new DomainFault({ code: 'token_invalid' })
  if (found.expiresAt !== null && found.expiresAt <= ctx.now) throw new DomainFault({ code: 'token_expired' })
  return found
}

/** Inside a transaction: ends the tokens of a profile, those of one kind when it is given. */
export async function endTokens(tx: Ctx, profileId: string, kind: TokenKind | null): Promise<void> {
  if ((await deleteTokens(tx, profileId, kind)) > 0) await tellOfTokens(tx, profileId)
}

/** Inside a transaction: gives a person new tokens, and ends those that they had. */
export async function renewTokens(tx: Ctx, profileId: string): Promise<PersonTokens> {
  const permanent = newPermanentToken(tx.keys, profileId)
  const temporary = newTemporaryToken(tx.keys, profileId, tx.now)
  await replaceToken(tx, profileId, permanent)
  await replaceToken(tx, profileId, temporary)
  await tellOfTokens(tx, profileId)
  const { token, expiresAt } = temporary
  return { permanent: permanent.token, temporary: token, temporaryExpiresAt: expiresAt }
}

/** Inside a transaction that holds both: gives the tokens of one profile to another, of the kinds that it has none of. */
export async function moveTokens(tx: Ctx, from: string, to: string): Promise<void> {
  const tokens = await selectTokens(tx, from)
  await endTokens(tx, from, null)
  for (const { kind, sealed, expiresAt } of tokens) {
    const token = openToken(tx.keys, from, kind, sealed)
    const moved = { kind, token, hash: hashToken(token), sealed: sealToken(tx.keys, to, kind, token), expiresAt }
    await insertMissingToken(tx, to, moved, tx.now)
  }
}

/** The tokens of a profile; undefined when one is missing or has ended. */
async function openTokens(ctx: Ctx, profileId: string): Promise<PersonTokens | undefined> {
  const rows = await selectTokens(ctx, profileId)
  const open = (kind: TokenKind) => {
    const row = rows.find((row) => row.kind === kind)
    return row && { token: openToken(ctx.keys, profileId, kind, row.sealed), expiresAt: row.expiresAt }
  }
  const [permanent, temporary] = [open('permanent'), open('temporary')]
  if (permanent === undefined || !temporary?.expiresAt || temporary.expiresAt <= ctx.now) return undefined
  return { permanent: permanent.token, temporary: temporary.token, temporaryExpiresAt: temporary.expiresAt }
}
