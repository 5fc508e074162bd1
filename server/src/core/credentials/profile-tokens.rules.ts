import { hash, randomBytes } from 'node:crypto'
import type { Keys } from '../ports.ts'
import type { TokenKind } from './credentials.types.ts'

/** What tokens are sealed for: binds a sealed token to its table and column. */
const sealPurpose = 'profile_tokens.token'
const temporaryLifeMs = 6 * 3_600_000

/** A token that was just made, and how it is stored. */
export interface NewToken<Kind extends TokenKind, ExpiresAt extends Date | null> {
  readonly kind: Kind
  readonly token: string
  readonly hash: Buffer
  readonly sealed: Buffer
  readonly expiresAt: ExpiresAt
}

/** A token of 20 random bytes that stays. */
export function newPermanentToken(keys: Keys, profileId: string): NewToken<'permanent', null> {
  return { ...randomToken(keys, profileId, 'permanent'), expiresAt: null }
}

/** One that ends after six hours. */
export function newTemporaryToken(keys: Keys, profileId: string, now: Date): NewToken<'temporary', Date> {
  const expiresAt = new Date(now.getTime() + temporaryLifeMs)
  return { ...randomToken(keys, profileId, 'temporary'), expiresAt }
}

/** The hash that a token is looked up by. SHA-256 without stretch: a token has 160 random bits. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

/** Whether the text can be a token at all: others are refused without a look-up. */
export function isWellFormedToken(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

/** Seals a token for its row. */
export function sealToken(keys: Keys, profileId: string, kind: TokenKind, token: string): Buffer {
  return keys.seal(sealPurpose, `${profileId} ${kind}`, Buffer.from(token))
}

/** Opens a sealed token. Throws when it was sealed for another row. */
export function openToken(keys: Keys, profileId: string, kind: TokenKind, sealed: Buffer): string {
  return keys.open(sealPurpose, `${profileId} ${kind}`, sealed).toString()
}

function randomToken<K extends TokenKind>(
  keys: Keys,
  profileId: string,
  kind: K,
): Omit<NewToken<K, null>, 'expiresAt'> {
  const token = randomBytes(20).toString('hex')
  return { kind, token, hash: hashToken(token), sealed: sealToken(keys, profileId, kind, token) }
}
