import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keys } from '../ports.ts'

/** How long a session stands that is not used; each use on a later day lengthens it. */
export const sessionLifeMs = 7 * 86_400_000

/**
 * What the names of the sign-in's cookies begin with. A browser takes `__Host-` only with Secure, from this host alone and for all of
 * its paths (RFC 6265bis, 4.1.3.2).
 */
export function cookiePrefix(secure: boolean): string {
  return secure ? '__Host-facet' : 'facet'
}

/** The name of the cookie of a session. */
export function sessionCookieName(secure: boolean): string {
  return `${cookiePrefix(secure)}.session_token`
}

/** The name of the cookie of a sign-in that waits for its second factor. */
export function secondFactorCookieName(secure: boolean): string {
  return `${cookiePrefix(secure)}.two_factor`
}

/** What the sign-in signs cookies and encrypts second factors with. */
export function signInSecret(keys: Pick<Keys, 'hash'>): string {
  return keys.hash('operators.sign-in', 'v1').toString('base64url')
}

/** A token of 256 random bits for a session. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}

/** How a session's row holds its token. SHA-256 without stretch: a token is random. */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** The value of a session's cookie: the token, a dot, and its HMAC-SHA256 in base64, percent-encoded. */
export function signSessionToken(secret: string, token: string): string {
  return encodeURIComponent(`${token}.${signatureOf(secret, token)}`)
}

/** The token in a cookie's value; undefined when the signature is not ours, so that no look-up is made. */
export function readSessionCookie(secret: string, value: string): string | undefined {
  const [, token, signature] = /^([\w-]{20,128})\.([A-Za-z0-9+/]{43}=)$/.exec(decoded(value)) ?? []
  if (token === undefined || signature === undefined) return undefined
  const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(secret, token))]
  return timingSafeEqual(given, right) ? token : undefined
}

function signatureOf(secret: string, token: string): string {
  return createHmac('sha256', secret).update(token).digest('base64')
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
