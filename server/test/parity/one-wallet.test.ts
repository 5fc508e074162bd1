import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { deleteProfile } from '../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../../src/core/profiles/profiles.service.ts'
import { addAddress } from '../../src/core/wallets/addresses.service.ts'
import { listEveryWalletOf } from '../../src/core/wallets/wallets.service.ts'
import { type TestTenant, useApi } from '../helpers/api.ts'
import { useCustodyKey } from '../helpers/custody.ts'
import { useDatabase } from '../helpers/database.ts'
import { makeWaitingWallets } from '../helpers/wallet-maker.ts'
import type { Ids } from './faces.ts'
import { type WalletFace, walletFacesOf } from './wallet-faces.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)
const faces = walletFacesOf(api)

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})

/** A profile of the app, by all its ids. */
async function newProfile(): Promise<Ids> {
  const profile = await createProfile(tenant.ctx, { reference: randomUUID() })
  return { ...profile, number: String(profile.number) }
}

/** Has the wallet made with an address through the face; gives its addresses as they are stored. */
async function made(face: WalletFace, ids: Ids): Promise<string[]> {
  const answer = await face.request(tenant, ids)
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  expect(answer.headers['x-workflow-id']).toBeTypeOf('string')
  await makeWaitingWallets(tenant.ctx, custodyKey)
  const address = await face.requestAddress?.(tenant, ids)
  expect(address?.statusCode ?? 201, address?.body).toBe(201)
  const rows = await database.db.query<{ address: string }>(
    `select a.address from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
     where a.app_id = $1 and w.profile_id = $2`,
    [tenant.ctx.appId, ids.id],
  )
  return rows.map(({ address }) => address)
}

describe.each(faces)('a wallet made through $name', (face) => {
  it('is there in every dialect that shows wallets, with the same address, for its app alone', async () => {
    const stranger = await api.newTenant()
    const ids = await newProfile()
    const stored = await made(face, ids)
    expect(stored).toHaveLength(1)
    for (const { name, see } of faces) {
      expect([name, await see(tenant, ids)]).toEqual([name, stored])
      expect([name, await see(stranger, ids)]).toEqual([name, undefined])
    }
  })

  it('is the one that every dialect means: who asks again gets it, and no other is made', async () => {
    const ids = await newProfile()
    const stored = await made(face, ids)
    for (const { name, request } of faces) {
      const { statusCode, headers } = await request(tenant, ids)
      expect([name, statusCode < 300, headers['x-workflow-id']]).toEqual([name, true, undefined])
    }
    await makeWaitingWallets(tenant.ctx, custodyKey)
    for (const { name, see } of faces) expect([name, await see(tenant, ids)]).toEqual([name, stored])
  })

  it('gets further addresses everywhere, and is gone everywhere with its profile', async () => {
    const ids = await newProfile()
    const profile = { by: 'id', value: ids.id } as const
    const [first] = await made(face, ids)
    const [wallet] = await listEveryWalletOf(tenant.ctx, profile)
    const { address } = await addAddress(tenant.ctx, wallet?.id ?? '')
    for (const { name, see } of faces) expect([name, await see(tenant, ids)]).toEqual([name, [first, address]])
    await deleteProfile(tenant.ctx, profile)
    for (const { name, see } of faces) expect([name, await see(tenant, ids)]).toEqual([name, undefined])
  })
})
