import { beforeAll, describe, expect, it } from 'vitest'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { credentials, deposit, errors, expectError, expectErrors, get, make, mounts, type Pair } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)
let tenant: TestTenant
let apiKey: Pair
beforeAll(async () => {
  tenant = await api.newTenant()
  apiKey = tenant.apiKey
})

/** What the worker does for the tenant, or another one. */
const makeWallets = ({ ctx }: TestTenant = tenant) => makeWaitingWallets(ctx, custodyKey)

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const nothingYet =
  '{"success":true,"data":{"network":"Polygon","chain_id":80002,"wallet_address":null,"qr_code_data":null}}'

/** A call of the native API. */
async function native(pair: Pair, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  const answer = await api.server.inject({
    method,
    url: `/facet/v1${path}`,
    headers: { authorization: `Bearer ${pair.secret}` },
    ...(body && { payload: body }),
  })
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  return answer.body === '' ? undefined : answer.json()
}

const walletsOf = async (pair: Pair, uid: string) => (await native(pair, 'GET', `/profiles/uid:${uid}/wallets`)).data

async function set({ ctx }: TestTenant, wallets: object): Promise<Pair> {
  await updateApp(database.system(), ctx.appId, { settings: { wallets } })
  // A key that is known carries settings that are up to a second old.
  return issueApiKey({ ...ctx, now: new Date(0) }, ctx.appId, {
    name: 'Fresh',
    scopes: [...ctx.scopes],
    expiresAt: null,
  })
}

describe.each(mounts)('%s/deposit', (mount) => {
  describe('200', () => {
    it('answers at once without an address, names the work that it began, and later the address', async () => {
      const uid = await make(api, apiKey)
      const first = await deposit(api, mount, apiKey, uid)
      expect([first.statusCode, first.body]).toEqual([200, nothingYet])
      expect(first.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(first.headers['x-workflow-id']).toMatch(uuid)
      const again = await deposit(api, mount, apiKey, uid)
      expect(again.body).toBe(nothingYet)
      expect(again.headers['x-workflow-id']).toBe(first.headers['x-workflow-id'])
      await makeWallets()
      const made = await deposit(api, mount, apiKey, uid)
      const address: string = made.json().data.wallet_address
      expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/)
      expect(made.body).toBe(
        `{"success":true,"data":{"network":"Polygon","chain_id":80002,"wallet_address":"${address}",` +
          `"qr_code_data":"ethereum:${address}@80002"}}`,
      )
      expect(made.headers['x-workflow-id']).toBeUndefined()
      expect(await walletsOf(apiKey, uid)).toHaveLength(1)
    })
  })

  describe('400', () => {
    it('wants both parameters, each once and not empty, and begins nothing without', async () => {
      const uid = await make(api, apiKey)
      const ask = (query: string) => get(api, `${mount}/deposit${query}`, apiKey)
      expectError(await ask(`?user_uid=${uid}`), errors.required, 'collection_uid')
      expectError(await ask('?collection_uid=1'), errors.required, 'user_uid')
      expectError(await ask(`?user_uid=${uid}&collection_uid=`), errors.blank, 'collection_uid')
      expectError(await ask('?user_uid=&collection_uid=1'), errors.blank, 'user_uid')
      expectError(await ask(`?user_uid=${uid}&user_uid=${uid}&collection_uid=1`), errors.notString, 'user_uid')
      const both = [
        ['user_uid', errors.required],
        ['collection_uid', errors.required],
      ] as const
      expectErrors(await ask(''), both)
      expect(await walletsOf(apiKey, uid)).toEqual([])
    })
  })

  describe('401', () => {
    it('wants credentials before it looks at anything', async () => {
      expectError(await api.server.inject(`${mount}/deposit`), errors.unauthorized)
    })
  })

  describe('403', () => {
    it('gives a pair that may not make wallets what is there, and begins nothing for it', async () => {
      const reader = await api.newKey(tenant, ['profiles:read'])
      const uid = await make(api, apiKey)
      expectError(await deposit(api, mount, reader, uid), errors.forbidden)
      await makeWallets()
      expect(await walletsOf(apiKey, uid)).toEqual([])
      await deposit(api, mount, apiKey, uid)
      expectError(await deposit(api, mount, reader, uid), errors.forbidden)
      await makeWallets()
      const made = await deposit(api, mount, reader, uid)
      expect(made.json().data.wallet_address).toMatch(/^0x/)
      expect(made.body).toBe((await deposit(api, mount, apiKey, uid)).body)
    })

    it('refuses a pair that may not read users, and a token for less than everything', async () => {
      const uid = await make(api, apiKey)
      const writer = await api.newKey(tenant, ['wallets:write'])
      expectError(await deposit(api, mount, writer, uid), errors.forbidden)
      const narrowed = await api.server.inject({
        url: `${mount}/deposit?user_uid=${uid}&collection_uid=1`,
        headers: credentials(apiKey, { user_id: uid, resource: '*', action: '*' }),
      })
      expectError(narrowed, errors.forbidden)
      expect(await walletsOf(apiKey, uid)).toEqual([])
    })
  })

  describe('404', () => {
    it('answers for a uid that nobody has, of another app, or of a user that was deleted', async () => {
      const other = await api.newTenant()
      const [theirs, gone] = [await make(api, other.apiKey), await make(api, apiKey)]
      await deposit(api, mount, apiKey, gone)
      await makeWallets()
      await native(apiKey, 'DELETE', `/profiles/uid:${gone}`)
      for (const uid of ['452711987655', 'x', '\0', theirs, gone]) {
        expectError(await deposit(api, mount, apiKey, uid), errors.userNotFound)
      }
      expect(await walletsOf(other.apiKey, theirs)).toEqual([])
    })
  })
})

describe('the address of a deposit', () => {
  it('is the first of the wallet, however many there are and whatever the collection', async () => {
    const uid = await make(api, apiKey)
    await deposit(api, '/v1', apiKey, uid)
    await makeWallets()
    const first = await deposit(api, '/v1', apiKey, uid)
    const [{ id }] = await walletsOf(apiKey, uid)
    await native(apiKey, 'POST', `/wallets/${id}/addresses`)
    expect((await get(api, `/v1/deposit?user_uid=${uid}&collection_uid=%C3%A9`, apiKey)).body).toBe(first.body)
    const { wallets } = (await get(api, `/v1/user/${uid}`, apiKey)).json().data
    expect(wallets).toHaveLength(2)
    expect(wallets[0].address).toBe(first.json().data.wallet_address)
  })

  it('is added to a wallet that was made without one, and is the same for calls at the same time', async () => {
    const uid = await make(api, apiKey)
    await native(apiKey, 'POST', `/profiles/uid:${uid}/wallets`, { network: 'AMOY' })
    await makeWallets()
    const answers = await Promise.all([1, 2, 3].map(() => deposit(api, '/v1', apiKey, uid)))
    const addresses = new Set(answers.map((answer) => answer.json().data.wallet_address))
    expect(addresses.size).toBe(1)
    expect([...addresses][0]).toMatch(/^0x/)
    expect(answers.map(({ headers }) => headers['x-workflow-id'])).toEqual([undefined, undefined, undefined])
  })
})

describe('the network of a deposit', () => {
  let own: TestTenant
  let pair: Pair
  beforeAll(async () => {
    own = await api.newTenant()
    pair = await set(own, { defaultEvmNetwork: 'tETH' })
  })

  it('is the main one in a live app, and another one by a setting', async () => {
    const live = await api.newTenant({ mode: 'live' })
    const inLive = (await deposit(api, '/v1', live.apiKey, await make(api, live.apiKey))).json().data
    expect([inLive.network, inLive.chain_id]).toEqual(['Polygon', 137])
    const uid = await make(api, pair)
    for (const network of ['tBTC', 'AMOY']) {
      await native(pair, 'POST', `/profiles/uid:${uid}/wallets`, { network, withAddress: true })
    }
    await makeWallets(own)
    expect((await deposit(api, '/v1', pair, uid)).json().data.wallet_address).toBeNull()
    await makeWallets(own)
    const { network, chain_id, qr_code_data } = (await deposit(api, '/v1', pair, uid)).json().data
    expect([network, chain_id]).toEqual(['Ethereum Sepolia', 11155111])
    expect(qr_code_data).toMatch(/^ethereum:0x[0-9a-fA-F]{40}@11155111$/)
  })

  it('400: is named when the app has switched it off, but for wallets that are there', async () => {
    const [before, after] = [await make(api, pair), await make(api, pair)]
    await deposit(api, '/v1', pair, before)
    await makeWallets(own)
    const { body } = await deposit(api, '/v1', pair, before)
    const later = await set(own, { networks: ['tBTC'] })
    expectError(await deposit(api, '/v1', later, after), errors.networkOff, 'network')
    expect((await deposit(api, '/v1', later, before)).body).toBe(body)
  })
})
