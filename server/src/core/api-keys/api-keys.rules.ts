import { hash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Scope, scopes } from '../context.ts'
import { invalid } from '../errors.ts'
import type { AppMode } from '../organizations/organizations.types.ts'

/** What secrets are sealed for: binds a sealed secret to its table and column. */
export const secretPurpose = 'api_keys.secret'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 32
const checksumLength = 6
const form = /^(pk|sk)_(sandbox|live)_[0-9A-Za-z]{38}$/

/**
 * Mints one half of a key pair: `pk_` or `sk_`, `sandbox_` or `live_`, 32 random base62 characters, then the CRC-32 of
 * all before in 6 base62 characters (contracts/README, "Where each dialect is served").
 */
export function mint(half: 'pk' | 'sk', mode: AppMode): string {
  let body = `${half}_${mode}_`
  for (let i = 0; i < randomLength; i++) body += base62[randomInt(base62.length)]
  return body + checksum(body)
}

/** Whether the text has a key's form and checksum: a mistyped key is refused here, without a look-up. */
export function isWellFormedKey(half: 'pk' | 'sk', text: string): boolean {
  if (!text.startsWith(half) || !form.test(text)) return false
  const end = text.length - checksumLength
  return checksum(text.slice(0, end)) === text.slice(end)
}

/** The hash that a secret is looked up by. SHA-256 without stretch: a secret has 190 random bits. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

const maxOverlapSeconds = 604_800

/** When a key that is replaced is to expire. Throws `input_invalid` unless the seconds are whole, from 0 to 604,800. */
export function endOfOverlap(now: Date, seconds: number): Date {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > maxOverlapSeconds) {
    throw invalid({ path: ['overlapSeconds'], rule: 'range' })
  }
  return new Date(now.getTime() + seconds * 1_000)
}

/** Gives the texts as scopes; throws `input_invalid` for an unknown, a repeated or no scope. */
export function checkScopes(texts: readonly string[]): Scope[] {
  const known = texts.filter((text): text is Scope => (scopes as readonly string[]).includes(text))
  if (known.length !== texts.length || new Set(known).size !== known.length) {
    throw invalid({ path: ['scopes'], rule: 'choice', allowed: scopes })
  }
  if (known.length === 0) throw invalid({ path: ['scopes'], rule: 'blank' })
  return known
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  while (text.length < checksumLength) {
    text = base62[rest % base62.length] + text
    rest = Math.floor(rest / base62.length)
  }
  return text
}
