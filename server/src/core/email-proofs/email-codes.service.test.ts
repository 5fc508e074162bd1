import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { listOutbox } from '../mail/mail.service.ts'
import { deleteProfile } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, getProfile, updateProfile } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { updateOwnProfile } from '../self-service/self-service.service.ts'
import { type EmailCode, sendEmailCode, tryEmailCode } from './email-codes.service.ts'

const database = useDatabase()
const byId = ({ id }: { id: string }) => ({ by: 'id', value: id }) as const
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const later = (ctx: Ctx, ms: number): Ctx => ({ ...ctx, now: new Date(ctx.now.getTime() + ms) })
const wrong = { code: 'email_code_invalid' }
const target = 'ada@example.org'

async function person(): Promise<{ ctx: Ctx; profile: Profile }> {
  const ctx = await database.newApp()
  return { ctx, profile: await createProfile(ctx, { username: 'ada', email: 'Ada@Example.com' }) }
}

/** Asks for a code and reads it out of the mail to the address. */
async function mailed(ctx: Ctx, { id }: Profile, email: string | undefined, to = email): Promise<EmailCode> {
  const checksum = await sendEmailCode(ctx, id, email, (code) => ({ subject: 'Code', text: `It is ${code}.` }))
  const [mail] = (await listOutbox(ctx, { limit: 1 })).items
  expect(mail).toMatchObject({ to, subject: 'Code', text: expect.stringMatching(/^It is \d{6}\.$/) })
  return { code: mail?.text.slice(6, 12) ?? '', checksum }
}

const notice = () => ({ subject: 'Changed', text: 'Not yours any more.' })
function change(ctx: Ctx, { id }: Profile, email: string, emailCode?: EmailCode): Promise<Profile> {
  return updateOwnProfile(ctx, id, { input: { email }, emailCode, composeNotice: notice })
}

const guessBeside = (ctx: Ctx, { id }: Profile, email: string, shown: EmailCode) => tryEmailCode(ctx, id, email, shown)

/** So many codes that are not the one. */
function guesses({ code, checksum }: EmailCode, count: number): EmailCode[] {
  return Array.from({ length: count }, (_, i) => ({
    code: String((Number(code) + i + 1) % 1_000_000).padStart(6, '0'),
    checksum,
  }))
}

const triesLeft = ({ db, appId }: Ctx) =>
  db.query('select tries_left as left from email_codes where app_id = $1', [appId])

const other = ({ code, checksum }: EmailCode): EmailCode => ({
  code: code === '000000' ? '000001' : '000000',
  checksum,
})

describe('a change of e-mail with a code', () => {
  it('proves the new address, tells the one before, and is one revision and one event', async () => {
    const { ctx, profile } = await person()
    const after = await change(ctx, profile, target, await mailed(ctx, profile, target))
    expect(after).toMatchObject({ email: target, emailVerifiedAt: ctx.now, revision: 2 })
    const { items } = await listOutbox(ctx, { limit: 10 })
    expect(items.map(({ to, subject }) => [to, subject])).toEqual([
      ['Ada@Example.com', 'Changed'],
      [target, 'Code'],
    ])
    const text = 'select type from events_pending where app_id = $1 and subject_id = $2'
    expect(await ctx.db.query(text, [ctx.appId, profile.id])).toEqual([
      { type: 'profile.created' },
      { type: 'profile.email_changed' },
    ])
  })

  it('is refused without one, and needs none for the same address in another spelling', async () => {
    const { ctx, profile } = await person()
    expect(await faultOf(change(ctx, profile, target))).toEqual(wrong)
    expect(await change(ctx, profile, 'ada@example.com')).toMatchObject({ email: 'ada@example.com' })
    expect((await listOutbox(ctx, { limit: 10 })).items).toEqual([])
  })

  it('takes a code once, also when it comes many times at once', async () => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, target)
    const others = ['ada@example.net', target, target, target, target]
    const results = await Promise.allSettled(others.map((email) => change(ctx, profile, email, code)))
    expect((await getProfile(ctx, byId(profile))).email).toBe(target)
    // Whoever came later changed nothing, or was refused.
    expect(results[0]).toMatchObject({ status: 'rejected', reason: { fault: wrong } })
    expect((await getProfile(ctx, byId(profile))).revision).toBe(2)
    await updateProfile(ctx, byId(profile), { email: 'Ada@Example.com' })
    expect(await faultOf(change(ctx, profile, target, code))).toEqual(wrong)
  })

  it('takes no code that is wrong, of another checksum, for another address or profile, old, or replaced', async () => {
    const { ctx, profile } = await person()
    const bob = await createProfile(ctx, { email: 'bob@example.com' })
    const first = await mailed(ctx, profile, target)
    const refusals: [Profile, string, EmailCode, Ctx][] = [
      [profile, target, other(first), ctx],
      [profile, target, { ...first, checksum: '' }, ctx],
      [profile, target, { ...first, checksum: '0'.repeat(64) }, ctx],
      [profile, 'ada@example.net', first, ctx],
      [bob, target, first, ctx],
      [profile, target, first, later(ctx, 15 * 60_000)],
    ]
    for (const [who, email, code, at] of refusals) expect(await faultOf(change(at, who, email, code))).toEqual(wrong)
    const second = await mailed(ctx, profile, target)
    expect(await faultOf(change(ctx, profile, target, first))).toEqual(wrong)
    expect(await faultOf(change(later(ctx, 15 * 60_000 - 1), profile, target, second))).toBeUndefined()
  })

  it('takes no code after five wrong ones, however many come at once', async () => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, target)
    for (let i = 0; i < 4; i++) expect(await faultOf(change(ctx, profile, target, other(code)))).toEqual(wrong)
    expect(await tryEmailCode(ctx, profile.id, target, code)).toBe('proven')
    await Promise.allSettled(Array.from({ length: 5 }, () => change(ctx, profile, target, other(code))))
    expect(await faultOf(change(ctx, profile, target, code))).toEqual(wrong)
    expect(await faultOf(change(ctx, profile, target, await mailed(ctx, profile, target)))).toBeUndefined()
  })

  it.each([
    ['that change', change],
    ['beside other mistakes', guessBeside],
  ] as const)('compares five of 50 guesses %s at once, and the right one never again', async (_, guess) => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, target)
    await Promise.allSettled(guesses(code, 4).map((wrongOne) => guess(ctx, profile, target, wrongOne)))
    expect(await triesLeft(ctx)).toEqual([{ left: 1 }])
    expect(await tryEmailCode(ctx, profile.id, target, code)).toBe('proven')

    const next = await mailed(ctx, profile, target)
    await Promise.allSettled(guesses(next, 50).map((wrongOne) => guess(ctx, profile, target, wrongOne)))
    // One that had been compared beyond them would have been counted beyond them.
    expect(await triesLeft(ctx)).toEqual([{ left: 0 }])
    expect(await faultOf(change(ctx, profile, target, next))).toEqual(wrong)
  })

  it('counts each try beside other mistakes, also those that repeat one under its Idempotency-Key', async () => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, target)
    const [scope, bodyHash] = [randomBytes(32), randomBytes(32)]
    const keyed: Ctx = {
      ...ctx,
      idempotency: { sealer: ctx.keys, appId: ctx.appId, scope, bodyHash, replayed: false },
    }
    for (let i = 0; i < 5; i++) expect(await tryEmailCode(keyed, profile.id, target, other(code))).toBe('wrong')
    expect(await faultOf(change(ctx, profile, target, code))).toEqual(wrong)
  })

  it('takes a code that was mailed to the present address for any new one, which is not proved by it', async () => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, undefined, 'Ada@Example.com')
    const after = await change(ctx, profile, target, code)
    expect(after).toMatchObject({ email: target, emailVerifiedAt: null })
    expect(await faultOf(change(ctx, profile, 'ada@example.net', code))).toEqual(wrong)
  })

  it('gives the first e-mail to a profile that has none, and tells nobody', async () => {
    const ctx = await database.newApp()
    const profile = await createProfile(ctx, { username: 'ada' })
    expect(await faultOf(sendEmailCode(ctx, profile.id, undefined, () => notice()))).toMatchObject({
      code: 'input_invalid',
      issues: [{ path: ['email'], rule: 'required' }],
    })
    const after = await change(ctx, profile, target, await mailed(ctx, profile, target))
    expect(after).toMatchObject({ email: target, emailVerifiedAt: ctx.now })
    expect((await listOutbox(ctx, { limit: 10 })).items).toHaveLength(1)
  })

  it('lets one of two profiles have an address that both have proved, and the other keeps its code', async () => {
    const { ctx, profile } = await person()
    const bob = await createProfile(ctx, { email: 'bob@example.com' })
    const codes = [await mailed(ctx, profile, target), await mailed(ctx, bob, target)]
    const faults = await Promise.all([profile, bob].map((who, i) => faultOf(change(ctx, who, target, codes[i]))))
    const taken = { code: 'identifier_taken', fields: ['email'] }
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1)
    expect(faults.filter((fault) => fault !== undefined)).toEqual([taken])
    const [winner, loser] = faults[0] === undefined ? [profile, bob] : [bob, profile]
    await updateProfile(ctx, byId(winner), { email: null })
    expect(await faultOf(change(ctx, loser, target, codes[faults[0] === undefined ? 1 : 0]))).toBeUndefined()
  })

  it('is all or nothing: where the address before cannot be told, nothing changes and the code stays', async () => {
    const { ctx, profile } = await person()
    const code = await mailed(ctx, profile, target)
    const live = { ...ctx, appMode: 'live' } as const
    expect(await faultOf(change(live, profile, target, code))).toEqual({ code: 'mail_unavailable' })
    expect(await getProfile(ctx, byId(profile))).toMatchObject({ email: 'Ada@Example.com', revision: 1 })
    expect(await faultOf(change(ctx, profile, target, code))).toBeUndefined()
  })
})

describe('sendEmailCode', () => {
  it('mails no more than 10 an hour for one profile, whatever the addresses', async () => {
    const { ctx, profile } = await person()
    for (let i = 0; i < 10; i++) await mailed(ctx, profile, `ada${i}@example.org`)
    expect(await faultOf(mailed(ctx, profile, 'ada10@example.org'))).toMatchObject({ code: 'rate_limited' })
    const bob = await createProfile(ctx, {})
    await mailed(ctx, bob, 'ada10@example.org')
  })

  it('refuses what is no address, and mails nothing in a live app without a mail server', async () => {
    const { ctx, profile } = await person()
    for (const email of ['x', 'a@b', 'a@example.com,b@example.com', 'a@example.com\r\nBcc: b@example.com']) {
      expect(await faultOf(mailed(ctx, profile, email))).toMatchObject({
        code: 'input_invalid',
        issues: [{ path: ['email'] }],
      })
    }
    const live = { ...ctx, appMode: 'live' } as const
    expect(await faultOf(mailed(live, profile, target))).toEqual({ code: 'mail_unavailable' })
  })

  it('keeps nothing that the code can be read from, and nothing at all once the profile is gone', async () => {
    const { ctx, profile } = await person()
    const { code, checksum } = await mailed(ctx, profile, target)
    const rows = await ctx.db.query('select c::text as row from email_codes c where app_id = $1', [ctx.appId])
    expect(JSON.stringify(rows)).toContain(checksum)
    expect(JSON.stringify(rows).replaceAll(checksum, '')).not.toContain(code)
    await deleteProfile(ctx, byId(profile))
    expect(await ctx.db.query('select from email_codes where app_id = $1', [ctx.appId])).toEqual([])
  })
})
