import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, errors, expectError, type Face, faces, fill, list, post, printedFaces, uuid } from './faces.ts'
import {
  addressPaths,
  addressPathV2,
  generateAddress,
  generateWallet,
  networkIds,
  newProfile,
  type TestNetwork,
  useMaker,
} from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database)
const make = useMaker(database)
const [seedFace] = printedFaces as [Face]
const allPaths = [...addressPaths, addressPathV2]

let tenant: TestTenant
let reference: string
beforeAll(async () => {
  tenant = await api.newTenant()
  await make(tenant)
})
beforeEach(async () => {
  reference = await newProfile(api, seedFace, tenant)
})

/** A wallet of the profile on the network, made before the test goes on. */
async function withWallet(network: TestNetwork = 'tBTC'): Promise<void> {
  expect((await generateWallet(api, seedFace, tenant, reference, network)).statusCode).toBe(201)
  await make(tenant)
}

async function storedAddresses(whose = reference): Promise<{ id: string; address: string }[]> {
  const text = `select a.id, a.address from addresses a join wallets w on w.app_id = a.app_id and w.id = a.wallet_id
      join profiles p on p.app_id = a.app_id and p.id = w.profile_id
    where p.reference = $1 order by a.id`
  return database.db.query(text, [whose])
}

describe.each(faces)('$name', (face) => {
  const generate = (path: string, whose = reference, headers = {}) =>
    generateAddress(api, face, tenant, path, { reference: whose }, headers)

  describe.each(allPaths)('%s', (path) => {
    const there = at(face, path)
    const send = (secret: string, body: object) => post(api, there, secret, JSON.stringify(body))

    it('201: answers the wallet’s next address, and names no workflow', async () => {
      await withWallet()
      const answers = [await generate(path), await generate(path), await generate(path)]
      const stored = await storedAddresses()
      expect(stored).toHaveLength(3)
      const message = 'Address generated'
      const bodies = stored.map(({ id, address }) =>
        JSON.stringify(face.present ? { data: { id, address }, message } : { message, data: address }),
      )
      expect(answers.map((answer) => [answer.statusCode, answer.body])).toEqual(bodies.map((body) => [201, body]))
      for (const { address } of stored) expect(address).toMatch(/^tb1q[02-9ac-hj-np-z]{38}$/)
      for (const { headers } of answers) {
        expect(headers['x-workflow-id']).toBeUndefined()
        expect(headers['content-type']).toBe('application/json; charset=utf-8')
      }
    })

    it('201: takes the network by its id and by its alias', async () => {
      await withWallet('AMOY')
      for (const network of [{ network: 'AMOY' }, { networkId: networkIds.AMOY }]) {
        const answer = await send(tenant.apiKey.secret, { reference, clientShare: 'x', ...network })
        expect(answer.statusCode).toBe(201)
      }
      const stored = await storedAddresses()
      expect(stored).toHaveLength(2)
      for (const { address } of stored) expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/)
    })

    it('400: refuses a body that lacks a field, or has a wrong one, and takes no address', async () => {
      await withWallet()
      const sound = { reference, network: 'tBTC', clientShare: 'x' }
      const required = (field: string) => [field, `${field} is required`] as const
      const cases = [
        [{}, [required('network'), required('reference'), required('clientShare')]],
        [{ ...sound, clientShare: undefined }, [required('clientShare')]],
        [{ ...sound, clientShare: '' }, [['clientShare', 'clientShare must not be empty']]],
        [{ ...sound, clientShare: { a: 1 } }, [['clientShare', 'clientShare must be a string']]],
        [{ ...sound, reference: 1 }, [['reference', 'reference must be a string']]],
        [{ ...sound, network: 'DOGE' }, [['network', 'network must be a network that is enabled']]],
      ] as const
      for (const [body, fields] of cases) {
        expectError(await send(tenant.apiKey.secret, body), there, errors.invalidInput, fields)
      }
      expect(await storedAddresses()).toEqual([])
    })

    it('403: needs wallets:write', async () => {
      await withWallet()
      const body = { reference, network: 'tBTC', clientShare: 'x' }
      const { secret } = await api.newKey(tenant, ['profiles:read', 'profiles:write'])
      expectError(await send(secret, body), there, errors.forbidden)
      expect(await storedAddresses()).toEqual([])
      const writer = await api.newKey(tenant, ['wallets:write'])
      expect((await send(writer.secret, body)).statusCode).toBe(201)
    })

    it('404: a profile that is not there, or is another app’s', async () => {
      await withWallet()
      const other = await api.newTenant()
      const theirs = await generateAddress(api, face, other, path, { reference })
      expectError(theirs, there, errors.notFound)
      expectError(await generate(path, 'nobody'), there, errors.notFound)
      expect(await storedAddresses()).toEqual([])
    })

    it('a repeat under an Idempotency-Key gets the first address', async () => {
      await withWallet()
      const keyed = { 'idempotency-key': reference }
      const first = await generate(path, reference, keyed)
      const repeat = await generate(path, reference, keyed)
      expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
      expect(repeat.headers['idempotency-replayed']).toBe('true')
      expect((await generate(path)).body).not.toBe(first.body)
      expect(await storedAddresses()).toHaveLength(2)
    })
  })

  describe.each(addressPaths)('%s without a wallet', (path) => {
    it('404: makes none', async () => {
      expectError(await generate(path), at(face, path), errors.notFound)
      await withWallet('AMOY')
      expectError(await generate(path), at(face, path), errors.notFound)
      expect(await storedAddresses()).toEqual([])
    })

    it('201: waits for one that is under way', async () => {
      const asked = await generateWallet(api, face, tenant, reference)
      const waiting = generate(path)
      await make(tenant)
      const answer = await waiting
      expect(answer.statusCode).toBe(201)
      expect(await storedAddresses()).toHaveLength(1)
      // Undefined when the wallet was first.
      expect([undefined, asked.headers['x-workflow-id']]).toContain(answer.headers['x-workflow-id'])
    })
  })

  describe(addressPathV2, () => {
    it('201: makes a wallet of the stock at once, names its workflow, and the next call names none', async () => {
      const first = await generate(addressPathV2)
      expect(first.statusCode).toBe(201)
      const workflow = at(face, `/api/v1/workflows/${first.headers['x-workflow-id']}/status`)
      expect((await list(api, workflow, tenant.apiKey.secret)).json()).toMatchObject({ status: 'COMPLETED' })
      const next = await generate(addressPathV2)
      expect([next.statusCode, next.headers['x-workflow-id']]).toEqual([201, undefined])
      const wallets = await list(api, at(face, `/api/v1/wallets/profile/${reference}`), tenant.apiKey.secret)
      expect(wallets.json().data).toMatchObject([{ reference, currentDeepIndex: 2 }])
    })

    it('a repeat under an Idempotency-Key gets the first address and its workflow', async () => {
      const keyed = { 'idempotency-key': reference }
      const first = await generate(addressPathV2, reference, keyed)
      const repeat = await generate(addressPathV2, reference, keyed)
      expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
      expect(first.headers['x-workflow-id']).toMatch(uuid)
      expect(repeat.headers['x-workflow-id']).toBe(first.headers['x-workflow-id'])
    })
  })
})

it.each(printedFaces)(
  '201: $name: waits for the wallet when there is no stock yet, and names its workflow',
  async (face) => {
    const fresh = await api.newTenant()
    await fill(api, seedFace, fresh, 1)
    const waiting = generateAddress(api, face, fresh, addressPathV2, { reference: 'p1' })
    const asked = 'select 1 from workflows where app_id = $1'
    await vi.waitUntil(async () => (await database.db.query(asked, [fresh.ctx.appId])).length > 0, { timeout: 10_000 })
    await make(fresh)
    const answer = await waiting
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['x-workflow-id']).toMatch(uuid)
  },
)
