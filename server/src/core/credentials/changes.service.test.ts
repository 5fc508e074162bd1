import { describe, expect, it } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { createSequencer, listEvents } from '../feed/feed.service.ts'
import { changePassword, findPasswordChange, importPasswordHash, registerPerson } from './credentials.service.ts'
import type { RegisteredPerson } from './credentials.types.ts'
import { login } from './logins.service.ts'
import { createTokenDirectory } from './profile-tokens.directory.ts'
import { authenticatePerson, getPersonTokens } from './profile-tokens.service.ts'

const database = useDatabase()
const directory = createTokenDirectory(database.db, steadyNotices)
const password = 'correct horse battery'
const address = '203.0.113.7'
const brought = 'pbkdf2_sha256$20000$seasalt$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8='
const broughtPassword = 'lètmein-Пароль-密码'

async function newPerson(): Promise<{ ctx: Ctx } & RegisteredPerson> {
  const ctx = await database.newApp()
  return { ctx, ...(await registerPerson(ctx, { profile: { username: 'ada', lastName: 'Lovelace' }, password })) }
}

const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)

describe('changePassword', () => {
  it('lets the new password in and the old one out, and replaces both tokens', async () => {
    const { ctx, profile, token } = await newPerson()
    const { temporary } = await getPersonTokens(ctx, profile.id)
    const later = { ...ctx, now: new Date(ctx.now.getTime() + 60_000) }
    const tokens = await changePassword(later, profile.id, { current: password, next: 'another horse', address })
    expect((await login(ctx, { name: 'ada', password: 'another horse', address })).id).toBe(profile.id)
    expect(await faultOf(login(ctx, { name: 'ada', password, address }))).toMatchObject({ code: 'login_failed' })
    for (const [kind, old] of [
      ['permanent', token],
      ['temporary', temporary],
    ] as const) {
      expect(await faultOf(authenticatePerson(ctx, directory, kind, old))).toEqual({ code: 'token_invalid' })
      expect((await authenticatePerson(later, directory, kind, tokens[kind])).profileId).toBe(profile.id)
    }
    expect(await getPersonTokens(later, profile.id)).toEqual(tokens)
    expect(await findPasswordChange(ctx, profile.id)).toEqual(later.now)
  })

  it('tells of it in an event that holds no secret', async () => {
    const { ctx, profile } = await newPerson()
    await changePassword(ctx, profile.id, { current: password, next: 'another horse', address })
    await createSequencer(ctx, ctx.appId).number()
    const { events } = await listEvents(ctx, { limit: 10, types: ['profile.password_changed'] })
    expect(events.map(({ subjectId, data }) => ({ subjectId, data: JSON.parse(data) }))).toEqual([
      {
        subjectId: profile.id,
        data: {
          before: { passwordChangedAt: profile.createdAt.toISOString() },
          after: { passwordChangedAt: ctx.now.toISOString() },
        },
      },
    ])
  })

  it('counts wrong current passwords by itself: nine tries are left after the first, none from the tenth on', async () => {
    const { ctx, profile } = await newPerson()
    const change = (current: string, at = ctx, where = address) =>
      faultOf(changePassword(at, profile.id, { current, next: 'another horse', address: where }))
    for (let left = 9; left >= 1; left--) {
      expect(await change('wrong')).toEqual({ code: 'password_wrong', attemptsLeft: left })
    }
    const locked = { code: 'password_locked', retryAfterMs: 1_800_000 }
    expect(await change('wrong')).toEqual(locked)
    expect(await change(password)).toEqual(locked)
    expect((await login(ctx, { name: 'ada', password, address })).id).toBe(profile.id)
    expect(await change(password, { ...ctx, now: new Date(ctx.now.getTime() + 1_800_000) })).toBeUndefined()
    expect(await change('wrong', ctx, '198.51.100.23')).toEqual({ code: 'password_wrong', attemptsLeft: 9 })
  })

  it('names every rule that the new password breaks, changes nothing then, and begins the count anew', async () => {
    const { ctx, profile, token } = await newPerson()
    const change = (current: string, next: string) =>
      faultOf(changePassword(ctx, profile.id, { current, next, address }))
    await change('wrong', 'another horse')
    expect(await change(password, 'l0velace')).toEqual({
      code: 'input_invalid',
      issues: [
        { path: ['password'], rule: 'too_similar', similarTo: 'lastName' },
        { path: ['password'], rule: 'too_short', limit: 9 },
      ],
    })
    expect(await change(password, 'x'.repeat(1_048_576))).toMatchObject({ issues: [{ rule: 'too_long' }] })
    expect((await authenticatePerson(ctx, directory, 'permanent', token)).profileId).toBe(profile.id)
    expect(await change('wrong', 'another horse')).toEqual({ code: 'password_wrong', attemptsLeft: 9 })
  })

  it('refuses the present password and the five before it, and takes the sixth again', async () => {
    const { ctx, profile } = await newPerson()
    const chosen = [password, ...Array.from({ length: 6 }, (_, i) => `number ${i + 1} of the horses`)]
    const change = (current = '', next = '') => faultOf(changePassword(ctx, profile.id, { current, next, address }))
    for (let i = 1; i < chosen.length; i++) expect(await change(chosen[i - 1], chosen[i])).toBeUndefined()
    const reused = { code: 'input_invalid', issues: [{ path: ['password'], rule: 'reused' }] }
    for (const old of chosen.slice(1)) expect(await change(chosen.at(-1), old), old).toEqual(reused)
    expect(await change(chosen.at(-1), password)).toBeUndefined()
  })

  it('lets one of two changes of one password win', async () => {
    const { ctx, profile } = await newPerson()
    const nexts = ['another horse', 'one more horse']
    const results = await Promise.allSettled(
      nexts.map((next) => changePassword(ctx, profile.id, { current: password, next, address })),
    )
    const won = results.findIndex(({ status }) => status === 'fulfilled')
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = results[1 - won] as PromiseRejectedResult
    expect(lost.reason.fault).toEqual({ code: 'password_wrong', attemptsLeft: 9 })
    expect((await login(ctx, { name: 'ada', password: nexts[won] ?? '', address })).id).toBe(profile.id)
  })

  it('goes through beside a login that hashes the present password anew', async () => {
    const { ctx, profile } = await newPerson()
    await ctx.db.query('update credentials set password_hash = $2 where app_id = $1', [ctx.appId, brought])
    let upgraded = false
    const passwords: Ctx['passwords'] = {
      ...ctx.passwords,
      async hash(text) {
        if (!upgraded) {
          upgraded = true
          await login(ctx, { name: 'ada', password: broughtPassword, address })
        }
        return ctx.passwords.hash(text)
      },
    }
    await changePassword({ ...ctx, passwords }, profile.id, {
      current: broughtPassword,
      next: 'another horse',
      address,
    })
    expect((await login(ctx, { name: 'ada', password: 'another horse', address })).id).toBe(profile.id)
  })

  it('is refused to a person who has no password', async () => {
    const ctx = await database.newApp()
    const { profile } = await registerPerson(ctx, { profile: { username: 'ada' }, password: undefined })
    const change = changePassword(ctx, profile.id, { current: '', next: 'another horse', address })
    expect(await faultOf(change)).toMatchObject({ code: 'password_wrong' })
  })
})

describe('importPasswordHash', () => {
  const key = { by: 'username', value: 'ADA' } as const

  it('lets a person in with the password they have elsewhere, and may be done again', async () => {
    const ctx = await database.newApp()
    const { profile } = await registerPerson(ctx, { profile: { username: 'ada' }, password: undefined })
    expect(await importPasswordHash(ctx, key, brought)).toBe('imported')
    const enter = () => login(ctx, { name: 'ada', password: broughtPassword, address })
    expect((await enter()).id).toBe(profile.id)
    expect(await importPasswordHash(ctx, key, brought)).toBe('imported')
    expect((await enter()).id).toBe(profile.id)
  })

  it('leaves a password that was set here, at registration or by a change', async () => {
    const { ctx, profile } = await newPerson()
    expect(await importPasswordHash(ctx, key, brought)).toBe('kept')
    const other = await database.newApp()
    const bob = await registerPerson(other, { profile: { username: 'ada' }, password: undefined })
    await importPasswordHash(other, key, brought)
    await changePassword(other, bob.profile.id, { current: broughtPassword, next: 'another horse', address })
    expect(await importPasswordHash(other, key, brought)).toBe('kept')
    expect((await login(ctx, { name: 'ada', password, address })).id).toBe(profile.id)
    expect((await login(other, { name: 'ada', password: 'another horse', address })).id).toBe(bob.profile.id)
  })

  it('refuses what it cannot verify, or only at too high a price, and who is not there', async () => {
    const { ctx } = await newPerson()
    const dear = brought.replace('20000', '20000000')
    for (const hash of ['plain text', dear, '']) {
      expect(await faultOf(importPasswordHash(ctx, key, hash))).toEqual({
        code: 'input_invalid',
        issues: [{ path: ['hash'], rule: 'format' }],
      })
    }
    const nobody = { by: 'email', value: 'nobody@example.com' } as const
    expect(await faultOf(importPasswordHash(ctx, nobody, brought))).toEqual({ code: 'profile_not_found' })
  })
})
