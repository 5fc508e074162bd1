import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { create, createdBody, errors, expectError, faces, list, post, printedFaces } from './faces.ts'
import { created, duplicate, exampleProfile, profileTypes } from './fixtures/seed-000.ts'

const database = useDatabase()
const api = useApi(database)

const [seedFace, presentFace] = printedFaces as [(typeof faces)[number], (typeof faces)[number]]

async function rowsOf(appId: string): Promise<unknown[]> {
  return database.db.query('select type, reference, label from profiles where app_id = $1 order by id', [appId])
}

describe('201', () => {
  it('answers the body that the seed prints, byte for byte', async () => {
    const { apiKey } = await api.newTenant()
    const response = await post(api, seedFace, apiKey.secret, JSON.stringify(exampleProfile))
    expect(response.statusCode).toBe(created.status)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).toBe(created.body)
  })

  it('answers {data} and nothing else to a client that sends x-sdk-version, whatever version it names', async () => {
    for (const version of ['1.0.0', '2.7.1', '']) {
      const { apiKey } = await api.newTenant()
      const body = JSON.stringify(exampleProfile)
      const response = await post(api, seedFace, apiKey.secret, body, { 'x-sdk-version': version })
      expect(response.statusCode).toBe(201)
      expect(response.body).toBe('{"data":{"reference":"dba1fea5-2004-4ea8-a06d-a7c7c5559b8f","type":"User"}}')
    }
  })

  describe.each(faces)('$name', (face) => {
    it.each(profileTypes)('creates a %s, answers it, and stores exactly that', async (type) => {
      const tenant = await api.newTenant()
      const response = await create(api, face, tenant, 'customer-1', type)
      expect(response.statusCode).toBe(201)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(response.body).toBe(createdBody(face, 'customer-1', type))
      expect(await rowsOf(tenant.ctx.appId)).toEqual([{ type, reference: 'customer-1', label: null }])
    })

    it('ignores keys that the contract does not name', async () => {
      const tenant = await api.newTenant()
      const body = '{"label":"no","id":"x","reference":"r","type":"User","organizationId":"x"}'
      const response = await post(api, face, tenant.apiKey.secret, body)
      expect(response.body).toBe(createdBody(face, 'r'))
      expect(await rowsOf(tenant.ctx.appId)).toEqual([{ type: 'User', reference: 'r', label: null }])
    })
  })

  it.each([
    ['one character', 'x'],
    ['255 characters', 'x'.repeat(255)],
    ['255 characters outside the basic plane', '\u{1F600}'.repeat(255)],
    ['an e-mail', 'Some.One+tag@example.com'],
    ['quotes, slashes, line ends and control characters', '"\\/\n\r\t\u0001\u007f'],
    ['markup and SQL', `<b>'; drop table profiles; --`],
    ['characters that line-splitting scripts trip over', '\u2028\u2029\ufeff\u202e'],
    ['what is not in a normal form', 'e\u0301 \u00e9 \ufb01'],
    ['spaces alone', '  '],
  ])('keeps a reference of %s as it was given', async (_, reference) => {
    const tenant = await api.newTenant()
    const response = await create(api, seedFace, tenant, reference)
    expect(response.statusCode).toBe(201)
    expect(response.body).toBe(createdBody(seedFace, reference))
    expect(await rowsOf(tenant.ctx.appId)).toEqual([{ type: 'User', reference, label: null }])
  })

  it('reads references written with JSON escapes, surrogate pairs included', async () => {
    const { apiKey } = await api.newTenant()
    const body = '{"reference": "\\ud83d\\ude00\\u00e9", "type": "User"}'
    const response = await post(api, seedFace, apiKey.secret, body)
    expect(response.statusCode).toBe(201)
    expect(response.body).toBe(createdBody(seedFace, '\u{1F600}é'))
  })

  it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])(
    'takes JSON under the content type %s',
    async (contentType) => {
      const { apiKey } = await api.newTenant()
      const body = JSON.stringify(exampleProfile)
      const response = await post(api, seedFace, apiKey.secret, body, { 'content-type': contentType })
      expect(response.statusCode).toBe(201)
      expect(response.body).toBe(created.body)
    },
  )
})

describe('404 or 409: the reference is taken', () => {
  it.each(faces)('$name: says so, whatever type comes with it, and makes no second profile', async (face) => {
    const tenant = await api.newTenant()
    await create(api, face, tenant, 'taken')
    for (const type of ['User', 'Merchant']) {
      const response = await create(api, face, tenant, 'taken', type)
      expectError(response, face, errors.duplicate, [['reference', duplicate.sentence]])
    }
    expect(await rowsOf(tenant.ctx.appId)).toEqual([{ type: 'User', reference: 'taken', label: null }])
    const after = await list(api, seedFace, tenant.apiKey.secret)
    expect(after.json()).toMatchObject({ totalElements: 1 })
  })

  it('is 404 Not Found without x-sdk-version, as the seed prints it, and 409 with it', async () => {
    const tenant = await api.newTenant()
    await create(api, seedFace, tenant, 'taken')
    const old = await create(api, seedFace, tenant, 'taken')
    expect([old.statusCode, old.statusMessage]).toEqual([duplicate.status, duplicate.statusText])
    const present = await create(api, presentFace, tenant, 'taken')
    expect([present.statusCode, present.statusMessage]).toEqual([409, 'Conflict'])
  })

  it('holds between the mounts, the generations and the native API', async () => {
    const tenant = await api.newTenant()
    const native = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
      payload: { reference: 'taken' },
    })
    expect(native.statusCode).toBe(201)
    for (const face of faces) {
      expectError(await create(api, face, tenant, 'taken'), face, errors.duplicate, [['reference', duplicate.sentence]])
    }
  })

  it('compares references exactly: case, spaces and composition make another profile', async () => {
    const tenant = await api.newTenant()
    const references = ['jo', 'Jo', 'JO', 'jo ', ' jo', 'jo\u0301', 'j\u00f3', 'j\u006f\u200b']
    for (const reference of references) {
      const response = await create(api, seedFace, tenant, reference)
      expect([reference, response.statusCode]).toEqual([reference, 201])
    }
    const stored = await database.db.query<{ reference: string }>(
      'select reference from profiles where app_id = $1 order by id',
      [tenant.ctx.appId],
    )
    expect(stored.map((row) => row.reference)).toEqual(references)
  })

  it('frees a reference when its profile is deleted', async () => {
    const tenant = await api.newTenant()
    await create(api, seedFace, tenant, 'again')
    const gone = await api.server.inject({
      method: 'DELETE',
      url: '/facet/v1/profiles/reference:again',
      headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
    })
    expect(gone.statusCode).toBe(204)
    const response = await create(api, seedFace, tenant, 'again', 'Merchant')
    expect(response.statusCode).toBe(201)
    expect(response.body).toBe(createdBody(seedFace, 'again', 'Merchant'))
  })

  it('lets exactly one of many simultaneous creates through', async () => {
    const tenant = await api.newTenant()
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => create(api, faces[i % faces.length] ?? seedFace, tenant, 'raced')),
    )
    const statuses = responses.map((response) => response.statusCode)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404 || status === 409)).toHaveLength(19)
  })
})
