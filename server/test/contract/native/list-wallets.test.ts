import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { packCursor } from '../../../src/core/pagination.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { type Client, clientOf, expectProblem, type ProfileBody } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)
let tenant: TestTenant
let client: Client
/** May read wallets and make none. */
let reader: Client
beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
})

interface WalletBody {
  readonly id: string
  readonly network: string
  readonly profileId: string
}

/** Makes a wallet of the profile on each network, one after the other. */
async function makeWallets(of: Client, ctx: TestTenant['ctx'], profile: ProfileBody, networks: readonly string[]) {
  for (const network of networks) {
    expect((await of.post(`/profiles/${profile.id}/wallets`, { network })).statusCode).toBe(202)
    await makeWaitingWallets(ctx, custodyKey)
  }
}

async function walk(query: string): Promise<WalletBody[][]> {
  const pages: WalletBody[][] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await reader.get(`/wallets?${query}${cursor && `&cursor=${cursor}`}`)
    expect(answer.statusCode, answer.body).toBe(200)
    pages.push(answer.json().data)
    cursor = answer.json().nextCursor
  }
  return pages
}

const networksOf = (wallets: readonly WalletBody[]) => wallets.map(({ network }) => network)

describe('GET /facet/v1/wallets: 200', () => {
  it('is empty before the first wallet', async () => {
    const other = clientOf(api, (await api.newTenant()).apiKey)
    expect((await other.get('/wallets')).json()).toEqual({ data: [], nextCursor: null, total: 0 })
  })

  it('gives the wallets of all profiles, the newest first, each once, on whatever pages, with the exact total', async () => {
    const [ada, bob] = [await client.make(), await client.make()]
    await makeWallets(client, tenant.ctx, ada, ['AMOY', 'tBTC'])
    await makeWallets(client, tenant.ctx, bob, ['tBTC', 'SANDBOX', 'AMOY'])
    const answer = await reader.get('/wallets')
    expect(answer.statusCode).toBe(200)
    const { data, ...rest } = answer.json()
    expect(rest).toEqual({ nextCursor: null, total: 5 })
    expect(networksOf(data)).toEqual(['AMOY', 'SANDBOX', 'tBTC', 'tBTC', 'AMOY'])
    expect(data.map(({ profileId }: WalletBody) => profileId)).toEqual([bob.id, bob.id, bob.id, ada.id, ada.id])
    expect(data[0]).toEqual((await reader.get(`/wallets/${data[0].id}`)).json())
    expect(await walk('limit=2')).toEqual([data.slice(0, 2), data.slice(2, 4), data.slice(4)])
    expect(await walk('limit=5')).toEqual([data])
  })

  it('is narrowed to a network, and has no total then', async () => {
    const { data, total } = (await reader.get('/wallets?network=tBTC')).json()
    expect([networksOf(data), total]).toEqual([['tBTC', 'tBTC'], null])
    expect(await walk('network=tBTC&limit=1')).toEqual([[data[0]], [data[1]]])
    expect((await reader.get('/wallets?network=tETH')).json()).toEqual({ data: [], nextCursor: null, total: null })
  })

  it('leaves out the wallets of profiles that were deleted, and shows those of other apps to nobody', async () => {
    const other = await api.newTenant()
    const others = clientOf(api, other.apiKey)
    const [kept, deleted] = [await others.make(), await others.make()]
    await makeWallets(others, other.ctx, kept, ['AMOY'])
    await makeWallets(others, other.ctx, deleted, ['AMOY'])
    await others.delete(`/profiles/${deleted.id}`)
    for (const [query, total] of [
      ['', 1],
      ['?network=AMOY', null],
    ]) {
      const answer = (await others.get(`/wallets${query}`)).json()
      expect(answer).toEqual({ data: [expect.objectContaining({ profileId: kept.id })], nextCursor: null, total })
      expect(JSON.stringify((await reader.get(`/wallets${query}`)).json())).not.toContain(kept.id)
    }
  })
})

describe('GET /facet/v1/wallets: refusals', () => {
  it.each([
    ['limit=0', 'limit', 'range'],
    ['limit=201', 'limit', 'range'],
    ['limit=x', 'limit', 'type'],
    ['sort=x', 'sort', 'unknown'],
    ['cursor=x', 'cursor', 'format'],
    [`cursor=${packCursor(['wallets', '1'])}`, 'cursor', 'format'],
    [`cursor=${packCursor(['sequence', newId()])}`, 'cursor', 'format'],
    ['network=BTC', 'network', 'choice'],
    ['network=amoy', 'network', 'choice'],
    ['network=', 'network', 'choice'],
  ])('400: %s', async (query, field, rule) => {
    expectProblem(await client.get(`/wallets?${query}`), 400, 'input_invalid', [{ path: `/${field}`, rule }])
  })

  it('401: without a key', async () => {
    expectProblem(await api.server.inject('/facet/v1/wallets'), 401, 'credentials_missing')
  })

  it('403: with a key that may make wallets and not read them', async () => {
    const writer = clientOf(api, await api.newKey(tenant, ['wallets:write']))
    expectProblem(await writer.get('/wallets'), 403, 'scope_missing')
  })
})
