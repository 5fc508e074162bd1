import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { at, create, errors, expectError, type Face, faces, fill, list, printedFaces } from './faces.ts'
import { addressPathV2, generateAddress, named, newProfile, paged, useMaker } from './wallet-calls.ts'

// The lists of wallets and of addresses, which differ in their items alone.

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)
const make = useMaker(database)
const [seedFace] = printedFaces as [Face]

/** Two profiles: `p1` with wallets on tBTC (two addresses) and AMOY (one), `p2` with one on tBTC (one). */
let tenant: TestTenant
let empty: TestTenant
let priced: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
  empty = await api.newTenant()
  priced = await api.newTenant()
  await make(priced)
  await create(api, seedFace, tenant, 'p1', 'Merchant')
  await create(api, seedFace, tenant, 'p2')
  await fill(api, seedFace, empty, 1)
  const places = [
    ['p1', 'tBTC', 2],
    ['p1', 'AMOY', 1],
    ['p2', 'tBTC', 1],
  ] as const
  await make(tenant)
  for (const [reference, network, addresses] of places) {
    for (let i = 0; i < addresses; i++) {
      const made = await generateAddress(api, seedFace, tenant, addressPathV2, { reference, network })
      expect(made.statusCode).toBe(201)
    }
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface WalletRow {
  readonly id: string
  readonly network: 'tBTC' | 'AMOY'
  readonly index: number
  readonly next: number
  readonly at: Date
  readonly reference: string
  readonly type: string
}

function storedWallets(): Promise<WalletRow[]> {
  const text = `select w.id, w.network, w.account_index as index, w.next_address_index as next, w.created_at as at,
      p.reference, p.type
    from wallets w join profiles p on p.app_id = w.app_id and p.id = w.profile_id
    where w.app_id = $1 order by w.id`
  return database.db.query<WalletRow>(text, [tenant.ctx.appId])
}

interface AddressRow {
  readonly id: string
  readonly address: string
  readonly network: 'tBTC' | 'AMOY'
  readonly at: Date
  readonly walletId: string
  readonly reference: string
}

function storedAddresses(): Promise<AddressRow[]> {
  const text = `select a.id, a.address, a.network, a.created_at as at, a.wallet_id as "walletId", p.reference
    from addresses a join wallets w on w.app_id = a.app_id and w.id = a.wallet_id
      join profiles p on p.app_id = a.app_id and p.id = w.profile_id
    where a.app_id = $1 order by a.id`
  return database.db.query<AddressRow>(text, [tenant.ctx.appId])
}

function walletItem(face: Face, row: WalletRow): object {
  return {
    id: row.id,
    date: row.at.toISOString(),
    organizationId: tenant.ctx.organizationId,
    reference: row.reference,
    type: row.type,
    ...named(face, row.network),
    currentDeepIndex: row.next,
    index: row.index,
  }
}

function addressItem(face: Face, row: AddressRow): object {
  return {
    id: row.id,
    address: row.address,
    reference: row.reference,
    ...named(face, row.network),
    date: row.at.toISOString(),
    label: null,
    sub: null,
    balance: '0',
    miniWalletId: row.walletId,
  }
}

const kinds = [
  {
    kind: 'wallets',
    ofProfile: (reference: string) => `/api/v1/wallets/profile/${encodeURIComponent(reference)}`,
    ofApp: '/api/v1/wallets/organization',
    counts: { p1: 2, all: 3 },
    items: async (face: Face) =>
      (await storedWallets()).map((row) => ({ reference: row.reference, item: walletItem(face, row) })),
  },
  {
    kind: 'addresses',
    ofProfile: (reference: string) => `/api/v1/addresses/${encodeURIComponent(reference)}`,
    ofApp: '/api/v1/addresses/organization',
    counts: { p1: 3, all: 4 },
    items: async (face: Face) =>
      (await storedAddresses()).map((row) => ({ reference: row.reference, item: addressItem(face, row) })),
  },
]

describe.each(faces)('$name', (face) => {
  describe.each(kinds)('the lists of $kind', ({ ofProfile, ofApp, counts, items }) => {
    const get = (path: string, secret: string, query = '') => list(api, at(face, path), secret, query)

    it('200: are those of one profile, or of the app, oldest first, with their keys in the contract’s order', async () => {
      const all = await items(face)
      expect(all).toHaveLength(counts.all)
      const own = all.filter(({ reference }) => reference === 'p1')
      const lists = [
        { path: ofApp, expected: all },
        { path: ofProfile('p1'), expected: own },
      ]
      for (const { path, expected } of lists) {
        const response = await get(path, tenant.apiKey.secret)
        expect(response.statusCode).toBe(200)
        expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
        const data = expected.map(({ item }) => item)
        expect(response.body).toBe(JSON.stringify({ data, ...paged(face, data.length) }))
      }
    })

    it.each([
      ['?skip=1', { skip: 1 }],
      ['?take=1', { take: 1 }],
      ['?skip=1&limit=1', { skip: 1, take: 1 }],
      ['?skip=9', { skip: 9 }],
    ])('200: %s gives that page, and exact totals', async (query, page) => {
      const { skip = 0, take = 10 } = page as { skip?: number; take?: number }
      const all = (await items(face)).map(({ item }) => item)
      const app = await get(ofApp, tenant.apiKey.secret, query)
      expect(app.json()).toEqual({ data: all.slice(skip, skip + take), ...paged(face, counts.all, page) })
      const profile = await get(ofProfile('p1'), tenant.apiKey.secret, query)
      expect(profile.json()).toMatchObject(paged(face, counts.p1, page))
    })

    it('200: are empty in an app without any, of a profile without any, and of no rows', async () => {
      const { secret } = empty.apiKey
      for (const path of [ofApp, ofProfile('p1')]) {
        expect((await get(path, secret)).json()).toEqual({ data: [], ...paged(face, 0) })
      }
      const none = (await get(ofApp, tenant.apiKey.secret, '?take=0')).json()
      const paging = { skip: 0, take: 0, totalElements: counts.all, totalPages: 0 }
      expect(none).toEqual({ data: [], ...(face.present ? { pagination: paging } : paging) })
    })

    it('200: take a reference of any characters, percent-encoded, or the UUID of a profile that has none', async () => {
      const own = await api.newTenant()
      const references = ['a/b', 'jo+tag@example.com', '100%', '%2F', 'ö \u{1F600}', '?#&', '\u{1F600}'.repeat(255)]
      for (const reference of references) await create(api, face, own, reference)
      const headers = { authorization: `Bearer ${own.apiKey.secret}` }
      const nameless = await api.server.inject({ method: 'POST', url: '/facet/v1/profiles', headers, payload: {} })
      for (const reference of [...references, nameless.json().id]) {
        const response = await get(ofProfile(reference), own.apiKey.secret)
        expect([reference, response.statusCode]).toEqual([reference, 200])
      }
    })

    it('400: refuse a bad page', async () => {
      const blamed = [['take', 'take must be a whole number from 0 to 100']] as const
      for (const path of [ofApp, ofProfile('p1')]) {
        const response = await get(path, tenant.apiKey.secret, '?take=101')
        expectError(response, at(face, path), errors.invalidPage, blamed)
      }
    })

    it('403: need profiles:read', async () => {
      const { secret } = await api.newKey(tenant, ['profiles:write', 'wallets:write'])
      for (const path of [ofApp, ofProfile('p1')])
        expectError(await get(path, secret), at(face, path), errors.forbidden)
    })

    it('404: a profile that is not there, or is another app’s', async () => {
      for (const path of ['nobody', 'p2', 'P1', 'p1\0'].map(ofProfile)) {
        expectError(await get(path, empty.apiKey.secret), at(face, path), errors.notFound)
      }
    })
  })
})

it('a reference that is a word of a path can be listed where the path lets it', async () => {
  const own = await api.newTenant()
  await make(own)
  const { secret } = own.apiKey
  for (const reference of ['organization', 'generate']) {
    await create(api, seedFace, own, reference)
    await generateAddress(api, seedFace, own, addressPathV2, { reference })
    const wallets = await list(api, at(seedFace, `/api/v1/wallets/profile/${reference}`), secret)
    expect(wallets.json()).toMatchObject({ data: [{ reference }], totalElements: 1 })
  }
  const organization = await list(api, at(seedFace, '/api/v1/addresses/organization'), secret)
  expect(organization.json()).toMatchObject({ totalElements: 2 })
  const generate = at(seedFace, '/api/v1/addresses/generate')
  expectError(await list(api, generate, secret), generate, errors.methodNotAllowed)
})

it.each([
  ['tBTC', '123456789', '1.23456789'],
  ['tBTC', '1', '0.00000001'],
  ['AMOY', '1500000000000000000', '1.5'],
  ['AMOY', '1', '0.000000000000000001'],
  ['AMOY', '123456789012345678901234567890', '123456789012.34567890123456789'],
] as const)('a balance on %s of %s of the smallest unit is shown as %s', async (network, confirmed, shown) => {
  const reference = await newProfile(api, seedFace, priced)
  await generateAddress(api, seedFace, priced, addressPathV2, { reference, network })
  const text = 'update addresses set confirmed = $2, unconfirmed = 7 where app_id = $1'
  await database.db.query(text, [priced.ctx.appId, confirmed])
  const { data } = (await list(api, at(seedFace, `/api/v1/addresses/${reference}`), priced.apiKey.secret)).json()
  expect(data.map(({ balance }: { balance: string }) => balance)).toEqual([shown])
})

it.each(kinds)('a page of $kind costs the same number of statements for one item as for all', async ({ ofApp }) => {
  const statements = async (take: number) => {
    const query = vi.spyOn(database.db, 'query')
    const response = await list(api, at(seedFace, ofApp), tenant.apiKey.secret, `?take=${take}`)
    const count = statementsOf(query).length
    query.mockRestore()
    expect(response.json().data).toHaveLength(Math.min(take, 3))
    return count
  }
  expect(await statements(1)).toBe(await statements(3))
})
