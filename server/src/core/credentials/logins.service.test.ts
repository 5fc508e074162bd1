import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { createPasswords } from '../../infra/passwords/passwords.ts'
import type { Ctx } from '../context.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { importPasswordHash, registerPerson } from './credentials.service.ts'
import { forgetOldLoginFailures } from './login-failures.service.ts'
import { login, verifyPassword } from './logins.service.ts'

const database = useDatabase()
const password = 'correct horse battery'
const home = '203.0.113.7'
const elsewhere = '198.51.100.23'

async function newPerson(username = 'ada'): Promise<{ ctx: Ctx; profile: Profile }> {
  const ctx = await database.newApp()
  const { profile } = await registerPerson(ctx, { profile: { username, email: `${username}@example.com` }, password })
  return { ctx, profile }
}

const minutesLater = (ctx: Ctx, minutes: number): Ctx => ({
  ...ctx,
  now: new Date(ctx.now.getTime() + minutes * 60_000),
})
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const fail = (ctx: Ctx, name = 'ada', address = home) => faultOf(login(ctx, { name, password: 'wrong', address }))
const enter = (ctx: Ctx, name = 'ada', address = home) => login(ctx, { name, password, address })

async function hashOf(ctx: Ctx): Promise<string> {
  const [row] = await ctx.db.query<{ hash: string }>(
    'select password_hash as hash from credentials where app_id = $1',
    [ctx.appId],
  )
  return row?.hash ?? ''
}

/** Counts the statements of some work, without what they ask for. */
async function statementsOf(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>): Promise<string[]> {
  const texts: string[] = []
  const db: Ctx['db'] = {
    ...ctx.db,
    query(text, values) {
      texts.push(text)
      return ctx.db.query(text, values)
    },
  }
  await work({ ...ctx, db })
  return texts
}

describe('login', () => {
  it('refuses an unknown name, a person without a password and a wrong password alike: fault, statements, count', async () => {
    const { ctx } = await newPerson()
    await registerPerson(ctx, { profile: { username: 'bob' }, password: undefined })
    const [known, passwordless, unknown] = await Promise.all(
      ['ada', 'bob', 'nobody'].map(async (name) => {
        const faults: unknown[] = []
        const statements = await statementsOf(ctx, async (counted) => {
          for (let i = 0; i < 12; i++) faults.push(await fail(counted, name))
        })
        return { faults, statements }
      }),
    )
    expect(known).toEqual(unknown)
    expect(passwordless).toEqual(unknown)
    expect(known?.faults.slice(0, 9)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1].map((attemptsLeft) => ({ code: 'login_failed', attemptsLeft })),
    )
    expect(known?.faults.slice(9)).toEqual(Array(3).fill({ code: 'login_locked', retryAfterMs: 1_800_000 }))
  })

  it('tells by no count that a username and an e-mail are of one person', async () => {
    const { ctx } = await newPerson()
    for (let i = 0; i < 9; i++) await fail(ctx)
    expect(await fail(ctx, 'ada@example.com')).toEqual({ code: 'login_failed', attemptsLeft: 9 })
  })

  it('locks one address out of an account, and not its owner elsewhere', async () => {
    const { ctx, profile } = await newPerson()
    for (let i = 0; i < 10; i++) await fail(ctx, 'ada', elsewhere)
    expect(await faultOf(enter(ctx, 'ada', elsewhere))).toMatchObject({ code: 'login_locked' })
    expect((await enter(ctx, 'ada', home)).id).toBe(profile.id)
    // What the owner does elsewhere frees nobody.
    expect(await faultOf(enter(ctx, 'ADA', elsewhere))).toMatchObject({ code: 'login_locked' })
  })

  it('locks all of an IPv6 network that one host may have', async () => {
    const { ctx } = await newPerson()
    for (let i = 0; i < 10; i++) await fail(ctx, 'ada', `2001:db8:1:2::${i}`)
    expect(await faultOf(enter(ctx, 'ada', '2001:db8:1:2:ffff::9'))).toMatchObject({ code: 'login_locked' })
    expect((await enter(ctx, 'ada', '2001:db8:1:3::9')).username).toBe('ada')
  })

  it('does not hash while it is locked, and unlocks 30 minutes after the last failure', async () => {
    const { ctx } = await newPerson()
    for (let i = 0; i < 10; i++) await fail(ctx)
    const deaf = { hash: () => Promise.reject(new Error('hashed')), verify: () => Promise.reject(new Error('hashed')) }
    const early = minutesLater(ctx, 29)
    expect(await faultOf(enter({ ...early, passwords: deaf }))).toEqual({ code: 'login_locked', retryAfterMs: 60_000 })
    const late = minutesLater(ctx, 30)
    expect((await enter(late)).username).toBe('ada')
    expect(await fail(late)).toEqual({ code: 'login_failed', attemptsLeft: 9 })
  })

  it('forgets failures that are 30 minutes old, and all of an address once the password is right', async () => {
    const { ctx } = await newPerson()
    for (let i = 0; i < 9; i++) await fail(ctx)
    expect(await fail(minutesLater(ctx, 31))).toEqual({ code: 'login_failed', attemptsLeft: 9 })
    await enter(minutesLater(ctx, 31))
    expect(await fail(minutesLater(ctx, 32))).toEqual({ code: 'login_failed', attemptsLeft: 9 })
  })

  it('counts every one of many failures at once, and lets no right guess in that comes behind the tenth', async () => {
    const { ctx } = await newPerson()
    const faults = await Promise.all(Array.from({ length: 40 }, () => fail(ctx)))
    expect(
      faults
        .filter(({ code }) => code === 'login_failed')
        .map(({ attemptsLeft }) => attemptsLeft)
        .sort(),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const rows = await ctx.db.query('select failures from login_failures where app_id = $1', [ctx.appId])
    expect(rows).toEqual([{ failures: 40 }])

    const other = await newPerson()
    const right = enter({
      ...other.ctx,
      passwords: {
        ...other.ctx.passwords,
        async verify(hash, given) {
          for (let i = 0; i < 10; i++) await fail(other.ctx)
          return other.ctx.passwords.verify(hash, given)
        },
      },
    })
    expect(await faultOf(right)).toMatchObject({ code: 'login_locked' })
  })

  it('takes a password of a megabyte, half a character or an endless name for wrong, without hashing them', async () => {
    const { ctx } = await newPerson()
    for (const given of ['x'.repeat(1_048_576), '\ud83d', '']) {
      expect(await faultOf(login(ctx, { name: 'ada', password: given, address: home }))).toMatchObject({
        code: 'login_failed',
      })
    }
    for (const name of ['', '\0', 'ada\0', '\ud83d', 'x'.repeat(1_048_576)]) {
      expect(await fail(ctx, name, elsewhere)).toMatchObject({ code: 'login_failed' })
    }
  })

  it('hashes an outdated password anew, unless a newer one came meanwhile, and lets in without room to do so', async () => {
    const { ctx } = await newPerson()
    const brought = 'pbkdf2_sha1$1000$seasalt$A+aTBspKTCfQf8Jra2rUiuzsceA='
    const old = 'argon2$argon2id$v=19$m=512,t=1,p=1$U2TAkqfhOF9obTyfRxU2Ww$KpjJjaTONi0Ln4RBof6qgcxdOoxh+eB3BdyFTJfkQFM'
    const setHash = (hash: string) =>
      ctx.db.query('update credentials set password_hash = $2 where app_id = $1', [ctx.appId, hash])
    const given = { name: 'ada', password: 'lètmein-Пароль-密码', address: home }

    await setHash(old)
    const full = createPasswords({ width: 1, longest: 0 })
    const noRoom = { ...full, hash: () => Promise.all([full.hash('a'), full.hash('b')]).then(([hash]) => hash) }
    expect((await login({ ...ctx, passwords: noRoom }, given)).username).toBe('ada')
    expect(await hashOf(ctx)).toBe(old)

    await login(
      {
        ...ctx,
        passwords: { ...ctx.passwords, hash: (text) => setHash(brought).then(() => ctx.passwords.hash(text)) },
      },
      given,
    )
    expect(await hashOf(ctx)).toBe(brought)

    await setHash(old)
    await login(ctx, given)
    expect(await hashOf(ctx)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect((await login(ctx, given)).username).toBe('ada')
    expect(await faultOf(enter(ctx))).toMatchObject({ code: 'login_failed' })
  })

  it('goes by a proved e-mail, then by a username, then by an e-mail that was not proved', async () => {
    const ctx = await database.newApp()
    const add = (profile: object, own: string) => registerPerson(ctx, { profile, password: own })
    const byEmail = await add({ username: 'carol', email: 'carol@example.com' }, 'the e-mail is mine')
    const byName = await add({ username: 'carol@example.com' }, 'the username is mine')
    const enterAs = async (own: string) =>
      (await login(ctx, { name: 'Carol@Example.com', password: own, address: home }).catch(() => undefined))?.id
    expect(await enterAs('the username is mine')).toBe(byName.profile.id)
    expect(await enterAs('the e-mail is mine')).toBeUndefined()
    await ctx.db.query('update profiles set email_verified_at = now() where app_id = $1 and id = $2', [
      ctx.appId,
      byEmail.profile.id,
    ])
    expect(await enterAs('the e-mail is mine')).toBe(byEmail.profile.id)
    expect(await enterAs('the username is mine')).toBeUndefined()
  })

  it('lets nobody into another app', async () => {
    await newPerson()
    const other = await database.newApp()
    expect(await faultOf(enter(other))).toMatchObject({ code: 'login_failed' })
  })
})

describe('verifyPassword', () => {
  it('counts with logins under the username, and has faults of its own', async () => {
    const { ctx, profile } = await newPerson()
    const verify = (given: string, address = home) =>
      faultOf(verifyPassword(ctx, profile.id, { password: given, address }))
    for (let i = 0; i < 8; i++) await fail(ctx)
    expect(await verify('wrong')).toEqual({ code: 'password_wrong', attemptsLeft: 1 })
    expect(await verify(password)).toBeUndefined()
    for (let i = 0; i < 9; i++) await verify('wrong')
    expect(await verify('wrong')).toEqual({ code: 'password_locked', retryAfterMs: 1_800_000 })
    expect(await fail(ctx)).toMatchObject({ code: 'login_locked' })
    expect(await verify(password, elsewhere)).toBeUndefined()
  })

  it('hashes an outdated password anew, and refuses every one of a person who has none', async () => {
    const { ctx } = await newPerson()
    const { profile } = await registerPerson(ctx, { profile: { username: 'bob' }, password: undefined })
    const proof = { password: 'lètmein-Пароль-密码', address: home }
    expect(await faultOf(verifyPassword(ctx, profile.id, proof))).toMatchObject({ code: 'password_wrong' })
    const hash = 'bcrypt_sha256$$2b$04$Imi5t/d4EroEjWRr/SvRK.0/ZngALfGc2fwGr9iManTUGisLY8hvu'
    await importPasswordHash(ctx, { by: 'id', value: profile.id }, hash)
    await verifyPassword(ctx, profile.id, proof)
    const rows = await ctx.db.query('select 1 from credentials where app_id = $1 and password_hash = $2', [
      ctx.appId,
      hash,
    ])
    expect(rows).toEqual([])
  })
})

describe('login_failures', () => {
  it('hold no name and no id, and are forgotten by the job once they count for nothing', async () => {
    const { ctx, profile } = await newPerson()
    await fail(ctx)
    await fail(minutesLater(ctx, 10), 'nobody')
    // Without the id of the app, whose digits may spell a name.
    const rows = await ctx.db.query<{ account: Buffer; rest: string }>(
      `select account, (to_jsonb(f) - array['app_id', 'account'])::text as rest from login_failures f where app_id = $1`,
      [ctx.appId],
    )
    expect(rows).toHaveLength(2)
    const text = rows.map(({ account, rest }) => `${account.toString('latin1')} ${rest}`).join()
    for (const secret of ['ada', 'nobody', profile.id]) expect(text).not.toContain(secret)
    expect(await forgetOldLoginFailures(minutesLater(ctx, 29), ctx.appId, 100)).toBe(0)
    expect(await forgetOldLoginFailures(minutesLater(ctx, 31), ctx.appId, 100)).toBe(1)
    expect(await forgetOldLoginFailures(minutesLater(ctx, 41), ctx.appId, 100)).toBe(1)
  })
})
