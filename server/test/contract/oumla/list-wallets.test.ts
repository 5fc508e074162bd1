import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { create, type Face, fill, isoMs, list, printedFaces } from './faces.ts'
import {
  addressPathV2,
  generateAddress,
  generateWallet,
  newProfile,
  type TestNetwork,
  useMaker,
} from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)
const make = useMaker(database)
const [seedFace, presentFace] = printedFaces as [Face, Face]

afterEach(() => {
  vi.restoreAllMocks()
})

let tenant: TestTenant
let other: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
  other = await api.newTenant()
  await make(tenant)
  await make(other)
})

interface Amounts {
  readonly confirmed?: string
  readonly unconfirmed?: string
}

/** A wallet with so many addresses; gives them. */
async function addWallet(of: TestTenant, reference: string, network: TestNetwork, count: number): Promise<string[]> {
  const made: string[] = []
  for (let i = 0; i < count; i++) {
    const answer = await generateAddress(api, seedFace, of, addressPathV2, { reference, network })
    expect(answer.statusCode).toBe(201)
    made.push(answer.json().data)
  }
  return made
}

/** Puts an amount onto the profile's wallets of the network, as a chain would. */
async function pay(reference: string, network: TestNetwork, { confirmed = '0', unconfirmed = '0' }: Amounts) {
  const text = `update wallets set confirmed = $3, unconfirmed = $4 where network = $2 and profile_id = (
    select id from profiles where app_id = $5 and reference = $1)`
  await database.db.query(text, [reference, network, confirmed, unconfirmed, tenant.ctx.appId])
}

/** The list item of the profile that was made last. */
async function lastItem() {
  const { secret } = tenant.apiKey
  const { totalElements } = (await list(api, seedFace, secret, '?take=0')).json()
  return (await list(api, seedFace, secret, `?skip=${totalElements - 1}`)).json().profiles[0]
}

describe('a listed profile that has wallets', () => {
  it('carries each of them, oldest first, with its keys in the contract’s order', async () => {
    const reference = await newProfile(api, seedFace, tenant)
    const bitcoin = await addWallet(tenant, reference, 'tBTC', 2)
    const polygon = await addWallet(tenant, reference, 'AMOY', 1)
    await pay(reference, 'tBTC', { confirmed: '123456789' })
    const { organizationId } = tenant.ctx
    const item = await lastItem()
    const [{ date: first, index }, { date: second }] = item.miniWallets
    for (const date of [first, second]) expect(date).toMatch(isoMs)
    const owner = { organizationId, reference, type: 'User', index }
    const rest = { transaction: [] }
    expect(JSON.stringify(item.miniWallets)).toBe(
      JSON.stringify([
        { ...owner, currentDeepIndex: 2, address: bitcoin, ...rest, network: 'tBTC', date: first },
        { ...owner, currentDeepIndex: 1, address: polygon, ...rest, network: 'AMOY', date: second },
      ]),
    )
    expect(item.addressesCount).toBe(3)
    expect(JSON.stringify(item.bitcoin_balance)).toBe(
      '{"confirmed":"1.23456789","unconfirmed":"0","total":"1.23456789"}',
    )
  })

  it('shows the first hundred addresses of a wallet, and counts all of them', async () => {
    const reference = await newProfile(api, seedFace, tenant)
    const made = await addWallet(tenant, reference, 'tBTC', 101)
    const { miniWallets, addressesCount } = await lastItem()
    expect(miniWallets[0].address).toEqual(made.slice(0, 100))
    expect(addressesCount).toBe(101)
  })

  it('shows satoshi as exact decimals', async () => {
    const reference = await newProfile(api, seedFace, tenant)
    await addWallet(tenant, reference, 'tBTC', 1)
    const cases = [
      ['100000000', '0', '1', '0', '1'],
      ['1', '0', '0.00000001', '0', '0.00000001'],
      ['0', '10', '0', '0.0000001', '0.0000001'],
      ['150000000', '-50000000', '1.5', '-0.5', '1'],
      ['0', '-1', '0', '-0.00000001', '-0.00000001'],
      ['2100000000000000', '0', '21000000', '0', '21000000'],
      ['900719925474099312345678', '1', '9007199254740993.12345678', '0.00000001', '9007199254740993.12345679'],
    ] as const
    for (const [confirmed, unconfirmed, ...shown] of cases) {
      await pay(reference, 'tBTC', { confirmed, unconfirmed })
      const { bitcoin_balance: balance } = await lastItem()
      expect([balance.confirmed, balance.unconfirmed, balance.total]).toEqual(shown)
    }
  })

  it('sums Bitcoin wallets alone', async () => {
    const reference = await newProfile(api, seedFace, tenant)
    for (const network of ['tBTC', 'tETH', 'AMOY'] as const) await addWallet(tenant, reference, network, 1)
    await pay(reference, 'tBTC', { confirmed: '100000003', unconfirmed: '3' })
    await pay(reference, 'tETH', { confirmed: '77', unconfirmed: '88' })
    const item = await lastItem()
    expect(item.bitcoin_balance).toEqual({ confirmed: '1.00000003', unconfirmed: '0.00000003', total: '1.00000006' })
    expect(item.addressesCount).toBe(3)
    expect(item.miniWallets).toHaveLength(3)
  })

  it('is not given the wallets of its neighbours or of another app', async () => {
    const [alone, having] = [await newProfile(api, seedFace, other), await newProfile(api, seedFace, other)]
    await create(api, seedFace, tenant, alone)
    await addWallet(tenant, alone, 'tBTC', 1)
    const made = await addWallet(other, having, 'tBTC', 1)
    const { profiles } = (await list(api, seedFace, other.apiKey.secret)).json()
    expect(profiles.map((item: { addressesCount: number }) => item.addressesCount)).toEqual([0, 1])
    expect(profiles[0].miniWallets).toEqual([])
    expect(profiles[1].miniWallets[0].address).toEqual(made)
  })
})

describe('the cost of a page', () => {
  it('is the same number of statements for 50 profiles with wallets as for one', async () => {
    const many = await api.newTenant()
    await fill(api, seedFace, many, 50)
    for (let i = 1; i <= 50; i++) await generateWallet(api, seedFace, many, `p${i}`)
    await make(many)
    const statements = async (face: Face, take: number) => {
      const query = vi.spyOn(database.db, 'query')
      const response = await list(api, face, many.apiKey.secret, `?take=${take}`)
      const count = statementsOf(query).length
      query.mockRestore()
      const body = response.json()
      const items = face.present ? body.data : body.profiles
      expect(items.length).toBe(take)
      if (!face.present) expect(items.at(-1).miniWallets).toHaveLength(1)
      return count
    }
    expect([await statements(seedFace, 1), await statements(seedFace, 50)]).toEqual([2, 2])
    expect([await statements(presentFace, 1), await statements(presentFace, 50)]).toEqual([1, 1])
  })
})
