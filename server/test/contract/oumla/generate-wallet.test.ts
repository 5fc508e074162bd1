import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, errors, expectError, type Face, faces, fill, isoMs, list, post, printedFaces, uuid } from './faces.ts'
import { generateWallet, named, networkIds, newProfile, type TestNetwork, useMaker } from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database)
const make = useMaker(database)
const [seedFace] = printedFaces as [Face]

let tenant: TestTenant
let reference: string
beforeAll(async () => {
  tenant = await api.newTenant()
  await fill(api, seedFace, tenant, 1)
})
beforeEach(async () => {
  reference = await newProfile(api, seedFace, tenant)
})

/** How many rows of the table are the profile's. */
async function count(table: 'wallets' | 'workflows', whose = reference): Promise<number> {
  const text = `select 1 from ${table} w join profiles p on p.app_id = w.app_id and p.id = w.profile_id where reference = $1`
  return (await database.db.query(text, [whose])).length
}

/** The list of the profile's wallets. */
async function walletsOf(whose = reference): Promise<{ readonly network: string; readonly date: string }[]> {
  return (await list(api, at(seedFace, `/api/v1/wallets/profile/${whose}`), tenant.apiKey.secret)).json().data
}

function native(method: 'POST' | 'DELETE', path: string, payload?: object) {
  const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
  return api.server.inject({ method, url: `/facet/v1/profiles${path}`, headers, ...(payload && { payload }) })
}

async function useNetworks(of: TestTenant, networks: readonly TestNetwork[]): Promise<void> {
  const { secret } = await api.newKey(of, ['organization:manage'])
  const changed = await api.server.inject({
    method: 'PATCH',
    url: `/facet/v1/apps/${of.ctx.appId}`,
    headers: { authorization: `Bearer ${secret}` },
    payload: { settings: { wallets: { networks } } },
  })
  expect(changed.statusCode).toBe(200)
}

describe.each(faces)('$name', (face) => {
  const path = at(face, '/api/v1/wallets/generate')

  describe('201', () => {
    it('answers at once what is to be, and names the workflow; the wallet comes behind it', async () => {
      const shop = await newProfile(api, face, tenant, 'Merchant')
      const before = Date.now()
      const response = await generateWallet(api, face, tenant, shop)
      expect(response.statusCode).toBe(201)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      const { date } = response.json().data
      expect(date).toMatch(isoMs)
      expect(Date.parse(date)).toBeGreaterThanOrEqual(before)
      expect(Date.parse(date)).toBeLessThanOrEqual(Date.now())
      const data = { reference: shop, ...named(face, 'tBTC'), type: 'Merchant', date }
      expect(response.body).toBe(JSON.stringify({ data }))
      expect(response.headers['x-workflow-id']).toMatch(uuid)
      expect(await walletsOf(shop)).toEqual([])
      await make(tenant)
      expect(await walletsOf(shop)).toMatchObject([{ network: 'tBTC' }])
    })

    it('joins what is under way: the same workflow, the same date, one wallet', async () => {
      const answers = [await generateWallet(api, face, tenant, reference)]
      for (const other of faces) answers.push(await generateWallet(api, other, tenant, reference))
      const told = answers.map((answer) => [answer.headers['x-workflow-id'], answer.json().data.date])
      expect(new Set(told.map(String)).size).toBe(1)
      await make(tenant)
      expect([await count('workflows'), await count('wallets')]).toEqual([1, 1])
    })

    it('answers a wallet that is there with its own date, and names no workflow', async () => {
      await generateWallet(api, face, tenant, reference)
      await make(tenant)
      const [wallet] = await walletsOf()
      const again = await generateWallet(api, face, tenant, reference)
      expect([again.statusCode, again.json().data.date]).toEqual([201, wallet?.date])
      expect(again.headers['x-workflow-id']).toBeUndefined()
      expect(await count('workflows')).toBe(1)
    })

    it('makes one wallet on each network, and knows each by its id and by its alias', async () => {
      const { secret } = tenant.apiKey
      for (const [network, networkId] of Object.entries(networkIds)) {
        const names = [{ network }, { networkId }, { networkId: networkId.toUpperCase() }, { networkId, network: 'x' }]
        const workflows = new Set()
        for (const name of names) {
          const answer = await post(api, path, secret, JSON.stringify({ reference, ...name }))
          expect([name, answer.statusCode]).toEqual([name, 201])
          expect(answer.json().data).toMatchObject(face.present ? { networkId } : { network })
          workflows.add(answer.headers['x-workflow-id'])
        }
        expect(workflows.size).toBe(1)
      }
      await make(tenant)
      expect((await walletsOf()).map(({ network }) => network).sort()).toEqual(Object.keys(networkIds).sort())
    })

    it('knows a profile without a reference by its UUID, and one that has a reference by that alone', async () => {
      const nameless = (await native('POST', '', {})).json().id
      const answer = await generateWallet(api, face, tenant, nameless)
      expect([answer.statusCode, answer.json().data.reference]).toEqual([201, nameless])
      const other = (await native('POST', '', { reference: nameless })).json().id
      expectError(await generateWallet(api, face, tenant, other), path, errors.notFound)
      const next = await generateWallet(api, face, tenant, nameless)
      expect(next.headers['x-workflow-id']).not.toBe(answer.headers['x-workflow-id'])
    })
  })

  describe('400', () => {
    const required = (field: string) => [field, `${field} is required`] as const
    const text = (field: string) => [field, `${field} must be a string`] as const
    const disabled = ['network', 'network must be a network that is enabled'] as const
    const disabledId = ['networkId', 'networkId must be a network that is enabled'] as const
    const bitcoin = 'f7f5bfc0-7a7e-47a9-b4fe-23896dbca064'

    it.each([
      ['nothing', {}, [required('network'), required('reference')]],
      ['no network', { reference: 'p1' }, [required('network')]],
      ['no reference', { network: 'tBTC' }, [required('reference')]],
      ['an empty reference', { reference: '', network: 'tBTC' }, [['reference', 'reference must not be empty']]],
      ['a number as reference', { reference: 1, network: 'tBTC' }, [text('reference')]],
      ['a number as network', { reference: 'p1', network: 1 }, [text('network')]],
      ['null as networkId', { reference: 'p1', networkId: null }, [text('networkId')]],
      ['an unknown alias', { reference: 'p1', network: 'DOGE' }, [disabled]],
      ['an alias in another case', { reference: 'p1', network: 'TBTC' }, [disabled]],
      ['an empty alias', { reference: 'p1', network: '' }, [disabled]],
      ['an alias with NUL', { reference: 'p1', network: 'tBTC\0' }, [disabled]],
      ['an unknown id', { reference: 'p1', networkId: '01900000-0000-7000-8000-000000000000' }, [disabledId]],
      ['an id that is none', { reference: 'p1', networkId: 'tBTC' }, [disabledId]],
      ['a main network in a sandbox app', { reference: 'p1', network: 'BTC' }, [disabled]],
      ['its id', { reference: 'p1', networkId: bitcoin }, [disabledId]],
    ] as const)('refuses %s, and begins nothing', async (_, body, fields) => {
      const response = await post(api, path, tenant.apiKey.secret, JSON.stringify(body))
      expectError(response, path, errors.invalidInput, fields)
      expect(await count('workflows', 'p1')).toBe(0)
    })

    it.each(['', '[]', 'null', '{'])('refuses the body %j', async (body) => {
      expectError(await post(api, path, tenant.apiKey.secret, body), path, errors.badRequest)
    })

    it('refuses a network that the settings of the app leave out, and a test network in a live app', async () => {
      const [narrow, live] = [await api.newTenant(), await api.newTenant({ mode: 'live' })]
      await useNetworks(narrow, ['tETH', 'AMOY'])
      for (const where of [narrow, live]) {
        await fill(api, seedFace, where, 1)
        expectError(await generateWallet(api, face, where, 'p1'), path, errors.invalidInput, [disabled])
      }
    })
  })

  it('403: needs wallets:write', async () => {
    const { secret } = await api.newKey(tenant, ['profiles:read', 'profiles:write'])
    const body = JSON.stringify({ reference, network: 'tBTC' })
    expectError(await post(api, path, secret, body), path, errors.forbidden)
    expect(await count('workflows')).toBe(0)
    const writer = await api.newKey(tenant, ['wallets:write'])
    expect((await post(api, path, writer.secret, body)).statusCode).toBe(201)
  })

  it('404: a profile that is not there, was deleted, is another app’s, or has no possible name', async () => {
    const other = await api.newTenant()
    const theirs = await newProfile(api, face, other)
    expect((await native('DELETE', `/reference:${reference}`)).statusCode).toBe(204)
    for (const none of ['nobody', reference, theirs, 'P1', 'p1\0', '01900000-0000-7000-8000-000000000000']) {
      expectError(await generateWallet(api, face, tenant, none), path, errors.notFound)
    }
    expect([await count('workflows'), await count('workflows', theirs)]).toEqual([0, 0])
  })

  describe('a repeat under an Idempotency-Key', () => {
    const repeated = (network: TestNetwork = 'tBTC') =>
      generateWallet(api, face, tenant, reference, network, { 'idempotency-key': reference })

    it('gets the first answer and its workflow, though the wallet has been made and its profile deleted since', async () => {
      const first = await repeated()
      expect(first.statusCode).toBe(201)
      expect(first.headers['idempotency-replayed']).toBeUndefined()
      await make(tenant)
      expect((await native('DELETE', `/reference:${reference}`)).statusCode).toBe(204)
      const repeat = await repeated()
      expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
      expect(repeat.headers['idempotency-replayed']).toBe('true')
      expect(repeat.headers['x-workflow-id']).toBe(first.headers['x-workflow-id'])
    })

    it('422: is refused with another body', async () => {
      await repeated()
      const other = await repeated('tETH')
      expectError(other, path, errors.keyReused)
      expect(await count('workflows')).toBe(1)
    })
  })
})

it('a repeat under an Idempotency-Key gets the first answer also when the network has been disabled since', async () => {
  const own = await api.newTenant()
  await fill(api, seedFace, own, 1)
  const ask = (headers = {}) => generateWallet(api, seedFace, own, 'p1', 'tBTC', headers)
  const first = await ask({ 'idempotency-key': 'k1' })
  await useNetworks(own, ['tETH', 'AMOY'])
  // An app's settings may be a second old.
  await vi.waitUntil(async () => (await ask()).statusCode === 400, { timeout: 10_000 })
  const repeat = await ask({ 'idempotency-key': 'k1' })
  expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
})
