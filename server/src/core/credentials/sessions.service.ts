import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import { getProfile } from '../profiles/profiles.service.ts'
import type { ProfileKey } from '../profiles/profiles.types.ts'
import { lockProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { selectPassword } from './credentials.queries.ts'
import type { Session, SessionTokens } from './credentials.types.ts'
import type { SessionDirectory } from './sessions.directory.ts'
import {
  deleteEndedSessions,
  deleteOldestSessions,
  deleteSession,
  deleteSessions,
  insertSession,
  moveSessionRows,
  renewSessionRow,
  selectSession,
  selectSessions,
  tellOfSessions,
} from './sessions.queries.ts'
import { readToken, refreshLifeMs, signTokens } from './sessions.rules.ts'

/** More than anybody has devices: the oldest end for the newest. */
const mostSessions = 100

/**
 * Begins a session of a person who has proved who they are, by the password of the hash. Throws `login_failed` when that is no longer the
 * present one: a change of password ends the sessions that it finds, and none may be opened behind it by the one before.
 * Throws `profile_not_found`. Needs `profiles:write`.
 */
export async function openSession(ctx: Ctx, profileId: string, provenHash: string): Promise<SessionTokens> {
  requireScope(ctx, 'profiles:write')
  return inTx(ctx, async (tx) => {
    // Whoever changes the password waits until this is over, or is over. Locked and not only held: of those who hold it in common there is
    // always one more, and a change would wait for ever.
    await lockProfile(tx, { by: 'id', value: profileId })
    const present = await selectPassword(tx, profileId)
    if (present?.hash !== provenHash) throw new DomainFault({ code: 'login_failed', attemptsLeft: 0 })
    return beginSession(tx, profileId)
  })
}

/** Inside a transaction that holds the profile: begins a session of its person. */
export async function beginSession(tx: Ctx, profileId: string): Promise<SessionTokens> {
  const id = newId()
  const createdAt = timeOfId(id)
  await insertSession(tx, { id, profileId, createdAt, renewedAt: createdAt, expiresAt: endOf(createdAt) })
  if ((await deleteOldestSessions(tx, profileId, mostSessions)) > 0) await tellOfSessions(tx, profileId)
  return signTokens(tx, { sessionId: id, renewals: 0 }, createdAt)
}

/**
 * New tokens for the newest refresh token of a session. One that was renewed before may have been stolen, from either of the two who
 * have it: the session ends. Throws `token_invalid`, `token_expired`. Needs `profiles:write`.
 */
export async function renewSession(ctx: Ctx, refreshToken: string): Promise<SessionTokens> {
  requireScope(ctx, 'profiles:write')
  const { sessionId, renewals } = await readToken(ctx, 'refresh', refreshToken, ctx.now)
  const tokens = await inTx(ctx, async (tx) => {
    const times = { renewedAt: tx.now, expiresAt: endOf(tx.now) }
    const session = await renewSessionRow(tx, { id: sessionId, renewals }, times)
    if (session !== undefined) return signTokens(tx, { sessionId, renewals: renewals + 1 }, tx.now)
    const known = await selectSession(tx, sessionId)
    if (known !== undefined) await end(tx, known.profileId, sessionId)
    return undefined
  })
  // Thrown after the commit: the session has ended by then.
  if (tokens === undefined) throw new DomainFault({ code: 'token_invalid' })
  return tokens
}

/** Whose access token of the app it is, and of which session. Throws `token_invalid`, `token_expired`. */
export async function authenticateSession(
  ctx: Ctx,
  directory: SessionDirectory,
  accessToken: string,
): Promise<{ readonly profileId: string; readonly sessionId: string }> {
  const read = () => readToken(ctx, 'access', accessToken, ctx.now)
  const { sessionId, expiresAt } = await directory.claimsOf(ctx.appId, accessToken, read)
  if (expiresAt <= ctx.now) throw new DomainFault({ code: 'token_expired' })
  const session = await directory.find(ctx.appId, sessionId)
  if (session === undefined) throw new DomainFault({ code: 'token_invalid' })
  return { profileId: session.profileId, sessionId }
}

/** The sessions of a profile that have not ended, the newest first. Throws `profile_not_found`. Needs `profiles:read`. */
export async function listSessions(ctx: Ctx, key: ProfileKey): Promise<Session[]> {
  const { id } = await getProfile(ctx, key)
  return selectSessions(ctx, id, ctx.now)
}

/** Ends one session of a profile. Throws `profile_not_found`, `session_not_found`. Needs `profiles:read` and `profiles:write`. */
export async function endSession(ctx: Ctx, key: ProfileKey, sessionId: string): Promise<void> {
  requireScope(ctx, 'profiles:write')
  await inTx(ctx, async (tx) => {
    const { id } = await getProfile(tx, key)
    const ended = isUuid(sessionId) && (await end(tx, id, sessionId))
    if (!ended) throw new DomainFault({ code: 'session_not_found' })
  })
}

/** Ends every session of a profile. Throws `profile_not_found`. Needs `profiles:read` and `profiles:write`. */
export async function endAllSessions(ctx: Ctx, key: ProfileKey): Promise<void> {
  requireScope(ctx, 'profiles:write')
  await inTx(ctx, async (tx) => {
    const { id } = await getProfile(tx, key)
    await endSessions(tx, id)
  })
}

/** Inside a transaction: ends the sessions of a profile, but for the one that is named. */
export async function endSessions(tx: Ctx, profileId: string, except?: string): Promise<void> {
  if ((await deleteSessions(tx, profileId, except)) > 0) await tellOfSessions(tx, profileId)
}

/** Inside a transaction that holds both: gives the sessions of one profile to another. */
export async function moveSessions(tx: Ctx, from: string, to: string): Promise<void> {
  if ((await moveSessionRows(tx, from, to)) > 0) await tellOfSessions(tx, from)
}

/** Removes at most `limit` sessions of the app that have ended by themselves; gives how many went. */
export function forgetEndedSessions(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteEndedSessions({ ...ctx, appId }, ctx.now, limit)
}

async function end(tx: Ctx, profileId: string, sessionId: string): Promise<boolean> {
  const ended = await deleteSession(tx, profileId, sessionId)
  if (ended) await tellOfSessions(tx, profileId)
  return ended
}

function endOf(begun: Date): Date {
  return new Date(begun.getTime() + refreshLifeMs)
}
