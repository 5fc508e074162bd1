import { describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { deleteProfile } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { registerPerson } from './credentials.service.ts'
import { createTokenDirectory } from './profile-tokens.directory.ts'
import { authenticatePerson, expireTemporaryToken, getPersonTokens } from './profile-tokens.service.ts'

const database = useDatabase()
const directory = createTokenDirectory(database.db, steadyNotices)
const hoursLater = (ctx: Ctx, hours: number): Ctx => ({ ...ctx, now: new Date(ctx.now.getTime() + hours * 3_600_000) })
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const nobody = '01900000-0000-7000-8000-000000000000'

describe('getPersonTokens', () => {
  it('gives the token of the registration, and makes what is missing, once', async () => {
    const ctx = await database.newApp()
    const { profile, token } = await registerPerson(ctx, { profile: { username: 'ada' }, password: undefined })
    const all = await Promise.all(Array.from({ length: 10 }, () => getPersonTokens(ctx, profile.id)))
    expect(all[0]).toEqual({
      permanent: token,
      temporary: expect.stringMatching(/^[0-9a-f]{40}$/),
      temporaryExpiresAt: new Date(ctx.now.getTime() + 6 * 3_600_000),
    })
    for (const tokens of all) expect(tokens).toEqual(all[0])
    const made = await createProfile(ctx, {})
    expect(
      (await authenticatePerson(ctx, directory, 'permanent', (await getPersonTokens(ctx, made.id)).permanent))
        .profileId,
    ).toBe(made.id)
  })

  it('replaces a temporary token that has ended, and keeps the permanent one', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const first = await getPersonTokens(ctx, id)
    const second = await getPersonTokens(hoursLater(ctx, 6), id)
    expect(second.permanent).toBe(first.permanent)
    expect(second.temporary).not.toBe(first.temporary)
  })

  it('makes none for a profile that is gone, is of another app or was never there', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const { id } = await createProfile(ctx, {})
    const missing = { code: 'profile_not_found' }
    expect(await faultOf(getPersonTokens(other, id))).toEqual(missing)
    expect(await faultOf(getPersonTokens(ctx, nobody))).toEqual(missing)
    await deleteProfile(ctx, { by: 'id', value: id })
    expect(await faultOf(getPersonTokens(ctx, id))).toEqual(missing)
  })

  it('needs the right to write', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const reader = { ...ctx, scopes: new Set(['profiles:read'] as const) }
    const denied = { code: 'scope_missing', scope: 'profiles:write' }
    expect(await faultOf(getPersonTokens(reader, id))).toEqual(denied)
    expect(await faultOf(expireTemporaryToken(reader, id))).toEqual(denied)
  })
})

describe('authenticatePerson', () => {
  it('takes each token for its own kind only', async () => {
    const ctx = await database.newApp()
    const profile = await createProfile(ctx, { username: 'ada', attributes: { plan: 'gold' } })
    const { permanent, temporary } = await getPersonTokens(ctx, profile.id)
    const person = { profileId: profile.id, hasUsername: true }
    expect(await authenticatePerson(ctx, directory, 'permanent', permanent)).toMatchObject(person)
    expect(await authenticatePerson(ctx, directory, 'temporary', temporary)).toMatchObject(person)
    const invalid = { code: 'token_invalid' }
    expect(await faultOf(authenticatePerson(ctx, directory, 'temporary', permanent))).toEqual(invalid)
    expect(await faultOf(authenticatePerson(ctx, directory, 'permanent', temporary))).toEqual(invalid)
  })

  it('knows several who come at the same time, each by their own token and in their own app', async () => {
    const apps = [await database.newApp(), await database.newApp()]
    const people = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const ctx = apps[i % 2] as Ctx
        const { id } = await createProfile(ctx, {})
        return { ctx, id, ...(await getPersonTokens(ctx, id)) }
      }),
    )
    const asked = people.flatMap(({ ctx, id, permanent, temporary }, i) => {
      const other = apps[(i + 1) % 2] as Ctx
      return [
        { ctx, kind: 'permanent', token: permanent, id },
        { ctx, kind: 'temporary', token: temporary, id },
        { ctx, kind: 'temporary', token: permanent, id: undefined },
        { ctx: other, kind: 'permanent', token: permanent, id: undefined },
      ] as const
    })
    const found = await Promise.all(
      asked.map(({ ctx, kind, token }) =>
        authenticatePerson(ctx, directory, kind, token).then(
          ({ profileId }) => profileId,
          () => undefined,
        ),
      ),
    )
    expect(found).toEqual(asked.map(({ id }) => id))
  })

  it('refuses unknown and malformed tokens, and those of another app', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const { permanent } = await getPersonTokens(ctx, (await createProfile(ctx, {})).id)
    const tokens = [
      '',
      'x',
      permanent.toUpperCase(),
      `${permanent}\n`,
      ` ${permanent}`,
      'f'.repeat(40),
      '\0'.repeat(40),
    ]
    for (const token of tokens) {
      expect(await faultOf(authenticatePerson(ctx, directory, 'permanent', token))).toEqual({ code: 'token_invalid' })
    }
    expect(await faultOf(authenticatePerson(other, directory, 'permanent', permanent))).toEqual({
      code: 'token_invalid',
    })
  })

  it('says of a temporary token that it has ended after six hours, and knows none that was expired', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const { permanent, temporary } = await getPersonTokens(ctx, id)
    const almost = { ...ctx, now: new Date(ctx.now.getTime() + 6 * 3_600_000 - 1) }
    expect((await authenticatePerson(almost, directory, 'temporary', temporary)).profileId).toBe(id)
    const ended = authenticatePerson(hoursLater(ctx, 6), directory, 'temporary', temporary)
    expect(await faultOf(ended)).toEqual({ code: 'token_expired' })
    await expireTemporaryToken(ctx, id)
    await expireTemporaryToken(ctx, id)
    expect(await faultOf(authenticatePerson(ctx, directory, 'temporary', temporary))).toEqual({ code: 'token_invalid' })
    expect((await authenticatePerson(ctx, directory, 'permanent', permanent)).profileId).toBe(id)
  })
})

describe('profile_tokens', () => {
  it('hold no token that can be read or be opened in another row', async () => {
    const ctx = await database.newApp()
    const [ada, bob] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    const tokens = await getPersonTokens(ctx, ada.id)
    await getPersonTokens(ctx, bob.id)
    const rows = await ctx.db.query<Record<string, unknown>>('select * from profile_tokens where app_id = $1', [
      ctx.appId,
    ])
    expect(rows).toHaveLength(4)
    for (const value of rows.flatMap((row) => Object.values(row))) {
      const read = Buffer.isBuffer(value) ? `${value.toString('latin1')} ${value.toString('hex')}` : String(value)
      for (const token of [tokens.permanent, tokens.temporary]) expect(read).not.toContain(token)
    }
    await ctx.db.query(
      `update profile_tokens set token_sealed = (
         select token_sealed from profile_tokens where app_id = $1 and profile_id = $2 and kind = 'permanent'
       ) where app_id = $1 and profile_id = $3 and kind = 'permanent'`,
      [ctx.appId, ada.id, bob.id],
    )
    await expect(getPersonTokens(ctx, bob.id)).rejects.toThrow()
  })
})
