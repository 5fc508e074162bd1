import { describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { create, errors, expectError, type Face, faces, fill, list as get, printedFaces } from './faces.ts'
import { exampleProfile, list as seedList } from './fixtures/seed-000.ts'

const database = useDatabase()
const api = useApi(database)

const [seedFace] = printedFaces as [Face]

interface Paging {
  readonly skip: number
  readonly take: number
  readonly totalElements: number
  readonly totalPages: number
}

/** A page as either generation gives it. */
async function page(face: Face, { apiKey }: TestTenant, query: string): Promise<{ references: string[] } & Paging> {
  const response = await get(api, face, apiKey.secret, query)
  expect([query, response.statusCode]).toEqual([query, 200])
  const body = response.json()
  const items: { reference: string }[] = face.present ? body.data : body.profiles
  const { skip, take, totalElements, totalPages }: Paging = face.present ? body.pagination : body
  return { references: items.map((item) => item.reference), skip, take, totalElements, totalPages }
}

function named(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => `p${from + i}`)
}

function native(tenant: TestTenant, method: 'POST' | 'DELETE' | 'PATCH', path: string, payload?: object) {
  const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
  return api.server.inject({ method, url: `/facet/v1/profiles${path}`, headers, ...(payload && { payload }) })
}

describe('200', () => {
  it('answers one profile in the body that the seed prints, byte for byte', async () => {
    const tenant = await api.newTenant()
    await create(api, seedFace, tenant, exampleProfile.reference)
    const response = await get(api, seedFace, tenant.apiKey.secret)
    const [row] = await database.db.query<{ created_at: Date; updated_at: Date }>(
      'select created_at, updated_at from profiles where app_id = $1',
      [tenant.ctx.appId],
    )
    const createdAt = row?.created_at.toISOString()
    expect(createdAt).toMatch(/\.\d{3}Z$/)
    expect(response.statusCode).toBe(seedList.status)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).toBe(
      `{"profiles":[{"createdAt":"${createdAt}","updated_at":"${row?.updated_at.toISOString()}",` +
        `"organizationId":"${tenant.ctx.organizationId}","type":"User","label":null,` +
        '"reference":"dba1fea5-2004-4ea8-a06d-a7c7c5559b8f","miniWallets":[],' +
        '"bitcoin_balance":{"confirmed":"0","unconfirmed":"0","total":"0"},"addressesCount":0}],' +
        '"skip":0,"take":10,"totalElements":1,"totalPages":1}',
    )
  })

  it('has the keys of the seed in the order of the seed, and its defaults', async () => {
    const tenant = await api.newTenant()
    await create(api, seedFace, tenant, 'r')
    const body = (await get(api, seedFace, tenant.apiKey.secret)).json()
    expect(Object.keys(body)).toEqual(seedList.keys)
    expect(Object.keys(body.profiles[0])).toEqual(seedList.itemKeys)
    expect(body).toMatchObject(seedList.paging)
    expect(body.profiles[0]).toMatchObject({ label: seedList.label, addressesCount: seedList.addressesCount })
  })

  it('answers {data, pagination} to a client that sends x-sdk-version, byte for byte', async () => {
    for (const face of faces.filter(({ present }) => present)) {
      const tenant = await api.newTenant()
      await create(api, face, tenant, 'one')
      await create(api, face, tenant, 'two', 'Merchant')
      const response = await get(api, face, tenant.apiKey.secret)
      expect(response.statusCode).toBe(200)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(response.body).toBe(
        '{"data":[{"reference":"one","type":"User"},{"reference":"two","type":"Merchant"}],' +
          '"pagination":{"totalElements":2,"totalPages":1,"skip":0,"take":10}}',
      )
    }
  })

  describe.each(faces)('$name', (face) => {
    it('gives pages in order of creation, and exact totals on each', async () => {
      const tenant = await api.newTenant()
      await fill(api, face, tenant, 23)
      const all = { totalElements: 23, totalPages: 3, skip: 0, take: 10 }
      const cases: [query: string, references: string[], paging: Partial<Paging>][] = [
        ['', named(1, 10), {}],
        ['?skip=0&take=10', named(1, 10), {}],
        ['?skip=10', named(11, 20), { skip: 10 }],
        ['?skip=20', named(21, 23), { skip: 20 }],
        ['?skip=22&take=1', named(23, 23), { skip: 22, take: 1, totalPages: 23 }],
        ['?take=5', named(1, 5), { take: 5, totalPages: 5 }],
        ['?limit=5', named(1, 5), { take: 5, totalPages: 5 }],
        ['?limit=5&take=3&skip=1', named(2, 4), { skip: 1, take: 3, totalPages: 8 }],
        ['?take=3&limit=oops', named(1, 3), { take: 3, totalPages: 8 }],
        ['?take=100', named(1, 23), { take: 100, totalPages: 1 }],
        ['?take=23', named(1, 23), { take: 23, totalPages: 1 }],
        ['?take=0', [], { take: 0, totalPages: 0 }],
        ['?skip=23', [], { skip: 23 }],
        ['?skip=1000000', [], { skip: 1_000_000 }],
        ['?skip=9007199254740991', [], { skip: 9_007_199_254_740_991 }],
        ['?skip=007&take=002', named(8, 9), { skip: 7, take: 2, totalPages: 12 }],
        ['?page=2&offset=5&Take=1', named(1, 10), {}],
        ['?', named(1, 10), {}],
      ]
      for (const [query, references, paging] of cases) {
        expect([query, await page(face, tenant, query)]).toEqual([query, { references, ...all, ...paging }])
      }
    })

    it('answers an app without profiles', async () => {
      const tenant = await api.newTenant()
      expect(await page(face, tenant, '')).toEqual({
        references: [],
        ...{ skip: 0, take: 10, totalElements: 0, totalPages: 0 },
      })
    })
  })

  it('keeps totals exact through creates, refused creates and deletes', async () => {
    const tenant = await api.newTenant()
    const totals: [number, number][] = []
    const note = async () => {
      const { totalElements, totalPages } = await page(seedFace, tenant, '?take=2')
      totals.push([totalElements, totalPages])
    }
    await Promise.all(named(1, 5).map((reference) => create(api, seedFace, tenant, reference)))
    await note()
    await create(api, seedFace, tenant, 'p1')
    await create(api, seedFace, tenant, 'p9', 'wrong')
    await note()
    expect((await native(tenant, 'DELETE', '/reference:p2')).statusCode).toBe(204)
    await note()
    await Promise.all(['p1', 'p3', 'p4', 'p5'].map((name) => native(tenant, 'DELETE', `/reference:${name}`)))
    await note()
    await create(api, seedFace, tenant, 'p2')
    await note()
    expect(totals).toEqual([
      [5, 3],
      [5, 3],
      [4, 2],
      [0, 0],
      [1, 1],
    ])
  })

  it('keeps totals exact through more simultaneous creates and deletes than there are counters', async () => {
    const tenant = await api.newTenant()
    await Promise.all(named(1, 150).map((reference) => create(api, seedFace, tenant, reference)))
    expect(await page(seedFace, tenant, '?take=1')).toMatchObject({ totalElements: 150, totalPages: 150 })
    await Promise.all(named(1, 100).map((name) => native(tenant, 'DELETE', `/reference:${name}`)))
    const { references, ...paging } = await page(seedFace, tenant, '?take=100')
    expect(references.toSorted()).toEqual(named(101, 150))
    expect(paging).toEqual({ skip: 0, take: 100, totalElements: 50, totalPages: 1 })
  })

  it('leaves a deleted profile out and closes the gap', async () => {
    const tenant = await api.newTenant()
    await fill(api, seedFace, tenant, 5)
    await native(tenant, 'DELETE', '/reference:p2')
    const { references } = await page(seedFace, tenant, '?skip=1&take=2')
    expect(references).toEqual(['p3', 'p4'])
  })

  it.each(faces)('$name: shows the UUID of a profile that has no reference', async (face) => {
    const tenant = await api.newTenant()
    const made = (await native(tenant, 'POST', '', { username: 'someone' })).json()
    const { references } = await page(face, tenant, '')
    expect(references).toEqual([made.id])
    await native(tenant, 'PATCH', `/${made.id}`, { reference: 'now-it-has-one' })
    expect((await page(face, tenant, '')).references).toEqual(['now-it-has-one'])
  })

  it('shows label, kind and times of a profile made and changed elsewhere', async () => {
    const tenant = await api.newTenant()
    const made = (await native(tenant, 'POST', '', { reference: 'r', label: 'VIP', type: 'Department' })).json()
    const changed = (await native(tenant, 'PATCH', `/${made.id}`, { label: 'Very "important" é' })).json()
    const [item] = (await get(api, seedFace, tenant.apiKey.secret)).json().profiles
    expect(item).toEqual({
      createdAt: made.createdAt,
      updated_at: changed.updatedAt,
      organizationId: tenant.ctx.organizationId,
      type: 'Department',
      label: 'Very "important" é',
      reference: 'r',
      miniWallets: [],
      bitcoin_balance: { confirmed: '0', unconfirmed: '0', total: '0' },
      addressesCount: 0,
    })
  })

  it('shows nothing else of a profile: no e-mail, no name, no attribute', async () => {
    const tenant = await api.newTenant()
    const personal = { email: 'secret@example.com', firstName: 'Secretia', attributes: { pin: 'sec-1234' } }
    expect((await native(tenant, 'POST', '', { reference: 'r', ...personal })).statusCode).toBe(201)
    for (const face of printedFaces) {
      const { body } = await get(api, face, tenant.apiKey.secret)
      expect(body).toContain('"reference":"r"')
      expect(body).not.toMatch(/sec(ret|-1234)/i)
    }
  })
})

describe('400', () => {
  const takeRange = 'must be a whole number from 0 to 100'
  const skipRange = 'must be a whole number of at least 0'
  const cases: [query: string, ...fields: [string, string][]][] = [
    ['?skip=-1', ['skip', `skip ${skipRange}`]],
    ['?skip=abc', ['skip', `skip ${skipRange}`]],
    ['?skip=', ['skip', `skip ${skipRange}`]],
    ['?skip=1.5', ['skip', `skip ${skipRange}`]],
    ['?skip=+1', ['skip', `skip ${skipRange}`]],
    ['?skip=%201', ['skip', `skip ${skipRange}`]],
    ['?skip=0x10', ['skip', `skip ${skipRange}`]],
    ['?skip=%D9%A1', ['skip', `skip ${skipRange}`]],
    ['?skip=9007199254740992', ['skip', `skip ${skipRange}`]],
    ['?skip=12345678901234567890', ['skip', `skip ${skipRange}`]],
    ['?skip=1&skip=2', ['skip', 'skip must be given once']],
    ['?take=101', ['take', `take ${takeRange}`]],
    ['?take=-1', ['take', `take ${takeRange}`]],
    ['?take=abc', ['take', `take ${takeRange}`]],
    ['?take=1.5', ['take', `take ${takeRange}`]],
    ['?take=10.0', ['take', `take ${takeRange}`]],
    ['?take=1e1', ['take', `take ${takeRange}`]],
    ['?take=', ['take', `take ${takeRange}`]],
    ['?take', ['take', `take ${takeRange}`]],
    ['?take=NaN', ['take', `take ${takeRange}`]],
    ['?take=Infinity', ['take', `take ${takeRange}`]],
    ['?take=null', ['take', `take ${takeRange}`]],
    ['?take=%00', ['take', `take ${takeRange}`]],
    ['?take=%zz', ['take', `take ${takeRange}`]],
    ['?take=10%0A', ['take', `take ${takeRange}`]],
    ['?take=5&take=5', ['take', 'take must be given once']],
    ['?take=&limit=5', ['take', `take ${takeRange}`]],
    ['?limit=101', ['limit', `limit ${takeRange}`]],
    ['?limit=abc', ['limit', `limit ${takeRange}`]],
    ['?limit=1&limit=2', ['limit', 'limit must be given once']],
    ['?take=101&skip=-1', ['skip', `skip ${skipRange}`], ['take', `take ${takeRange}`]],
  ]

  describe.each(faces)('$name', (face) => {
    it.each(cases)('%s', async (query, ...fields) => {
      const tenant = await api.newTenant()
      const response = await get(api, face, tenant.apiKey.secret, query)
      expectError(response, face, errors.invalidPage, fields)
    })
  })
})
