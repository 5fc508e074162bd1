import { describe, expect, it } from 'vitest'
import { deleteProfile } from '../../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, unsubscribeProfile } from '../../../src/core/profiles/profiles.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { credentials, errors, expectError, expectErrors, get, make, mounts, post } from './client.ts'

const database = useDatabase()
const api = useApi(database)

const created = /^\{"success":true,"data":\{"uid":"[1-9]\d{11}"\}\}$/

async function rowsOf({ ctx }: TestTenant): Promise<unknown[]> {
  return database.db.query(
    'select reference, email from profiles where app_id = $1 and deleted_at is null order by id',
    [ctx.appId],
  )
}

describe('201', () => {
  describe.each(mounts)('%s', (mount) => {
    it.each([
      ['both fields', '{"user_external_id":"x-1","email":"a@example.com"}', 'x-1', 'a@example.com'],
      ['the external id alone', '{"user_external_id":"x-1"}', 'x-1', null],
      ['the e-mail alone', '{"email":"a@example.com"}', null, 'a@example.com'],
      ['a null external id', '{"user_external_id":null,"email":"a@example.com"}', null, 'a@example.com'],
      ['a null e-mail', '{"user_external_id":"x-1","email":null}', 'x-1', null],
      ['both null', '{"user_external_id":null,"email":null}', null, null],
      ['an empty object', '{}', null, null],
      ['no bytes under a JSON content type', '', null, null],
    ])('takes %s, answers a uid of 12 digits, and stores exactly that', async (_, body, reference, email) => {
      const tenant = await api.newTenant()
      const response = await post(api, mount, tenant.apiKey, body)
      expect(response.body).toMatch(created)
      expect(response.statusCode).toBe(201)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(await rowsOf(tenant)).toEqual([{ reference, email }])
      const user = (await get(api, `${mount}/user/${response.json().data.uid}`, tenant.apiKey)).json().data
      expect([user.user_external_id, user.email]).toEqual([reference, email])
    })

    it('takes no body at all, under no content type', async () => {
      const tenant = await api.newTenant()
      const headers = credentials(tenant.apiKey)
      const response = await api.server.inject({ method: 'POST', url: `${mount}/user`, headers })
      expect([response.statusCode, response.body]).toEqual([201, expect.stringMatching(created)])
    })

    it('makes as many users of nothing as are asked for, each with a uid of its own', async () => {
      const tenant = await api.newTenant()
      const responses = await Promise.all(Array.from({ length: 20 }, () => post(api, mount, tenant.apiKey, '')))
      const uids = new Set(responses.map((response) => response.json().data.uid))
      expect(uids.size).toBe(20)
    })

    it('ignores keys that the contract does not name', async () => {
      const tenant = await api.newTenant()
      const body = '{"uid":"452711987655","client_id":"c","wallets":[],"reference":"r","username":"user","email":null}'
      const response = await post(api, mount, tenant.apiKey, body)
      expect(response.body).toMatch(created)
      expect(response.body).not.toContain('452711987655')
      expect(await rowsOf(tenant)).toEqual([{ reference: null, email: null }])
    })
  })

  it.each([
    ['one character', 'x'],
    ['255 characters', 'x'.repeat(255)],
    ['255 characters outside the basic plane', '\u{1F600}'.repeat(255)],
    ['an e-mail', 'Some.One+tag@example.com'],
    ['a word that means something elsewhere', 'null'],
    ['quotes, slashes, line ends and control characters', '"\\/\n\r\t\u0001\u007f'],
    ['markup and SQL', `<b>'; drop table profiles; --`],
    ['spaces alone', '  '],
  ])('keeps an external id of %s as it was given', async (_, reference) => {
    const tenant = await api.newTenant()
    const uid = await make(api, tenant.apiKey, { user_external_id: reference })
    const user = (await get(api, `/v1/user/${uid}`, tenant.apiKey)).json().data
    expect([user.user_external_id, user.client_id]).toEqual([reference, reference])
  })

  it.each(['Jo.Doe+x@Example.COM', 'jürgen@bücher.example', `${'a'.repeat(64)}@${'b'.repeat(63)}.example`])(
    'keeps the e-mail %s as it was given',
    async (email) => {
      const tenant = await api.newTenant()
      const uid = await make(api, tenant.apiKey, { email })
      expect((await get(api, `/v1/user/${uid}`, tenant.apiKey)).json().data.email).toBe(email)
    },
  )

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    'takes JSON, and nothing, under the content type %s',
    async (contentType) => {
      const { apiKey } = await api.newTenant()
      for (const body of ['{"user_external_id":"x"}', '']) {
        expect((await post(api, '/v1', apiKey, body, { 'content-type': contentType })).statusCode).toBe(201)
      }
    },
  )
})

describe('400 validation_error', () => {
  const longLocal = `${'a'.repeat(65)}@example.com`
  const longEmail = `${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(4)}example`

  describe.each(mounts)('%s', (mount) => {
    it.each([
      ['email', 'nobody', errors.email],
      ['email', 'a@b', errors.email],
      ['email', 'a b@example.com', errors.email],
      ['email', 'https://example.com/a', errors.email],
      ['email', '[email protected]', errors.email],
      ['email', '', errors.blank],
      ['email', longLocal, errors.emailTooLong],
      ['email', longEmail, errors.emailTooLong],
      ['email', 'a\u0000@example.com', errors.text],
      ['email', 5, errors.notString],
      ['email', true, errors.notString],
      ['email', ['a@example.com'], errors.notString],
      ['email', {}, errors.notString],
      ['user_external_id', '', errors.blank],
      ['user_external_id', 'x'.repeat(256), errors.externalIdTooLong],
      ['user_external_id', 'x\u0000', errors.text],
      ['user_external_id', '\ud83d', errors.text],
      ['user_external_id', 12, errors.notString],
      ['user_external_id', false, errors.notString],
      ['user_external_id', [], errors.notString],
    ])('refuses %s %j, names the field, and makes nothing', async (field, value, error) => {
      const tenant = await api.newTenant()
      const response = await post(api, mount, tenant.apiKey, JSON.stringify({ [field]: value }))
      expectError(response, error, field)
      expect(await rowsOf(tenant)).toEqual([])
    })

    it('names several broken fields in an array, in the order of the fields', async () => {
      const tenant = await api.newTenant()
      const twoForms = await post(api, mount, tenant.apiKey, '{"email":5,"user_external_id":""}')
      expectErrors(twoForms, [
        ['user_external_id', errors.blank],
        ['email', errors.notString],
      ])
      const body = JSON.stringify({ email: 'nobody', user_external_id: 'x'.repeat(256) })
      expectErrors(await post(api, mount, tenant.apiKey, body), [
        ['user_external_id', errors.externalIdTooLong],
        ['email', errors.email],
      ])
      expect(await rowsOf(tenant)).toEqual([])
    })

    it.each(['[]', '[{}]', 'null', '"x"', '5', 'true'])('refuses the body %s, which is no object', async (body) => {
      const tenant = await api.newTenant()
      expectError(await post(api, mount, tenant.apiKey, body), errors.notObject)
      expect(await rowsOf(tenant)).toEqual([])
    })
  })
})

describe('400 client_error', () => {
  describe.each(mounts)('%s', (mount) => {
    it('refuses an external id or an e-mail that another user has, and names which', async () => {
      const tenant = await api.newTenant()
      await make(api, tenant.apiKey, { user_external_id: 'x', email: 'a@example.com' })
      const create = (body: object) => post(api, mount, tenant.apiKey, JSON.stringify(body))
      expectError(await create({ user_external_id: 'x' }), errors.duplicate, 'user_external_id')
      expectError(await create({ user_external_id: 'x', email: 'b@example.com' }), errors.duplicate, 'user_external_id')
      expectError(await create({ email: 'a@example.com' }), errors.duplicate, 'email')
      expectError(await create({ user_external_id: 'y', email: 'A@EXAMPLE.com' }), errors.duplicate, 'email')
      expectErrors(await create({ user_external_id: 'x', email: 'a@example.com' }), [
        ['user_external_id', errors.duplicate],
        ['email', errors.duplicate],
      ])
      expect(await rowsOf(tenant)).toEqual([{ reference: 'x', email: 'a@example.com' }])
    })

    it('refuses the e-mail of somebody who was unsubscribed', async () => {
      const tenant = await api.newTenant()
      const gone = await createProfile(tenant.ctx, { email: 'gone@example.com' })
      await unsubscribeProfile(tenant.ctx, { by: 'id', value: gone.id })
      await deleteProfile(tenant.ctx, { by: 'id', value: gone.id })
      const again = await post(api, mount, tenant.apiKey, '{"email":"GONE@example.com"}')
      expectError(again, errors.unsubscribed, 'email')
    })

    it.each(['{', '{"email":}', '{"email":"a@example.com"', "{'email':null}", ' ', 'email=a'])(
      'refuses the body %j, which is no JSON',
      async (body) => {
        const { apiKey } = await api.newTenant()
        expectError(await post(api, mount, apiKey, body), errors.notJson)
      },
    )

    it('refuses JSON with the keys that poison prototypes, and bytes that are no UTF-8', async () => {
      const { apiKey } = await api.newTenant()
      expectError(await post(api, mount, apiKey, '{"__proto__":{"email":"a@example.com"}}'), errors.notJson)
      expectError(await post(api, mount, apiKey, Buffer.from('{"user_external_id":"\xff"}', 'latin1')), errors.notJson)
    })
  })

  it('lets exactly one of many simultaneous creates through', async () => {
    const tenant = await api.newTenant()
    const body = '{"user_external_id":"raced","email":"raced@example.com"}'
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => post(api, mounts[i % 2] ?? '/v1', tenant.apiKey, body)),
    )
    expect(responses.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
    expect(responses.filter(({ statusCode }) => statusCode === 400)).toHaveLength(19)
    expect(await rowsOf(tenant)).toHaveLength(1)
  })

  it('holds between the dialects: what the native API or Oumla’s made is taken here', async () => {
    const { apiKey } = await api.newTenant()
    const native = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${apiKey.secret}` },
      payload: { email: 'a@example.com' },
    })
    const other = await api.server.inject({
      method: 'POST',
      url: '/oumla/api/v1/profiles',
      headers: { 'x-api-key': apiKey.secret },
      payload: { reference: 'x', type: 'User' },
    })
    expect([native.statusCode, other.statusCode]).toEqual([201, 201])
    expectErrors(await post(api, '/v1', apiKey, '{"user_external_id":"x","email":"a@example.com"}'), [
      ['user_external_id', errors.duplicate],
      ['email', errors.duplicate],
    ])
  })
})

describe('413', () => {
  it.each(mounts)('%s refuses a body above the limit', async (mount) => {
    const { apiKey } = await api.newTenant()
    expectError(await post(api, mount, apiKey, `{"a":"${'x'.repeat(1_048_576)}"}`), errors.tooLarge)
  })
})

describe('415', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'multipart/form-data',
  ])('refuses %s', async (contentType) => {
    const { apiKey } = await api.newTenant()
    for (const mount of mounts) {
      expectError(await post(api, mount, apiKey, '{}', { 'content-type': contentType }), errors.mediaType)
    }
  })
})
