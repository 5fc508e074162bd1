import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  readSessionCookie,
  secondFactorCookieName,
  sessionCookieName,
  sessionLifeMs,
  signSessionToken,
} from '../../core/operators/session-tokens.rules.ts'
import type { OperatorSignIn, Passkeys } from '../../core/ports.ts'

/** How operators sign in, and how their cookies are made. */
export interface OperatorAccess {
  readonly signIn: OperatorSignIn
  readonly passkeys: Passkeys
  /** Signs cookies. */
  readonly secret: string
  /** Whether browsers may send them over TLS alone. */
  readonly secureCookies: boolean
}

/** The value of the cookie of a session; undefined without one, and when there are several. */
export function sessionCookieOf({ secureCookies }: OperatorAccess, request: FastifyRequest): string | undefined {
  return cookieOf(request, sessionCookieName(secureCookies))
}

/**
 * The header `Cookie` with what concerns the sign-in alone, read as a session's cookie is read everywhere else: the sign-in's own reader
 * is less strict, and might find another session in the same header.
 */
export function signInCookiesOf({ secureCookies }: OperatorAccess, request: FastifyRequest): string {
  const pairs = [sessionCookieName(secureCookies), secondFactorCookieName(secureCookies)].map((name) => {
    const value = cookieOf(request, name)
    return value === undefined ? [] : [`${name}=${value}`]
  })
  return pairs.flat().join('; ')
}

function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const begin = `${name}=`
  const parts = (request.headers.cookie ?? '').split(';').map((part) => part.trim())
  const [value, ...others] = parts.filter((part) => part.startsWith(begin)).map((part) => part.slice(begin.length))
  return others.length === 0 && value !== '' ? value : undefined
}

/** The token of a session that the request brings, when its cookie is one of ours. */
export function sessionTokenOf(access: OperatorAccess, request: FastifyRequest): string | undefined {
  const value = sessionCookieOf(access, request)
  return value === undefined ? undefined : readSessionCookie(access.secret, value)
}

/** The token of the session that lines of `Set-Cookie` begin. */
export function sessionTokenIn(
  { secret, secureCookies }: OperatorAccess,
  cookies: readonly string[],
): string | undefined {
  const name = `${sessionCookieName(secureCookies)}=`
  const value = cookies
    .find((line) => line.startsWith(name))
    ?.slice(name.length)
    .split(';')[0]
  return value === undefined ? undefined : readSessionCookie(secret, value)
}

/** Gives the browser the cookie of a session that was begun just now. */
export function setSessionCookie({ secret, secureCookies }: OperatorAccess, reply: FastifyReply, token: string): void {
  const value = `${sessionCookieName(secureCookies)}=${signSessionToken(secret, token)}`
  const attributes = `Max-Age=${sessionLifeMs / 1_000}; Path=/; HttpOnly; SameSite=Strict${secureCookies ? '; Secure' : ''}`
  reply.header('set-cookie', `${value}; ${attributes}`)
}
