import { afterEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Face, fill, list, printedFaces } from './faces.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)
const [seedFace, presentFace] = printedFaces as [Face, Face]

afterEach(() => {
  vi.restoreAllMocks()
})

interface Address {
  readonly address: string
  readonly confirmed?: string
  readonly unconfirmed?: string
}

const walletTime = new Date('2024-01-17T09:32:29.546Z')

async function addWallet(
  { ctx }: TestTenant,
  reference: string,
  network: string,
  addresses: readonly Address[],
): Promise<void> {
  const [profile] = await database.db.query<{ id: string }>(
    'select id from profiles where app_id = $1 and reference = $2',
    [ctx.appId, reference],
  )
  const walletId = newId()
  await database.db.query(
    `insert into wallets (app_id, id, profile_id, network, account_index, next_address_index, created_at)
     values ($1, $2, $3, $4, 7, $5, $6)`,
    [ctx.appId, walletId, profile?.id, network, addresses.length, walletTime],
  )
  for (const [index, { address, confirmed = '0', unconfirmed = '0' }] of addresses.entries()) {
    await database.db.query(
      `insert into addresses
         (app_id, id, wallet_id, profile_id, network, address, address_index, confirmed, unconfirmed, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [ctx.appId, newId(), walletId, profile?.id, network, address, index, confirmed, unconfirmed, walletTime],
    )
  }
}

async function firstItem(tenant: TestTenant) {
  return (await list(api, seedFace, tenant.apiKey.secret)).json().profiles[0]
}

describe('a listed profile that has wallets', () => {
  it('carries each of them, oldest first, with its keys in the contract’s order', async () => {
    const tenant = await api.newTenant()
    await fill(api, seedFace, tenant, 1)
    await addWallet(tenant, 'p1', 'BTC', [{ address: 'bc1first', confirmed: '123456789' }, { address: 'bc1second' }])
    await addWallet(tenant, 'p1', 'ETH', [{ address: '0xfirst', confirmed: '5000000000000000000' }])
    const { organizationId } = tenant.ctx
    const item = await firstItem(tenant)
    expect(JSON.stringify(item.miniWallets)).toBe(
      `[{"organizationId":"${organizationId}","reference":"p1","type":"User","index":7,"currentDeepIndex":2,` +
        '"address":["bc1first","bc1second"],"transaction":[],"network":"BTC","date":"2024-01-17T09:32:29.546Z"},' +
        `{"organizationId":"${organizationId}","reference":"p1","type":"User","index":7,"currentDeepIndex":1,` +
        '"address":["0xfirst"],"transaction":[],"network":"ETH","date":"2024-01-17T09:32:29.546Z"}]',
    )
    expect(item.addressesCount).toBe(3)
    expect(JSON.stringify(item.bitcoin_balance)).toBe(
      '{"confirmed":"1.23456789","unconfirmed":"0","total":"1.23456789"}',
    )
  })

  it.each([
    ['100000000', '0', '1', '0', '1'],
    ['1', '0', '0.00000001', '0', '0.00000001'],
    ['0', '10', '0', '0.0000001', '0.0000001'],
    ['150000000', '-50000000', '1.5', '-0.5', '1'],
    ['0', '-1', '0', '-0.00000001', '-0.00000001'],
    ['2100000000000000', '0', '21000000', '0', '21000000'],
    ['900719925474099312345678', '1', '9007199254740993.12345678', '0.00000001', '9007199254740993.12345679'],
  ])('shows %s and %s satoshi as exact decimals', async (confirmed, unconfirmed, ...shown) => {
    const tenant = await api.newTenant()
    await fill(api, seedFace, tenant, 1)
    await addWallet(tenant, 'p1', 'BTC', [{ address: 'bc1', confirmed, unconfirmed }])
    const { bitcoin_balance: balance } = await firstItem(tenant)
    expect([balance.confirmed, balance.unconfirmed, balance.total]).toEqual(shown)
  })

  it('sums Bitcoin wallets alone, of both networks, over all addresses', async () => {
    const tenant = await api.newTenant()
    await fill(api, seedFace, tenant, 1)
    await addWallet(tenant, 'p1', 'BTC', [
      { address: 'a', confirmed: '1' },
      { address: 'b', confirmed: '2', unconfirmed: '3' },
    ])
    await addWallet(tenant, 'p1', 'tBTC', [{ address: 'c', confirmed: '100000000' }])
    await addWallet(tenant, 'p1', 'ETH', [{ address: 'd', confirmed: '77', unconfirmed: '88' }])
    await addWallet(tenant, 'p1', 'tETH', [])
    const item = await firstItem(tenant)
    expect(item.bitcoin_balance).toEqual({ confirmed: '1.00000003', unconfirmed: '0.00000003', total: '1.00000006' })
    expect(item.addressesCount).toBe(4)
    expect(item.miniWallets).toHaveLength(4)
  })

  it('is not given the wallets of its neighbours or of another app', async () => {
    const [tenant, other] = [await api.newTenant(), await api.newTenant()]
    await fill(api, seedFace, tenant, 2)
    await fill(api, seedFace, other, 1)
    await addWallet(tenant, 'p2', 'BTC', [{ address: 'bc1p2', confirmed: '5' }])
    await addWallet(other, 'p1', 'BTC', [{ address: 'bc1other', confirmed: '6' }])
    const { profiles } = (await list(api, seedFace, tenant.apiKey.secret)).json()
    expect(profiles.map((item: { addressesCount: number }) => item.addressesCount)).toEqual([0, 1])
    expect(profiles[0].miniWallets).toEqual([])
    expect(profiles[1].miniWallets[0].address).toEqual(['bc1p2'])
  })
})

describe('the cost of a page', () => {
  it('is the same number of statements for 50 profiles with wallets as for one', async () => {
    const tenant = await api.newTenant()
    await fill(api, seedFace, tenant, 50)
    for (let i = 1; i <= 50; i++) await addWallet(tenant, `p${i}`, 'BTC', [{ address: `bc1-${i}`, confirmed: `${i}` }])
    const statements = async (face: Face, take: number) => {
      const query = vi.spyOn(database.db, 'query')
      const response = await list(api, face, tenant.apiKey.secret, `?take=${take}`)
      const count = query.mock.calls.length
      query.mockRestore()
      const body = response.json()
      expect((face.present ? body.data : body.profiles).length).toBe(take)
      return count
    }
    expect([await statements(seedFace, 1), await statements(seedFace, 50)]).toEqual([2, 2])
    expect([await statements(presentFace, 1), await statements(presentFace, 50)]).toEqual([1, 1])
  })
})
