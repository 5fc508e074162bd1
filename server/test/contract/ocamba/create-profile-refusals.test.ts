import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  about,
  type Client,
  clientOf,
  errors,
  expectDone,
  expectError,
  mounts,
  newClient,
  newTenant,
} from './client.ts'
import { badRequest, exampleProfile, obfuscatedEmail } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let client: Client
beforeAll(async () => {
  client = await newClient(api, database)
})

async function expectNothingMade(): Promise<void> {
  expect((await client.get('/profiles')).json().total).toBe(0)
}

describe('400: a body that is not as it must be', () => {
  it.each(mounts)('%s answers the body that the seed prints, but for the trace', async (mount) => {
    const { apiKey } = await newTenant(api, database)
    const answer = await clientOf(api, apiKey, mount).post('/profiles', {})
    expect([answer.statusCode, answer.statusMessage]).toEqual([badRequest.status, badRequest.statusText])
    expect(answer.headers['content-type']).toBe(badRequest.contentType)
    expect(answer.body).toBe(JSON.stringify({ ...badRequest.body, trace_id: answer.headers['x-request-id'] }))
  })

  const { email } = exampleProfile
  it.each([
    ['no contact', { full_name: 'John Doe' }],
    ['contacts that are null', { email: null, mobile_phone_number: null }],
    ['contacts that are empty', { email: '', mobile_phone_number: '' }],
    ['the address that the page prints', { ...exampleProfile, email: obfuscatedEmail }],
    ['an e-mail without a domain', { email: 'john' }],
    ['an e-mail with a line end in it', { email: 'john@example.com\r\nBcc: x@example.com' }],
    ['an e-mail with a NUL in it', { email: 'jo\0hn@example.com' }],
    [
      'an e-mail of 255 bytes',
      { email: `${'x'.repeat(64)}@${'y'.repeat(63)}.${'y'.repeat(63)}.${'y'.repeat(58)}.com` },
    ],
    ['a bad e-mail beside a good phone', { email: 'john', mobile_phone_number: '+49658245684' }],
    ['a phone without a calling code', { mobile_phone_number: '0658245684' }],
    ['a phone of letters', { mobile_phone_number: '+49CALLNOW' }],
    ['an impossible phone', { mobile_phone_number: '+491' }],
    ['a phone of too many digits', { mobile_phone_number: '+4965824568465824568' }],
    ['a phone with an extension', { mobile_phone_number: '+49658245684 ext. 7' }],
    ['a phone with a NUL in it', { mobile_phone_number: '+49658245684\0' }],
    ['an e-mail that is a number', { email: 1 }],
    ['an e-mail that is a list', { email: [email] }],
    ['a phone that is a number', { email, mobile_phone_number: 49658245684 }],
    ['a name that is a number', { email, full_name: 1 }],
    ['a name that is true', { email, full_name: true }],
    ['a name of 512 characters', { email, full_name: 'x'.repeat(512) }],
    ['a name with a NUL in it', { email, full_name: 'John\0Doe' }],
    ['a name with half a character', { email, full_name: 'John \ud83d' }],
    ['a comment of 1,001 characters', { email, comment: 'x'.repeat(1_001) }],
    ['lists that are a text', { email, lists: '17430755068336100383' }],
    ['a list that there is not', { email, lists: ['17430755068336100383'] }],
    ['a list of no form', { email, lists: ['x'] }],
    ['an organization that is a fraction', { email, organization_id: 1.5 }],
    ['custom properties that are a list', { email, custom_properties: [] }],
  ])('%s', async (_, body) => {
    expectError(await client.post('/profiles', body), errors.badBody)
    await expectNothingMade()
  })

  it.each([
    ['nothing', ''],
    ['half an object', '{"email":"john@example.com"'],
    ['two objects', '{}{}'],
    ['a form', 'email=john%40example.com'],
    ['a list', '[{"email":"john@example.com"}]'],
    ['a text', '"john@example.com"'],
    ['null', 'null'],
    ['a number', '1'],
    ['a prototype', '{"email":"john@example.com","__proto__":{"full_name":"x"}}'],
    ['a constructor', '{"email":"john@example.com","constructor":{"prototype":{"x":1}}}'],
    ['what is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from(JSON.stringify(exampleProfile), 'utf16le')],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ])('a body of %s', async (_, body) => {
    expectError(await client.post('/profiles', body), errors.badBody)
    await expectNothingMade()
  })

  it('no body at all, with a type and without one', async () => {
    expectError(await client.call('POST', '/profiles'), errors.badBody)
    expectError(
      await client.call('POST', '/profiles', undefined, { 'content-type': 'application/json' }),
      errors.badBody,
    )
  })
})

describe('400: an e-mail or a phone of another profile', () => {
  it('names the fields, however the other spelled them', async () => {
    const own = await newClient(api, database)
    await own.make({ email: 'John@Example.com', mobile_phone_number: '+49658245684' })
    const cases: [object, string[]][] = [
      [{ email: 'john@example.com' }, ['email']],
      [{ email: 'JOHN@EXAMPLE.COM', mobile_phone_number: '+4930901820' }, ['email']],
      [{ email: 'ｊohn@example.com' }, ['email']],
      [{ mobile_phone_number: '+49658245684' }, ['mobile_phone_number']],
      [{ mobile_phone_number: '+49 658 245684', email: 'new@example.com' }, ['mobile_phone_number']],
      [{ mobile_phone_number: 'tel:+49(0)658-245-684' }, ['mobile_phone_number']],
      [exampleProfile, ['email', 'mobile_phone_number']],
    ]
    for (const [body, fields] of cases) {
      expectError(await own.post('/profiles', body), about('Duplicate entry', ...fields))
    }
    expect((await own.get('/profiles')).json().total).toBe(1)
  })

  it('holds against profiles of other dialects', async () => {
    const { apiKey } = await newTenant(api, database)
    const native = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${apiKey.secret}` },
      payload: { email: exampleProfile.email },
    })
    expect(native.statusCode).toBe(201)
    expectError(await clientOf(api, apiKey).post('/profiles', exampleProfile), errors.duplicateEmail)
  })

  it('does not hold for numbers of no known calling code, nor beyond the app', async () => {
    const [one, other] = [await newClient(api, database), await newClient(api, database)]
    for (const each of [one, one]) await each.make({ mobile_phone_number: '+999123456789' })
    await one.make(exampleProfile)
    await other.make(exampleProfile)
  })
})

describe('400: an e-mail or a phone of somebody who was unsubscribed', () => {
  it('is refused for a new profile, also once the old one is gone, and in any spelling', async () => {
    const own = await newClient(api, database)
    const { id } = await own.make(exampleProfile)
    expectDone(await own.post(`/profiles/${id}/unsubscribe`))
    expectDone(await own.delete(`/profiles/${id}`))
    expectError(await own.post('/profiles', { email: 'JOHN@example.com' }), errors.unsubscribedEmail)
    const respelled = { mobile_phone_number: '+49 (658) 245-684', email: 'new@example.com' }
    expectError(await own.post('/profiles', respelled), about('Unsubscribed', 'mobile_phone_number'))
    expectError(await own.post('/profiles', exampleProfile), about('Unsubscribed', 'email', 'mobile_phone_number'))
    expect((await own.get('/profiles')).json().total).toBe(0)
  })

  it('is a duplicate while the old one is there', async () => {
    const own = await newClient(api, database)
    const { id } = await own.make(exampleProfile)
    await own.post(`/profiles/${id}/unsubscribe`)
    expectError(await own.post('/profiles', { email: exampleProfile.email }), errors.duplicateEmail)
  })
})
