import { errors, jwtVerify, SignJWT } from 'jose'
import { DomainFault } from '../errors.ts'
import type { Keys } from '../ports.ts'
import type { SessionTokens } from './credentials.types.ts'

/** How long an access token holds. A session that ends earlier ends it within a second. */
export const accessLifeMs = 15 * 60_000
/** How long a refresh token holds, and with it a session that is not renewed. */
export const refreshLifeMs = 30 * 86_400_000

type TokenUse = 'access' | 'refresh'

/** What a token of a session says. */
export interface SessionClaims {
  readonly sessionId: string
  /** How often the session had been renewed when the token was made. */
  readonly renewals: number
  readonly expiresAt: Date
}

type InApp = { readonly keys: Keys; readonly appId: string }

/**
 * Both tokens of a session: JWTs (RFC 7519) signed with HS256 under a key of the app's own, so that no other app takes them. They
 * carry `app`, the app's id, and `sid`, the session's.
 */
export async function signTokens(
  ctx: InApp,
  claims: Omit<SessionClaims, 'expiresAt'>,
  now: Date,
): Promise<SessionTokens> {
  const [access, refresh] = await Promise.all([
    sign(ctx, 'access', claims, { now, lifeMs: accessLifeMs }),
    sign(ctx, 'refresh', claims, { now, lifeMs: refreshLifeMs }),
  ])
  return { access, refresh }
}

function sign(
  { keys, appId }: InApp,
  use: TokenUse,
  { sessionId, renewals }: Omit<SessionClaims, 'expiresAt'>,
  { now, lifeMs }: { readonly now: Date; readonly lifeMs: number },
): Promise<string> {
  return new SignJWT({ token_type: use, app: appId, sid: sessionId, renewals })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(now)
    .setExpirationTime(new Date(now.getTime() + lifeMs))
    .sign(keyOf(keys, appId))
}

/** What a token of a session of the app says. Throws `token_invalid`, also for one of another use; `token_expired`. */
export async function readToken(
  { keys, appId }: InApp,
  use: TokenUse,
  token: string,
  now: Date,
): Promise<SessionClaims> {
  try {
    const { payload } = await jwtVerify(token, keyOf(keys, appId), { algorithms: ['HS256'], currentDate: now })
    const { token_type, app, sid, renewals, exp = 0 } = payload
    if (token_type !== use || app !== appId) throw new DomainFault({ code: 'token_invalid' })
    return { sessionId: String(sid), renewals: Number(renewals), expiresAt: new Date(exp * 1_000) }
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new DomainFault({ code: 'token_expired' })
    if (error instanceof errors.JOSEError) throw new DomainFault({ code: 'token_invalid' })
    throw error
  }
}

function keyOf(keys: Keys, appId: string): Buffer {
  return keys.hash('session tokens', appId)
}
