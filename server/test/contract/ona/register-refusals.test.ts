import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, details, expectBody, expectDetail, newSite, required, tooMany, usernameForm } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
beforeAll(async () => {
  site = await newSite(api, database)
  await site.person('demo', { email: 'Demo@Example.com' })
})

/** How much there is of the app. */
async function stored(): Promise<unknown> {
  const tables = ['profiles', 'credentials', 'profile_tokens', 'events_pending', 'events', 'profile_counts']
  const rows = tables.map((table) =>
    database.db.query(`select count(*)::int as n from ${table} where app_id = $1`, [site.ctx.appId]),
  )
  return Promise.all(rows)
}

const valid = { username: 'fresh', email: 'fresh@example.com', first_name: 'F' }

/** Registers somebody who is fresh but for these fields. */
const registered = (fields: object) => site.register({ ...valid, ...fields })

const notBlank = ['This field may not be blank.']
const notNull = ['This field may not be null.']
const notText = ['Not a valid string.']
const emailForm = ['Enter a valid email address.']
const least = ['Ensure this field has at least 3 characters.']
const numeric = ['Username cannot be purely numeric.']
const notName = [usernameForm]
const short = 'This password is too short. It must contain at least 9 characters.'
const common = 'This password is too common.'
const nul = ['Null characters are not allowed.']
const surrogate = ['Surrogate characters are not allowed.']
const notAnObject = ['Value must be valid JSON.']

describe('400', () => {
  const single: [field: string, value: unknown, errors: readonly string[]][] = [
    ['username', undefined, required],
    ['username', null, notNull],
    ['username', '', notBlank],
    ['username', '  ', notBlank],
    ['username', {}, notText],
    ['username', true, notText],
    ['username', ['demo'], notText],
    ['username', 'ab', least],
    ['username', '😀😀', least],
    ['username', 'a'.repeat(31), [tooMany(30)]],
    ['username', '12345', numeric],
    ['username', 12345, numeric],
    ['username', '٣٤٥', numeric],
    ['username', '１２３', numeric],
    ['username', 'api', ['api is a reserved name, please choose another']],
    ['username', 'Verify_Email', ['verify_email is a reserved name, please choose another']],
    ['username', 'ａｐｉ', ['ａｐｉ is a reserved name, please choose another']],
    ['username', 'demo.json', notName],
    ['username', 'demo.JSON', notName],
    ['username', 'demo.ｊｓｏｎ', notName],
    ['username', 'demo.csv', notName],
    ['username', 'demo.xls', notName],
    ['username', 'demo.xlsx', notName],
    ['username', 'demo.Kml', notName],
    ['username', 'demo/x', notName],
    ['username', 'demo\\x', notName],
    ['username', 'de mo', notName],
    ['username', 'demo?x', notName],
    ['username', 'demo😀', notName],
    ['username', '<script>', notName],
    ['username', 'de\u200bmo', notName],
    ['username', 'de\u202emo', notName],
    ['username', 'demo\0', nul],
    ['username', 'demo\ud800', surrogate],
    ['username', 'demo', ['demo already exists']],
    ['username', 'DEMO', ['demo already exists']],
    ['username', 'ｄｅｍｏ', ['ｄｅｍｏ already exists']],
    ['email', undefined, required],
    ['email', null, notNull],
    ['email', '', notBlank],
    ['email', 'nobody', emailForm],
    ['email', 'a@b', emailForm],
    ['email', 'a b@example.com', emailForm],
    ['email', 'demo@example.com', ['This email address is already in use. ']],
    ['email', 'ＤＥＭＯ@example.com', ['This email address is already in use. ']],
    ['email', 'a\0@example.com', nul],
    ['email', 5, emailForm],
    ['first_name', 'x'.repeat(31), [tooMany(30)]],
    ['first_name', null, notNull],
    ['first_name', {}, notText],
    ['first_name', 'a\0', nul],
    ['last_name', 'x'.repeat(31), [tooMany(30)]],
    ['last_name', '\udc00', surrogate],
    ['twitter', 'a b', ['Invalid twitter username a b']],
    ['twitter', 'a'.repeat(16), [`Invalid twitter username ${'a'.repeat(16)}`]],
    ['twitter', '@ann', ['Invalid twitter username @ann']],
    ['country', 'XX', ['"XX" is not a valid choice.']],
    ['country', 'ke', ['"ke" is not a valid choice.']],
    ['country', 'Kenya', ['"Kenya" is not a valid choice.']],
    ['city', 'x'.repeat(256), [tooMany(255)]],
    ['organization', 'x'.repeat(256), [tooMany(255)]],
    ['website', 'x'.repeat(256), [tooMany(255)]],
    ['website', ['x'], notText],
    ['require_auth', 'maybe', ['Must be a valid boolean.']],
    ['require_auth', null, notNull],
    ['require_auth', { toString: 1, valueOf: 1 }, ['Must be a valid boolean.']],
    ['require_auth', ['true'], ['Must be a valid boolean.']],
    ['metadata', '[]', notAnObject],
    ['metadata', '{', notAnObject],
    ['metadata', '', notAnObject],
    ['metadata', null, notAnObject],
    ['metadata', 5, notAnObject],
    ['metadata', [], notAnObject],
    ['metadata', '{"__proto__":{"admin":true}}', notAnObject],
    ['metadata', '{"constructor":{"prototype":{"admin":true}}}', notAnObject],
    ['metadata', { a: 'x'.repeat(65_536) }, [tooMany(65_536)]],
    ['metadata', deep(33), ['Ensure this field has no more than 32 levels.']],
    ['metadata', { a: 'x\0' }, nul],
    ['metadata', { 'a\0': 1 }, nul],
    ['password', 'zq-Vt!7', [short]],
    ['password', 'password1', [common]],
    ['password', '8246193750', ['This password is entirely numeric.']],
    ['password', '12345678', [short, common, 'This password is entirely numeric.']],
    ['password', 'fresh-one', ['The password is too similar to the username.']],
    ['password', 'fresh@example.com', ['The password is too similar to the email address.']],
    ['password', {}, notText],
    ['password', null, notNull],
    ['password', 'x'.repeat(1_025), [tooMany(1_024)]],
  ]
  const titled = single.map(([field, value, errors]) => [field, shown(value), value, errors] as const)
  it.each(titled)('%s %s is named', async (field, _, value, errors) => {
    const before = await stored()
    expectBody(await registered({ [field]: value }), 400, { [field]: errors })
    expect(await stored()).toEqual(before)
  })

  it.each<[object, Record<string, readonly string[]>]>([
    [{ first_name: undefined }, { name: ['Either name or first_name should be provided'] }],
    [{ first_name: '' }, { name: ['Either name or first_name should be provided'] }],
    [{ first_name: '', name: ' ' }, { name: ['Either name or first_name should be provided'] }],
    [{ first_name: undefined, name: `${'x'.repeat(31)} Lee` }, { name: [tooMany(30)] }],
    [{ first_name: undefined, name: `Ann ${'x'.repeat(31)}` }, { name: [tooMany(30)] }],
    [
      { first_name: 'Marigold', password: 'marigold1' },
      { password: ['The password is too similar to the first name.'] },
    ],
    [{ last_name: 'Marigold', password: 'marigold1' }, { password: ['The password is too similar to the last name.'] }],
    [
      { email: 'marigold@example.com', password: 'marigold1' },
      { password: ['The password is too similar to the email address.'] },
    ],
  ])('%j is named', async (fields, errors) => {
    expectBody(await registered(fields), 400, errors)
  })

  it('names every field that is wrong at once, whether its form or what it holds is wrong, and the password', async () => {
    const body = {
      ...{ username: 'demo', email: 'nobody', last_name: 'x'.repeat(31), twitter: '-', country: 'XX', city: 5 },
      ...{ website: 'x'.repeat(256), metadata: '{', password: 'zq-Vt!7', require_auth: 'x' },
    }
    const answer = await site.register(body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({
      username: ['demo already exists'],
      email: emailForm,
      name: ['Either name or first_name should be provided'],
      last_name: [tooMany(30)],
      twitter: ['Invalid twitter username -'],
      country: ['"XX" is not a valid choice.'],
      website: [tooMany(255)],
      metadata: notAnObject,
      require_auth: ['Must be a valid boolean.'],
      password: [short],
    })
  })

  it('names what is missing of nothing', async () => {
    const name = ['Either name or first_name should be provided']
    for (const sent of [{ body: {} }, { form: '' }]) {
      expectBody(await site.call('POST', '/profiles', sent), 400, { username: required, email: required, name })
    }
  })

  it('holds metadata and the time of the password together to the limit', async () => {
    const metadata = { a: 'x'.repeat(65_536 - '{"a":""}'.length) }
    expect(Buffer.byteLength(JSON.stringify(metadata))).toBe(65_536)
    const password = 'plum-Orchard-77'
    const full = { username: 'full', email: 'full@example.com', first_name: 'Full', metadata }
    expectBody(await site.register({ ...full, password }), 400, { metadata: [tooMany(65_536)] })
    expect((await site.register(full)).statusCode).toBe(201)
  })

  it('does not hash a password of a megabyte', async () => {
    const begin = performance.now()
    const answer = await registered({ password: 'x'.repeat(1_048_000) })
    expectBody(answer, 400, { password: [tooMany(1_024)] })
    expect(performance.now() - begin).toBeLessThan(1_000)
  })

  it.each([
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"demo"'],
    ['a number', '5'],
  ])('a body that is %s, and no object', async (_, body) => {
    expectBody(await site.register(body), 400, { non_field_errors: ['Invalid data. Expected a dictionary.'] })
  })

  it.each([
    ['nothing', ''],
    ['broken', '{"username":'],
    ['no JSON', 'username=demo'],
    ['a prototype', '{"__proto__":{"admin":true}}'],
    ['a prototype within', '{"metadata":{"__proto__":{"admin":true}}}'],
    ['a constructor', '{"metadata":{"constructor":{"prototype":{"admin":true}}}}'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('a JSON body of %s', async (_, body) => {
    expectDetail(await site.register(body), details.notJson)
  })

  it.each([
    ['1,001 fields', Array.from({ length: 1_001 }, (_, i) => `f${i}=1`).join('&')],
    ['what is no UTF-8', 'username=%ff'],
  ])('a form of %s', async (_, form) => {
    expectDetail(await site.call('POST', '/profiles', { form }), details.notJson)
  })

  it('takes a prototype key of a form for a field that nobody knows', async () => {
    const form = 'username=proto&email=proto@example.com&first_name=P&__proto__=x&constructor=x&toString=x'
    const answer = await site.call('POST', '/profiles', { form })
    expect([answer.statusCode, answer.json().metadata]).toEqual([201, {}])
  })
})

describe('names that fold to one', () => {
  it.each([
    ['a ligature', 'ﬁsher', 'fisher'],
    ['full width', 'ｗｉｄｅ', 'wide'],
    ['the Turkish İ', 'İnce', 'i\u0307nce'],
    ['combining marks', 'jos\u00e9', 'jose\u0301'],
    ['the long s', 'meſſage', 'message'],
    ['the Kelvin sign', '\u212aelvin', 'kelvin'],
  ])('are one: %s', async (_, name, twin) => {
    expect((await registered({ username: name, email: `a${Date.now()}@example.com` })).statusCode).toBe(201)
    const answer = await registered({ username: twin, email: `b${Date.now()}@example.com` })
    expectBody(answer, 400, { username: [`${twin.toLowerCase()} already exists`] })
  })

  it('are two where Unicode says so: the dotless ı is no i', async () => {
    for (const [i, username] of ['dıl', 'dil'].entries()) {
      expect((await registered({ username, email: `ı${i}@example.com` })).statusCode).toBe(201)
    }
  })
})

describe('413', () => {
  it('a body of more than a megabyte, whatever is in it', async () => {
    const metadata = { a: 'x'.repeat(10_000_000) }
    expectDetail(await registered({ metadata }), details.tooLarge)
    const form = `metadata=${'x'.repeat(10_000_000)}`
    expectDetail(await site.call('POST', '/profiles', { form }), details.tooLarge)
  })
})

describe('415', () => {
  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml', 'application/json; charset=latin1'])(
    '%s is named',
    async (type) => {
      const answer = await site.register('{}', { headers: { 'content-type': type } })
      expectDetail(answer, [415, `Unsupported media type "${type}" in request.`])
    },
  )
})

/** A value as the title of a test. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length <= 60 ? text : `${text.slice(0, 20)}… (${text.length} characters)`
}

/** An object of so many levels. */
function deep(levels: number): object {
  return levels === 1 ? {} : { a: deep(levels - 1) }
}
