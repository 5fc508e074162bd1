import { describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx, IdempotentRequest } from '../context.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { listProfilesByOffset } from '../profiles/profiles-list.service.ts'
import { checkRegistration, findPasswordChange, registerPerson } from './credentials.service.ts'
import { login } from './logins.service.ts'
import { createTokenDirectory } from './profile-tokens.directory.ts'
import { authenticatePerson } from './profile-tokens.service.ts'

const database = useDatabase()
const directory = createTokenDirectory(database.db, steadyNotices)
const password = 'correct horse battery'
const address = '203.0.113.7'

const tables = [
  'profiles',
  'credentials',
  'profile_tokens',
  'login_failures',
  'profile_words',
  'events_pending',
] as const

/** How many rows each table has of the app. */
async function rowsOf(ctx: Ctx): Promise<Record<(typeof tables)[number], number>> {
  const counts = tables.map((table) => `(select count(*)::int from ${table} where app_id = $1) as ${table}`)
  const [row] = await ctx.db.query<Record<(typeof tables)[number], number>>(`select ${counts.join(', ')}`, [ctx.appId])
  if (row === undefined) throw new Error('Nothing was counted')
  return row
}

describe('registerPerson', () => {
  it('makes a profile that its password and its token let in', async () => {
    const ctx = await database.newApp()
    const { profile, token } = await registerPerson(ctx, {
      profile: { username: 'ada', email: 'ada@example.com', firstName: 'Ada' },
      password,
    })
    expect(token).toMatch(/^[0-9a-f]{40}$/)
    expect(await login(ctx, { name: 'ADA', password, address })).toEqual(profile)
    expect(await login(ctx, { name: 'Ada@Example.com', password, address })).toEqual(profile)
    expect((await authenticatePerson(ctx, directory, 'permanent', token)).profileId).toBe(profile.id)
    expect(await findPasswordChange(ctx, profile.id)).toEqual(profile.createdAt)
  })

  it('makes one without a password, whom no password lets in', async () => {
    const ctx = await database.newApp()
    for (const [username, none] of [
      ['ada', undefined],
      ['bob', ''],
    ] as const) {
      const { profile, token } = await registerPerson(ctx, { profile: { username }, password: none })
      await expect(login(ctx, { name: username, password: '', address })).rejects.toMatchObject({
        fault: { code: 'login_failed' },
      })
      expect((await authenticatePerson(ctx, directory, 'permanent', token)).profileId).toBe(profile.id)
      expect(await findPasswordChange(ctx, profile.id)).toBeUndefined()
    }
  })

  it('makes those without a password who come together in one statement, each with a token of its own', async () => {
    const ctx = await database.newApp()
    const sent: string[] = []
    const query: Ctx['db']['query'] = (text, values) => {
      sent.push(text)
      return ctx.db.query(text, values)
    }
    const together = { ...ctx, db: { ...ctx.db, query } }
    const people = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        registerPerson(together, { profile: { username: `person-${i}` }, password: undefined }),
      ),
    )
    expect(sent).toHaveLength(1)
    for (const { profile, token } of people) {
      expect((await authenticatePerson(ctx, directory, 'permanent', token)).profileId).toBe(profile.id)
    }
  })

  it('leaves nothing behind when a rule is broken, a name is taken or the tokens cannot be stored', async () => {
    const ctx = await database.newApp()
    await registerPerson(ctx, { profile: { username: 'ada' }, password })
    const before = await rowsOf(ctx)
    const refused = (username: string, chosen: string) =>
      expect(registerPerson(ctx, { profile: { username, fullName: 'Ada L' }, password: chosen })).rejects
    await refused('a', 'shorter?').toMatchObject({
      fault: {
        code: 'input_invalid',
        issues: [
          { path: ['username'], rule: 'too_short', limit: 3 },
          { path: ['password'], rule: 'too_short', limit: 9 },
        ],
      },
    })
    await refused('bob', 'bob').toMatchObject({ fault: { code: 'input_invalid' } })
    await refused('ADA', password).toMatchObject({ fault: { code: 'identifier_taken', fields: ['username'] } })
    const seal = () => {
      throw new Error('No seal')
    }
    const broken = { ...ctx.keys, seal }
    await expect(registerPerson({ ...ctx, keys: broken }, { profile: { username: 'carl' }, password })).rejects.toThrow(
      'No seal',
    )
    expect(await rowsOf(ctx)).toEqual(before)
  })

  it('gives the first answer to a repeat under its idempotency key, and makes nothing again', async () => {
    const ctx = await database.newApp()
    const idempotency = (): IdempotentRequest => ({
      sealer: ctx.keys,
      appId: ctx.appId,
      scope: Buffer.alloc(32, 7),
      bodyHash: Buffer.alloc(32, 1),
      replayed: false,
    })
    const registration = { profile: { username: 'ada' }, password }
    const first = await registerPerson({ ...ctx, idempotency: idempotency() }, registration)
    const again = idempotency()
    expect(await registerPerson({ ...ctx, idempotency: again }, registration)).toEqual(first)
    expect(again.replayed).toBe(true)
    expect(await rowsOf(ctx)).toMatchObject({ profiles: 1, credentials: 1, profile_tokens: 1 })
  })

  const rounds = process.env.FACET_PROVE ? 100 : 3
  it(`lets one of 100 win who register one name in different case at once, ${rounds} rounds`, async () => {
    const ctx = await database.newApp()
    for (let round = 1; round <= rounds; round++) {
      const name = `grace${round}`
      const spelled = (i: number) => [...name].map((c, at) => ((i >> at) & 1 ? c.toUpperCase() : c)).join('')
      const results = await Promise.allSettled(
        Array.from({ length: 100 }, (_, i) => registerPerson(ctx, { profile: { username: spelled(i) }, password })),
      )
      const lost = results.filter((result) => result.status === 'rejected')
      expect(lost).toHaveLength(99)
      for (const { reason } of lost) expect(reason.fault).toEqual({ code: 'identifier_taken', fields: ['username'] })
      expect(await rowsOf(ctx)).toMatchObject({ profiles: round, credentials: round, profile_tokens: round })
    }
    expect((await listProfilesByOffset(ctx, { skip: 0, take: 0 })).total).toBe(rounds)
  }, 600_000)

  it('needs the right to write', async () => {
    const ctx = { ...(await database.newApp()), scopes: new Set(['profiles:read'] as const) }
    const denied = { fault: { code: 'scope_missing', scope: 'profiles:write' } }
    await expect(registerPerson(ctx, { profile: { username: 'ada' }, password })).rejects.toMatchObject(denied)
    await expect(checkRegistration(ctx, { profile: { username: 'ada' }, password })).rejects.toMatchObject(denied)
  })
})

describe('checkRegistration', () => {
  it('finds nothing wrong where registerPerson would succeed, and writes nothing', async () => {
    const ctx = await database.newApp()
    expect(await checkRegistration(ctx, { profile: { username: 'ada', email: 'ada@example.com' }, password })).toEqual(
      [],
    )
    expect(await checkRegistration(ctx, { profile: { username: 'ada' }, password: '' })).toEqual([])
    expect(await rowsOf(ctx)).toMatchObject({ profiles: 0, credentials: 0 })
  })

  it('names every broken field, every taken identifier and all that is wrong with the password, at once', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { username: 'Lovelace', email: 'ada@example.com' })
    const profile = {
      username: 'lovelace',
      email: 'ADA@example.com',
      firstName: 'x'.repeat(256),
      lastName: 'Lovelace',
      country: 'XX',
    }
    expect(await checkRegistration(ctx, { profile, password: 'l0velace' })).toEqual([
      { path: ['firstName'], rule: 'too_long', limit: 255 },
      { path: ['country'], rule: 'choice' },
      { path: ['username'], rule: 'taken' },
      { path: ['email'], rule: 'taken' },
      { path: ['password'], rule: 'too_similar', similarTo: 'username' },
      { path: ['password'], rule: 'too_short', limit: 9 },
    ])
  })

  it('takes a name that folds to a taken one for taken, and does not look up one that breaks its rule', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { username: 'office' })
    const issues = async (username: string) => checkRegistration(ctx, { profile: { username }, password: undefined })
    for (const username of ['OFFICE', 'oﬃce', 'ｏｆｆｉｃｅ']) {
      expect(await issues(username)).toEqual([{ path: ['username'], rule: 'taken' }])
    }
    expect(await issues('off/ice')).toEqual([{ path: ['username'], rule: 'format' }])
  })
})
