import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, create, errors, expectError, faces, list, printedFaces, uuid } from './faces.ts'
import {
  addressPaths,
  addressPathV2,
  generateAddress,
  generateWallet,
  networkIds,
  newProfile,
  paged,
  useMaker,
} from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database)
const make = useMaker(database)

describe('from a profile to its addresses, as a client goes', () => {
  it.each(faces)('$name', async (face) => {
    const tenant = await api.newTenant()
    const { secret } = tenant.apiKey
    const get = (path: string) => list(api, at(face, path), secret)
    const reference = 'dba1fea5-2004-4ea8-a06d-a7c7c5559b8f'

    expect((await get('/api/v1/network/enabled')).json().networks).toContainEqual({
      ...{ networkId: networkIds.tBTC, name: 'Bitcoin Testnet', alias: 'tBTC' },
    })
    expect((await create(api, face, tenant, reference)).statusCode).toBe(201)
    const wallet = await generateWallet(api, face, tenant, reference)
    expect(wallet.statusCode).toBe(201)
    const workflow = `/api/v1/workflows/${wallet.headers['x-workflow-id']}/status`
    expect((await get(workflow)).json()).toMatchObject({ status: 'RUNNING' })
    await make(tenant)
    const { status, result } = (await get(workflow)).json()
    expect(status).toBe('COMPLETED')

    const made = []
    for (const path of [...addressPaths, addressPathV2]) {
      const answer = (await generateAddress(api, face, tenant, path, { reference })).json()
      made.push(face.present ? answer.data.address : answer.data)
    }
    expect(new Set(made).size).toBe(3)

    const wallets = (await get(`/api/v1/wallets/profile/${reference}`)).json()
    expect(wallets).toMatchObject({
      data: [{ id: result.walletId, reference, currentDeepIndex: 3 }],
      ...paged(face, 1),
    })
    expect((await get('/api/v1/wallets/organization')).json()).toEqual(wallets)
    const addresses = (await get(`/api/v1/addresses/${reference}`)).json()
    expect(addresses.data.map(({ address }: { address: string }) => address)).toEqual(made)
    expect((await get('/api/v1/addresses/organization')).json()).toEqual(addresses)
    for (const { miniWalletId } of addresses.data) expect(miniWalletId).toBe(result.walletId)
    // The list of profiles shows wallets in the seed's generation alone.
    const profiles = (await get('/api/v1/profiles')).json()
    if (!face.present) {
      const { miniWallets, addressesCount } = profiles.profiles[0]
      expect(miniWallets).toMatchObject([{ reference, network: 'tBTC', currentDeepIndex: 3, address: made }])
      expect(addressesCount).toBe(3)
    }
  })
})

it('503: a wallet that takes longer than ten seconds names its workflow, and when to try again; the work goes on', {
  timeout: 20_000,
}, async () => {
  const begun = Date.now()
  const calls = printedFaces.flatMap((face) => [...addressPaths, addressPathV2].map((path) => ({ face, path })))
  const waits = calls.map(async ({ face, path }) => {
    const tenant = await api.newTenant()
    const reference = await newProfile(api, face, tenant)
    const asked = path === addressPathV2 ? undefined : await generateWallet(api, face, tenant, reference)
    const answer = await generateAddress(api, face, tenant, path, { reference })
    expectError(answer, at(face, path), errors.walletPending)
    const workflowId = answer.headers['x-workflow-id']
    expect(answer.headers['retry-after']).toBe('1')
    expect(workflowId).toMatch(uuid)
    if (asked !== undefined) expect(workflowId).toBe(asked.headers['x-workflow-id'])
    return { face, path, tenant, reference }
  })
  const waited = await Promise.all(waits)
  expect(Date.now() - begun).toBeGreaterThanOrEqual(10_000)
  for (const { face, path, tenant, reference } of waited) {
    await make(tenant)
    expect((await generateAddress(api, face, tenant, path, { reference })).statusCode).toBe(201)
  }
})
