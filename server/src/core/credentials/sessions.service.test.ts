import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { newId } from '../ids.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { holdProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { changePassword, registerPerson } from './credentials.service.ts'
import type { SessionTokens } from './credentials.types.ts'
import { createSessionDirectory } from './sessions.directory.ts'
import {
  authenticateSession,
  beginSession,
  endAllSessions,
  endSession,
  forgetEndedSessions,
  listSessions,
  openSession,
  renewSession,
} from './sessions.service.ts'

const database = useDatabase()
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const byId = (id: string) => ({ by: 'id', value: id }) as const
const later = (ctx: Ctx, ms: number): Ctx => ({ ...ctx, now: new Date(ctx.now.getTime() + ms) })
const [quarterMs, monthMs] = [15 * 60_000, 30 * 86_400_000]
const invalid = { code: 'token_invalid' }

/** Asks the database each time. */
const directory = createSessionDirectory(database.db, { ...steadyNotices, trusted: false })
const whoIs = (ctx: Ctx, { access }: Pick<SessionTokens, 'access'>) => authenticateSession(ctx, directory, access)

const begin = (ctx: Ctx, id: string) =>
  inTx(ctx, async (tx) => {
    await holdProfile(tx, byId(id))
    return beginSession(tx, id)
  })

async function signedIn(): Promise<{ ctx: Ctx; id: string; tokens: SessionTokens }> {
  const ctx = await database.newApp()
  const { id } = await createProfile(ctx, { username: 'ada' })
  return { ctx, id, tokens: await begin(ctx, id) }
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('a session', () => {
  it('has tokens that carry the app and the session, and stands until it ends', async () => {
    const { ctx, id, tokens } = await signedIn()
    const [session] = await listSessions(ctx, byId(id))
    const claims = { app: ctx.appId, sid: session?.id }
    expect(claimsOf(tokens.access)).toMatchObject({ ...claims, token_type: 'access' })
    expect(claimsOf(tokens.refresh)).toMatchObject({ ...claims, token_type: 'refresh' })
    expect(await whoIs(ctx, tokens)).toEqual({ profileId: id, sessionId: session?.id })
  })

  it('keeps no token', async () => {
    const { ctx, tokens } = await signedIn()
    const rows = await ctx.db.query('select s::text as row from sessions s where app_id = $1', [ctx.appId])
    for (const token of Object.values(tokens)) expect(JSON.stringify(rows)).not.toContain(token.split('.')[2])
  })

  it('lets its access token in for a quarter of an hour, and its refresh token for 30 days', async () => {
    const { ctx, tokens } = await signedIn()
    expect(await faultOf(whoIs(later(ctx, quarterMs - 2_000), tokens))).toBeUndefined()
    expect(await faultOf(whoIs(later(ctx, quarterMs + 1_000), tokens))).toEqual({ code: 'token_expired' })
    const late = later(ctx, monthMs + 1_000)
    expect(await faultOf(renewSession(late, tokens.refresh))).toEqual({ code: 'token_expired' })
    expect(await faultOf(renewSession(later(ctx, monthMs - 2_000), tokens.refresh))).toBeUndefined()
  })

  it('takes no token of another app, of another use, of another key, of no algorithm, or cut short', async () => {
    const { ctx, id, tokens } = await signedIn()
    const stranger = await database.newApp()
    const claims = claimsOf(tokens.access)
    const sign = (key: Buffer, more: object = {}) =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'HS256' }).sign(key)
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokens.access.split('.')[1]}.`
    const bad = ['', 'x', none, tokens.refresh, tokens.access.slice(0, -2), await sign(randomBytes(32))]
    for (const access of bad) expect(await faultOf(whoIs(ctx, { access }))).toEqual(invalid)
    expect(await faultOf(whoIs(stranger, tokens))).toEqual(invalid)
    expect(await faultOf(renewSession(ctx, tokens.access))).toEqual(invalid)
    expect(await faultOf(renewSession(stranger, tokens.refresh))).toEqual(invalid)
    // Signed by the other app's own key, with the names of this one.
    const forged = await sign(stranger.keys.hash('session tokens', stranger.appId))
    expect(await faultOf(whoIs(ctx, { access: forged }))).toEqual(invalid)
    expect(await faultOf(whoIs(stranger, { access: forged }))).toEqual(invalid)
    expect(await listSessions(ctx, byId(id))).toHaveLength(1)
  })
})

describe('renewSession', () => {
  it('gives new tokens for the newest refresh token, and the session 30 days more', async () => {
    const { ctx, id, tokens } = await signedIn()
    const next = later(ctx, 86_400_000)
    const renewed = await renewSession(next, tokens.refresh)
    expect(await whoIs(next, renewed)).toMatchObject({ profileId: id })
    expect(await listSessions(next, byId(id))).toMatchObject([
      { renewedAt: next.now, expiresAt: new Date(next.now.getTime() + monthMs) },
    ])
    expect(await faultOf(renewSession(next, renewed.refresh))).toBeUndefined()
  })

  it('ends the session when a refresh token comes a second time, for whoever has its tokens', async () => {
    const { ctx, id, tokens } = await signedIn()
    const renewed = await renewSession(ctx, tokens.refresh)
    expect(await faultOf(renewSession(ctx, tokens.refresh))).toEqual(invalid)
    expect(await faultOf(renewSession(ctx, renewed.refresh))).toEqual(invalid)
    expect(await faultOf(whoIs(ctx, renewed))).toEqual(invalid)
    expect(await listSessions(ctx, byId(id))).toEqual([])
  })

  it('renews once when one refresh token comes many times at once', async () => {
    const { ctx, tokens } = await signedIn()
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => renewSession(ctx, tokens.refresh)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

describe('the end of sessions', () => {
  it('comes for one, for all, and never for those of another profile or app', async () => {
    const { ctx, id, tokens } = await signedIn()
    const second = await begin(ctx, id)
    const other = await createProfile(ctx, {})
    const others = await begin(ctx, other.id)
    const stranger = await database.newApp()
    const { sessionId } = await whoIs(ctx, tokens)
    const unknown = { code: 'session_not_found' }
    expect(await faultOf(endSession(ctx, byId(other.id), sessionId))).toEqual(unknown)
    expect(await faultOf(endSession(ctx, byId(id), newId()))).toEqual(unknown)
    expect(await faultOf(endSession(ctx, byId(id), 'x'))).toEqual(unknown)
    expect(await faultOf(endSession(stranger, byId(id), sessionId))).toEqual({ code: 'profile_not_found' })
    await endSession(ctx, byId(id), sessionId)
    expect(await faultOf(whoIs(ctx, tokens))).toEqual(invalid)
    expect(await faultOf(whoIs(ctx, second))).toBeUndefined()
    await endAllSessions(ctx, byId(id))
    expect(await faultOf(whoIs(ctx, second))).toEqual(invalid)
    expect(await faultOf(whoIs(ctx, others))).toBeUndefined()
  })

  it('comes with a change of password, but for the session that it is made in', async () => {
    const ctx = await database.newApp()
    const [current, next] = ['plum-Orchard-77', 'quince-Meadow-12']
    const { profile } = await registerPerson(ctx, { profile: { username: 'ada' }, password: current })
    const [own, elsewhere] = [await begin(ctx, profile.id), await begin(ctx, profile.id)]
    const { sessionId } = await whoIs(ctx, own)
    await changePassword(ctx, profile.id, { current, next, address: '192.0.2.1', sessionId })
    expect(await faultOf(whoIs(ctx, own))).toBeUndefined()
    expect(await faultOf(whoIs(ctx, elsewhere))).toEqual(invalid)
  })

  it('comes with the end of the profile; a merge gives them to a target without a password', async () => {
    const { ctx, id, tokens } = await signedIn()
    const target = await createProfile(ctx, {})
    await mergeProfiles(ctx, { target: byId(target.id), source: byId(id) })
    expect(await whoIs(ctx, tokens)).toMatchObject({ profileId: target.id })
    await deleteProfile(ctx, byId(target.id))
    expect(await faultOf(whoIs(ctx, tokens))).toEqual(invalid)
    expect(await faultOf(begin(ctx, id))).toEqual({ code: 'profile_not_found' })
  })

  it('comes for the oldest of more than 100', async () => {
    const { ctx, id, tokens } = await signedIn()
    for (let i = 0; i < 100; i++) await begin(ctx, id)
    expect(await listSessions(ctx, byId(id))).toHaveLength(100)
    expect(await faultOf(whoIs(ctx, tokens))).toEqual(invalid)
  })

  it('comes by itself, and leaves no row', async () => {
    const { ctx, id } = await signedIn()
    const late = later(ctx, monthMs + 1_000)
    expect(await forgetEndedSessions(ctx, ctx.appId, 10)).toBe(0)
    expect(await listSessions(late, byId(id))).toEqual([])
    expect(await forgetEndedSessions(late, ctx.appId, 10)).toBe(1)
  })
})

it('needs the right to write for whatever gives or ends a session', async () => {
  const { ctx, id, tokens } = await signedIn()
  const reader = { ...ctx, scopes: new Set(['profiles:read'] as const) }
  const denied = { code: 'scope_missing', scope: 'profiles:write' }
  const { sessionId } = await whoIs(ctx, tokens)
  for (const attempt of [
    openSession(reader, id, ''),
    renewSession(reader, tokens.refresh),
    endSession(reader, byId(id), sessionId),
    endAllSessions(reader, byId(id)),
  ]) {
    expect(await faultOf(attempt)).toEqual(denied)
  }
})
