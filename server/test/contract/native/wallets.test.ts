import { beforeAll, describe, expect, it } from 'vitest'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { type Client, clientOf, expectProblem, type ProfileBody, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)
let tenant: TestTenant
let client: Client
/** May read wallets and make none. */
let reader: Client
/** May make wallets and read nothing. */
let writer: Client
beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
  writer = clientOf(api, await api.newKey(tenant, ['wallets:write']))
})

const unknownIds = ['01900000-0000-7000-8000-000000000000', 'x', '%00', 'AMOY']
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
const walletsPath = ({ id }: ProfileBody) => `/profiles/${id}/wallets`
const request = (profile: ProfileBody, body: object = { network: 'AMOY' }) => client.post(walletsPath(profile), body)
const walletsOf = async (profile: ProfileBody) => (await client.get(walletsPath(profile))).json().data

/** The wallet of a profile on a network, made by request. */
async function madeWallet(profile: ProfileBody, body: object = { network: 'AMOY' }) {
  expect((await request(profile, body)).statusCode).toBe(202)
  await makeWaitingWallets(tenant.ctx, custodyKey)
  const answer = await request(profile, body)
  expect(answer.statusCode).toBe(200)
  return answer.json().wallet
}

interface NetworkBody {
  readonly alias: string
  readonly isTest: boolean
}
const sorted = (networks: NetworkBody[]) => networks.toSorted((a, b) => (a.alias < b.alias ? -1 : 1))

describe('GET /facet/v1/networks', () => {
  it('200: lists the test networks to a sandbox app and the main ones to a live app, with what there is to know', async () => {
    const answer = await reader.get('/networks')
    expect(answer.statusCode).toBe(200)
    const { data } = answer.json()
    const [amoy, local, bitcoin, ethereum, ...others] = sorted(data)
    expect(amoy).toEqual({
      id: '1167440b-6bd2-41a7-880d-d7c7ae7e1897',
      alias: 'AMOY',
      name: 'Polygon',
      chainId: 80002,
      decimals: 18,
      family: 'evm',
      isTest: true,
      confirmations: expect.any(Number),
      explorerUrlTemplate: 'https://amoy.polygonscan.com/address/{address}',
      enabled: true,
    })
    expect(local).toMatchObject({ alias: 'SANDBOX', explorerUrlTemplate: null })
    expect(bitcoin).toMatchObject({ alias: 'tBTC', chainId: null, decimals: 8, family: 'bitcoin', isTest: true })
    expect(ethereum).toMatchObject({ alias: 'tETH', isTest: true, enabled: true })
    expect(others).toEqual([])
    const live = clientOf(api, (await api.newTenant({ mode: 'live' })).apiKey)
    const mains = sorted((await live.get('/networks')).json().data)
    expect(mains.map(({ alias, isTest }) => [alias, isTest])).toEqual(
      ['BTC', 'ETH', 'POLYGON'].map((alias) => [alias, false]),
    )
  })

  it('200: shows which ones the app has switched off', async () => {
    const other = await api.newTenant()
    await updateApp(database.system(), other.ctx.appId, { settings: { wallets: { networks: ['AMOY'] } } })
    const { data } = (await clientOf(api, other.apiKey).get('/networks')).json()
    const enabled = data.filter((network: { enabled: boolean }) => network.enabled)
    expect(enabled.map(({ alias }: { alias: string }) => alias)).toEqual(['AMOY'])
  })

  it('200: needs no scope, since who makes wallets must know where', async () => {
    expect((await writer.get('/networks')).body).toBe((await reader.get('/networks')).body)
  })
})

describe('POST /facet/v1/profiles/:profile/wallets', () => {
  it('202: begins the wallet and answers its workflow, which is named in x-workflow-id too', async () => {
    const profile = await client.make({ reference: 'begins' })
    const answer = await writer.post(`${pathBy('reference', 'begins')}/wallets`, { network: 'AMOY' })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({
      wallet: null,
      workflow: { id: uuid, profileId: profile.id, network: 'AMOY', requestedAt: instant },
    })
    expect(answer.headers['x-workflow-id']).toBe(answer.json().workflow.id)
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const [wallet, ...others] = await walletsOf(profile)
    expect(wallet).toMatchObject({ profileId: profile.id, network: 'AMOY', addressCount: 0 })
    expect(others).toEqual([])
  })

  it('202: joins the workflow that is under way, for each network one', async () => {
    const profile = await client.make()
    const first = (await request(profile)).json()
    expect((await request(profile)).json()).toEqual(first)
    const other = (await request(profile, { network: 'tBTC' })).json()
    expect(other.workflow.id).not.toBe(first.workflow.id)
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const wallets = await walletsOf(profile)
    expect(wallets.map(({ network }: { network: string }) => network)).toEqual(['AMOY', 'tBTC'])
    expect(new Set(wallets.map(({ accountIndex }: { accountIndex: number }) => accountIndex)).size).toBe(1)
  })

  it('202: a repeat under its Idempotency-Key gets the first answer, also when the wallet is there', async () => {
    const profile = await client.make()
    const key = { 'idempotency-key': 'wallet-1' }
    const first = await client.post(walletsPath(profile), { network: 'AMOY' }, key)
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const repeat = await client.post(walletsPath(profile), { network: 'AMOY' }, key)
    expect([repeat.statusCode, repeat.body]).toEqual([202, first.body])
    expect(repeat.headers['x-workflow-id']).toBe(first.headers['x-workflow-id'])
    expect(repeat.headers['idempotency-replayed']).toBe('true')
    expectProblem(await client.post(walletsPath(profile), { network: 'tETH' }, key), 422, 'idempotency_key_reused')
  })

  it('200: answers the wallet that is there, and begins nothing', async () => {
    const profile = await client.make()
    await request(profile, { network: 'SANDBOX', withAddress: true })
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const answer = await request(profile, { network: 'SANDBOX', withAddress: true })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['x-workflow-id']).toBeUndefined()
    expect(answer.json()).toEqual({
      wallet: {
        id: uuid,
        profileId: profile.id,
        network: 'SANDBOX',
        accountIndex: expect.any(Number),
        addressCount: 1,
        createdAt: instant,
      },
      workflow: null,
    })
    expect(await walletsOf(profile)).toEqual([answer.json().wallet])
  })

  it('200: gives a wallet that was made without an address its first one, when that is asked for', async () => {
    const profile = await client.make()
    const made = await madeWallet(profile)
    const asked = async () => (await request(profile, { network: 'AMOY', withAddress: true })).json().wallet
    expect([made.addressCount, await asked(), await asked()]).toEqual([
      0,
      { ...made, addressCount: 1 },
      { ...made, addressCount: 1 },
    ])
  })

  it('400: for a network that is unknown, of the other mode, an id, switched off, or not given', async () => {
    const profile = await client.make()
    const choice = [{ path: '/network', rule: 'choice' }]
    for (const network of ['NONE', 'BTC', 'amoy', '', '1167440b-6bd2-41a7-880d-d7c7ae7e1897']) {
      expectProblem(await request(profile, { network }), 400, 'input_invalid', choice)
    }
    expectProblem(await request(profile, {}), 400, 'input_invalid', [{ path: '/network', rule: 'required' }])
    expectProblem(await request(profile, { network: 'AMOY', withAddress: 'yes', more: 1 }), 400, 'input_invalid', [
      { path: '/withAddress', rule: 'type' },
      { path: '/more', rule: 'unknown' },
    ])
    const other = await api.newTenant()
    await updateApp(database.system(), other.ctx.appId, { settings: { wallets: { networks: ['tETH'] } } })
    const others = clientOf(api, other.apiKey)
    const answer = await others.post(walletsPath(await others.make()), { network: 'AMOY' })
    expectProblem(answer, 400, 'input_invalid', choice)
  })

  it('403: with a key that may not make wallets', async () => {
    const profile = await client.make()
    expectProblem(await reader.post(walletsPath(profile), { network: 'AMOY' }), 403, 'scope_missing')
    expect(await walletsOf(profile)).toEqual([])
  })

  it('404: for a profile that there is not, or not any more', async () => {
    const profile = await client.make()
    await client.delete(`/profiles/${profile.id}`)
    for (const id of [profile.id, ...unknownIds]) {
      const answer = await client.post(`/profiles/${id}/wallets`, { network: 'AMOY' })
      expectProblem(answer, 404, 'profile_not_found')
    }
  })
})

describe('GET /facet/v1/profiles/:profile/wallets', () => {
  it('200: lists the wallets of the profile alone, the oldest first, those of a merged one among them', async () => {
    const [profile, other] = [await client.make(), await client.make({ username: 'has.one' })]
    const own = await madeWallet(profile)
    const others = await madeWallet(other)
    const second = await madeWallet(profile, { network: 'tBTC' })
    expect((await reader.get(walletsPath(profile))).json()).toEqual({ data: [own, second] })
    expect((await reader.get('/profiles/username:has.one/wallets')).json()).toEqual({ data: [others] })
    expect((await client.post(`/profiles/${profile.id}/merge`, { source: other.id })).statusCode).toBe(200)
    expect(await walletsOf(profile)).toEqual([own, { ...others, profileId: profile.id }, second])
    expect(await walletsOf(await client.make())).toEqual([])
  })

  it('403: with a key that may not read', async () => {
    expectProblem(await writer.get(walletsPath(await client.make())), 403, 'scope_missing')
  })

  it('404: for a profile that there is not', async () => {
    for (const id of unknownIds) expectProblem(await client.get(`/profiles/${id}/wallets`), 404, 'profile_not_found')
  })
})

describe('GET /facet/v1/wallets/:id', () => {
  it('200: answers the wallet as the lists do', async () => {
    const wallet = await madeWallet(await client.make())
    const answer = await reader.get(`/wallets/${wallet.id}`)
    expect([answer.statusCode, answer.json()]).toEqual([200, wallet])
  })

  it('403: with a key that may not read', async () => {
    const wallet = await madeWallet(await client.make())
    expectProblem(await writer.get(`/wallets/${wallet.id}`), 403, 'scope_missing')
  })

  it('404: for an id of none, and for a wallet whose profile was deleted', async () => {
    for (const id of unknownIds) expectProblem(await client.get(`/wallets/${id}`), 404, 'wallet_not_found')
    const profile = await client.make()
    const wallet = await madeWallet(profile)
    await client.delete(`/profiles/${profile.id}`)
    expectProblem(await client.get(`/wallets/${wallet.id}`), 404, 'wallet_not_found')
  })
})

describe('POST /facet/v1/wallets/:id/addresses', () => {
  it('201: adds the next address of the wallet, in the form of its network', async () => {
    const profile = await client.make()
    const wallet = await madeWallet(profile, { network: 'tBTC', withAddress: true })
    const answer = await writer.post(`/wallets/${wallet.id}/addresses`)
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      id: uuid,
      walletId: wallet.id,
      profileId: profile.id,
      network: 'tBTC',
      address: expect.stringMatching(/^tb1q[02-9ac-hj-np-z]{38}$/),
      addressIndex: 1,
      createdAt: instant,
    })
    expect((await client.get(`/wallets/${wallet.id}`)).json().addressCount).toBe(2)
    const evm = await madeWallet(profile)
    const first = (await client.post(`/wallets/${evm.id}/addresses`, {})).json()
    expect(first).toMatchObject({ address: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/), addressIndex: 0 })
  })

  it('201: a repeat under its Idempotency-Key gets the first answer and adds nothing', async () => {
    const path = `/wallets/${(await madeWallet(await client.make())).id}/addresses`
    const key = { 'idempotency-key': 'address-1' }
    const first = await client.post(path, undefined, key)
    const repeat = await client.post(path, undefined, key)
    expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
    expect(repeat.headers['idempotency-replayed']).toBe('true')
    expect((await client.get(path)).json().data).toEqual([first.json()])
  })

  it('400: for a body that says something', async () => {
    const path = `/wallets/${(await madeWallet(await client.make())).id}/addresses`
    expectProblem(await client.post(path, { index: 5 }), 400, 'input_invalid', [{ path: '/index', rule: 'unknown' }])
    expect((await client.get(path)).json().data).toEqual([])
  })

  it('403: with a key that may not make addresses', async () => {
    const path = `/wallets/${(await madeWallet(await client.make())).id}/addresses`
    expectProblem(await reader.post(path), 403, 'scope_missing')
    expect((await client.get(path)).json().data).toEqual([])
  })

  it('404: for an id of none, and for a wallet whose profile was deleted', async () => {
    const profile = await client.make()
    const wallet = await madeWallet(profile)
    await client.delete(`/profiles/${profile.id}`)
    for (const id of [wallet.id, ...unknownIds]) {
      expectProblem(await client.post(`/wallets/${id}/addresses`), 404, 'wallet_not_found')
    }
  })
})

describe('GET /facet/v1/wallets/:id/addresses', () => {
  it('200: pages through the addresses of the wallet alone, the oldest first', async () => {
    const profile = await client.make()
    const wallet = await madeWallet(profile, { network: 'AMOY', withAddress: true })
    await madeWallet(profile, { network: 'tETH', withAddress: true })
    const path = `/wallets/${wallet.id}/addresses`
    for (let i = 1; i < 5; i++) await client.post(path)
    const { data, nextCursor } = (await reader.get(path)).json()
    expect(data.map(({ addressIndex }: { addressIndex: number }) => addressIndex)).toEqual([0, 1, 2, 3, 4])
    expect(nextCursor).toBeNull()
    const pages = []
    for (let cursor = ''; cursor !== null; ) {
      const page = (await reader.get(`${path}?limit=2${cursor && `&cursor=${cursor}`}`)).json()
      pages.push(page.data)
      cursor = page.nextCursor
    }
    expect(pages).toEqual([data.slice(0, 2), data.slice(2, 4), data.slice(4)])
  })

  it('400: for a limit out of range, an unknown parameter and a cursor that is none', async () => {
    const path = `/wallets/${(await madeWallet(await client.make())).id}/addresses`
    for (const [query, field, rule] of [
      ['limit=0', 'limit', 'range'],
      ['limit=201', 'limit', 'range'],
      ['limit=x', 'limit', 'type'],
      ['sort=x', 'sort', 'unknown'],
      ['cursor=x', 'cursor', 'format'],
    ] as const) {
      expectProblem(await client.get(`${path}?${query}`), 400, 'input_invalid', [{ path: `/${field}`, rule }])
    }
  })

  it('403: with a key that may not read', async () => {
    const path = `/wallets/${(await madeWallet(await client.make())).id}/addresses`
    expectProblem(await writer.get(path), 403, 'scope_missing')
  })

  it('404: for an id of none', async () => {
    for (const id of unknownIds) expectProblem(await client.get(`/wallets/${id}/addresses`), 404, 'wallet_not_found')
  })
})

describe('GET /facet/v1/workflows/:id', () => {
  it('200: tells that the wallet is being made, and then that it is there', async () => {
    const profile = await client.make()
    const { id, requestedAt } = (await request(profile)).json().workflow
    const running = { id, profileId: profile.id, network: 'AMOY', failure: null, requestedAt }
    expect((await reader.get(`/workflows/${id}`)).json()).toEqual({
      ...running,
      state: 'running',
      walletId: null,
      closedAt: null,
    })
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const [wallet] = await walletsOf(profile)
    expect((await reader.get(`/workflows/${id}`)).json()).toEqual({
      ...running,
      state: 'completed',
      walletId: wallet.id,
      closedAt: instant,
    })
  })

  it('200: tells that it failed, when the profile was deleted meanwhile', async () => {
    const profile = await client.make()
    const { id } = (await request(profile)).json().workflow
    await client.delete(`/profiles/${profile.id}`)
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const failed = { state: 'failed', failure: 'profile_gone', walletId: null, closedAt: instant }
    expect((await reader.get(`/workflows/${id}`)).json()).toMatchObject(failed)
  })

  it('403: with a key that may not read', async () => {
    const { id } = (await request(await client.make())).json().workflow
    expectProblem(await writer.get(`/workflows/${id}`), 403, 'scope_missing')
  })

  it('404: for an id of none', async () => {
    for (const id of unknownIds) expectProblem(await client.get(`/workflows/${id}`), 404, 'workflow_not_found')
  })
})
