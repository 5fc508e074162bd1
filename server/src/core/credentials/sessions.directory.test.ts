import { afterEach, describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openNotices } from '../../infra/db/notices.ts'
import type { Ctx } from '../context.ts'
import { newId } from '../ids.ts'
import type { Keys } from '../ports.ts'
import { mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { holdProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { createSessionDirectory, type SessionDirectory } from './sessions.directory.ts'
import { authenticateSession, beginSession, endAllSessions, endSession } from './sessions.service.ts'

const database = useDatabase()
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const byId = (id: string) => ({ by: 'id', value: id }) as const
const later = (ctx: Ctx, ms: number): Ctx => ({ ...ctx, now: new Date(ctx.now.getTime() + ms) })
const quarterMs = 15 * 60_000
const invalid = { code: 'token_invalid' }
const withinASecond = { timeout: 1_000, interval: 20 }

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const notices of opened.splice(0)) await notices.close()
})

/** The directory of another process, which hears what the database tells and asks for nothing that it knows. */
async function openDirectory(): Promise<SessionDirectory> {
  const notices = openNotices(database.address, quietLog)
  opened.push(notices)
  await expect.poll(() => notices.trusted).toBe(true)
  return createSessionDirectory(database.db, notices)
}

async function signedIn(): Promise<{ ctx: Ctx; id: string; access: string }> {
  const ctx = await database.newApp()
  const { id } = await createProfile(ctx, {})
  const { access } = await inTx(ctx, async (tx) => {
    await holdProfile(tx, byId(id))
    return beginSession(tx, id)
  })
  return { ctx, id, access }
}

describe('a session that is remembered', () => {
  it('ends for every process within a second, though none asks again for a session that it knows', async () => {
    const { ctx, id, access } = await signedIn()
    const directory = await openDirectory()
    const { sessionId } = await authenticateSession(ctx, directory, access)
    // Taken away behind its back: what is remembered still holds.
    await ctx.db.query('update sessions set id = $2 where app_id = $1', [ctx.appId, newId()])
    expect(await faultOf(authenticateSession(ctx, directory, access))).toBeUndefined()
    await ctx.db.query('update sessions set id = $2 where app_id = $1', [ctx.appId, sessionId])
    await endSession(ctx, byId(id), sessionId)
    await expect.poll(() => faultOf(authenticateSession(ctx, directory, access)), withinASecond).toEqual(invalid)
  })

  it("is the target's for every process within a second of a merge", async () => {
    const { ctx, id, access } = await signedIn()
    const directory = await openDirectory()
    const whose = async () => (await authenticateSession(ctx, directory, access)).profileId
    expect(await whose()).toBe(id)
    const target = await createProfile(ctx, {})
    await mergeProfiles(ctx, { target: byId(target.id), source: byId(id) })
    await expect.poll(whose, withinASecond).toBe(target.id)
  })
})

describe('a token that is remembered', () => {
  it('is refused once it has expired', async () => {
    const { ctx, access } = await signedIn()
    const directory = createSessionDirectory(database.db, steadyNotices)
    const enter = (ms: number) => faultOf(authenticateSession(later(ctx, ms), directory, access))
    expect(await enter(0)).toBeUndefined()
    expect(await enter(quarterMs - 2_000)).toBeUndefined()
    expect(await enter(quarterMs + 1_000)).toEqual({ code: 'token_expired' })
  })

  it('is not taken by another app, even one that has a session of the same id', async () => {
    const { ctx, access } = await signedIn()
    const stranger = await database.newApp()
    const directory = createSessionDirectory(database.db, steadyNotices)
    await authenticateSession(ctx, directory, access)
    await ctx.db.query(
      `insert into sessions (app_id, id, profile_id, created_at, renewed_at, expires_at)
       select $2, id, profile_id, created_at, renewed_at, expires_at from sessions where app_id = $1`,
      [ctx.appId, stranger.appId],
    )
    expect(await faultOf(authenticateSession(stranger, directory, access))).toEqual(invalid)
    expect(await faultOf(authenticateSession(ctx, directory, access))).toBeUndefined()
  })

  it('is verified once, and refused all the same once its session has ended', async () => {
    const { ctx, id, access } = await signedIn()
    // Sessions are asked for each time, so that the token alone is remembered.
    const directory = createSessionDirectory(database.db, { ...steadyNotices, trusted: false })
    let verified = 0
    const hash: Keys['hash'] = (...given) => {
      verified++
      return ctx.keys.hash(...given)
    }
    const enter = () => faultOf(authenticateSession({ ...ctx, keys: { ...ctx.keys, hash } }, directory, access))
    expect([await enter(), await enter(), verified]).toEqual([undefined, undefined, 1])
    await endAllSessions(ctx, byId(id))
    expect([await enter(), verified]).toEqual([invalid, 1])
  })

  it('is none that was refused: it is looked at anew, and refused again', async () => {
    const { ctx, access } = await signedIn()
    const directory = createSessionDirectory(database.db, steadyNotices)
    const forged = `${access.slice(0, -4)}AAAA`
    for (let i = 0; i < 2; i++) expect(await faultOf(authenticateSession(ctx, directory, forged))).toEqual(invalid)
    expect(await faultOf(authenticateSession(ctx, directory, access))).toBeUndefined()
  })
})
