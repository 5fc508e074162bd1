import { describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { changePassword, importPasswordHash, registerPerson } from '../credentials/credentials.service.ts'
import { login } from '../credentials/logins.service.ts'
import { createTokenDirectory } from '../credentials/profile-tokens.directory.ts'
import { authenticatePerson, getPersonTokens } from '../credentials/profile-tokens.service.ts'
import type { ProfileKey } from '../profiles/profiles.types.ts'
import { deleteProfile, mergeProfiles } from './profile-lifecycle.service.ts'

const database = useDatabase()
const directory = createTokenDirectory(database.db, steadyNotices)
const [address, password] = ['203.0.113.7', 'correct horse battery']
const hash = 'pbkdf2_sha256$20000$seasalt$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8='

const byId = (id: string): ProfileKey => ({ by: 'id', value: id })
const register = (ctx: Ctx, username: string, own: string | undefined = password) =>
  registerPerson(ctx, { profile: { username, email: `${username}@example.com` }, password: own })
const enter = (ctx: Ctx, name: string, own = password) => login(ctx, { name, password: own, address })
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)

/** Every row of the app that somebody could prove themselves with, or that counts how they tried. */
async function left(ctx: Ctx): Promise<unknown[]> {
  return ctx.db.query(
    `select 'password' as what, profile_id from credentials where app_id = $1
     union all select kind, profile_id from profile_tokens where app_id = $1
     union all select 'failures', null from login_failures where app_id = $1 order by what`,
    [ctx.appId],
  )
}

describe('deleteProfile', () => {
  it('leaves no credentials with the tombstone, and no count of failures', async () => {
    const ctx = await database.newApp()
    const { profile, token } = await register(ctx, 'ada')
    const { temporary } = await getPersonTokens(ctx, profile.id)
    for (const name of ['ada', 'ada@example.com']) await faultOf(enter(ctx, name, 'wrong'))
    await faultOf(changePassword(ctx, profile.id, { current: 'wrong', next: 'another horse', address }))
    expect(await left(ctx)).toHaveLength(6)
    await deleteProfile(ctx, byId(profile.id))
    expect(await left(ctx)).toEqual([])
    expect(await faultOf(enter(ctx, 'ada'))).toEqual({ code: 'login_failed', attemptsLeft: 9 })
    for (const [kind, value] of [
      ['permanent', token],
      ['temporary', temporary],
    ] as const) {
      expect(await faultOf(authenticatePerson(ctx, directory, kind, value))).toEqual({ code: 'token_invalid' })
    }
  })

  it('takes none away when it does not go through', async () => {
    const ctx = await database.newApp()
    const { profile } = await register(ctx, 'ada')
    const stale = deleteProfile(ctx, byId(profile.id), { ifRevision: [7] })
    expect(await faultOf(stale)).toEqual({ code: 'revision_stale', revision: 1 })
    expect((await enter(ctx, 'ada')).id).toBe(profile.id)
  })

  const rounds = process.env.FACET_PROVE ? 200 : 20
  it(`leaves none behind beside tokens and imports at the same time, ${rounds} rounds`, async () => {
    const ctx = await database.newApp()
    for (let round = 0; round < rounds; round++) {
      const { profile } = await register(ctx, `user${round}`, undefined)
      await importPasswordHash(ctx, byId(profile.id), hash)
      await Promise.allSettled([
        getPersonTokens(ctx, profile.id),
        importPasswordHash(ctx, byId(profile.id), hash),
        deleteProfile(ctx, byId(profile.id)),
        getPersonTokens(ctx, profile.id),
        importPasswordHash(ctx, byId(profile.id), hash),
      ])
      expect(await left(ctx)).toEqual([])
    }
  }, 60_000)
})

describe('mergeProfiles', () => {
  it('moves password and tokens to a target without a password', async () => {
    const ctx = await database.newApp()
    const [target, source] = [await register(ctx, 'ada', ''), await register(ctx, 'bob')]
    const ended = await getPersonTokens(ctx, source.profile.id)
    await mergeProfiles(ctx, { target: byId(target.profile.id), source: byId(source.profile.id) })
    expect((await enter(ctx, 'ada')).id).toBe(target.profile.id)
    // A token that the target has stays; one that it lacks comes with the source.
    expect((await authenticatePerson(ctx, directory, 'permanent', target.token)).profileId).toBe(target.profile.id)
    expect((await authenticatePerson(ctx, directory, 'temporary', ended.temporary)).profileId).toBe(target.profile.id)
    expect(await faultOf(authenticatePerson(ctx, directory, 'permanent', source.token))).toEqual({
      code: 'token_invalid',
    })
    expect(await getPersonTokens(ctx, target.profile.id)).toEqual({ ...ended, permanent: target.token })
  })

  it('ends those of the source when the target has a password', async () => {
    const ctx = await database.newApp()
    const [target, source] = [await register(ctx, 'ada'), await register(ctx, 'bob', 'quite another horse')]
    await getPersonTokens(ctx, source.profile.id)
    await faultOf(enter(ctx, 'bob', 'wrong'))
    await mergeProfiles(ctx, { target: byId(target.profile.id), source: byId(source.profile.id) })
    expect((await enter(ctx, 'ada')).id).toBe(target.profile.id)
    expect(await faultOf(enter(ctx, 'ada', 'quite another horse'))).toMatchObject({ code: 'login_failed' })
    expect(await left(ctx)).toEqual([
      { what: 'failures', profile_id: null },
      { what: 'password', profile_id: target.profile.id },
      { what: 'permanent', profile_id: target.profile.id },
    ])
  })
})
