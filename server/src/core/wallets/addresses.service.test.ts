import { describe, expect, it } from 'vitest'
import { useCustodyKey } from '../../../test/helpers/custody.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import { makeWaitingWallets } from '../../../test/helpers/wallet-maker.ts'
import type { Ctx } from '../context.ts'
import { newId } from '../ids.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { listAddressesOfApp, listAddressesOfProfile, listAddressesOfWallet } from './address-lists.service.ts'
import { addAddress, generateAddress } from './addresses.service.ts'
import { addressAt } from './derivation.rules.ts'
import { requestWallet } from './wallet-requests.service.ts'
import { listWalletsOfApp, listWalletsOfProfile, summarizeWallets } from './wallets.service.ts'
import { getWorkflow } from './workflows.service.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)
const make = (ctx: Ctx) => makeWaitingWallets(ctx, custodyKey)
const on = (alias: string) => ({ by: 'alias', value: alias }) as const
const byId = (id: string) => ({ by: 'id', value: id }) as const
const page = { skip: 0, take: 100 }

/** An app with stock. */
async function stockedApp(): Promise<Ctx> {
  const ctx = await database.newApp()
  await make(ctx)
  return ctx
}
const generate = (ctx: Ctx, id: string, network = 'AMOY', makesWallet = true) =>
  generateAddress(ctx, { profile: byId(id), network: on(network), makesWallet })

/** Gives each of the wallets, which have one, so many more addresses, in turns. */
async function addManyAddresses(ctx: Ctx, walletIds: readonly string[], count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, n) => n + 1)
  const rows = indexes.flatMap((index) => walletIds.map((walletId) => ({ id: newId(), walletId, index })))
  await ctx.db.query(
    `with counted as (update wallet_counts set addresses = addresses + cardinality($2::uuid[])
       where app_id = $1 and slot = (select min(slot) from wallet_counts where app_id = $1)),
     taken as (update wallets set next_address_index = $5 where app_id = $1 and id = any($3::uuid[]))
     insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
     select $1, a.id, a.wallet_id, 'AMOY', a.id, a.index, now()
     from unnest($2::uuid[], $3::uuid[], $4::integer[]) as a (id, wallet_id, index)`,
    [
      ctx.appId,
      rows.map(({ id }) => id),
      rows.map(({ walletId }) => walletId),
      rows.map(({ index }) => index),
      count + 1,
    ],
  )
}

describe('generateAddress', () => {
  it('makes the wallet of the stock at once, and a completed workflow says so', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    const { address, workflowId } = await generate(ctx, id)
    expect(address).toMatchObject({ profileId: id, network: 'AMOY', addressIndex: 0 })
    expect(await getWorkflow(ctx, workflowId ?? '')).toMatchObject({ state: 'completed', walletId: address.walletId })
    const second = await generate(ctx, id)
    expect(second).toMatchObject({ workflowId: null, address: { walletId: address.walletId, addressIndex: 1 } })
  })

  it('gives the address that the account’s public key has at the index, on every network', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    const [keys] = await ctx.db.query<{ bitcoin: string; evm: string }>(
      'select bitcoin_key as bitcoin, evm_key as evm from wallet_accounts where app_id = $1 and account_index = 0',
      [ctx.appId],
    )
    for (const [network, family] of [
      ['tBTC', 'bitcoin'],
      ['tETH', 'evm'],
      ['AMOY', 'evm'],
      ['SANDBOX', 'evm'],
    ] as const) {
      for (const index of [0, 1]) {
        const { address } = await generate(ctx, id, network)
        expect(address.address).toBe(addressAt(keys?.[family] ?? '', { family, isTest: true, index }))
      }
    }
  })

  it('gives out no index twice and none is skipped, however many ask at the same time', async () => {
    const ctx = await stockedApp()
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await createProfile(ctx, {})).id))
    const made = await Promise.all(Array.from({ length: 200 }, (_, i) => generate(ctx, ids[i % 5] ?? '')))
    expect(new Set(made.map(({ address }) => address.address)).size).toBe(200)
    for (const id of ids) {
      const indexes = made.flatMap(({ address }) => (address.profileId === id ? [address.addressIndex] : []))
      expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    }
    const { total } = await listAddressesOfApp(ctx, page)
    expect([total, (await listWalletsOfApp(ctx, page)).total]).toEqual([200, 5])
  })

  it('waits for a wallet that is under way, and gives its address as soon as it is there', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const { workflowId } = await requestWallet(ctx, { profile: byId(id), network: on('tBTC'), withAddress: false })
    const waiting = generate(ctx, id, 'tBTC', false)
    await make(ctx)
    expect(await waiting).toMatchObject({ workflowId, address: { network: 'tBTC', addressIndex: 0 } })
  })

  it('has the wallet made and waits for it when there is no stock', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const waiting = Promise.all([generate(ctx, id), generate(ctx, id)])
    const asked = 'select count(*)::integer as n from workflows where app_id = $1'
    await expect.poll(async () => (await ctx.db.query<{ n: number }>(asked, [ctx.appId]))[0]?.n).toBe(1)
    await make(ctx)
    const made = await waiting
    expect(made.map(({ address }) => address.addressIndex).sort()).toEqual([0, 1])
    expect(new Set(made.map(({ workflowId }) => workflowId)).size).toBe(1)
  })

  it('refuses a profile that is not there, a network that the app may not use, and a wallet that nobody asked for', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    await expect(generate(ctx, ctx.appId)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
    await expect(generate(ctx, id, 'AMOY', false)).rejects.toMatchObject({ fault: { code: 'wallet_not_found' } })
    const allowed = ['tBTC', 'tETH', 'AMOY', 'SANDBOX']
    for (const network of ['BTC', 'POLYGON', 'amoy', '']) {
      const issues = [{ path: ['network'], rule: 'choice', allowed: expect.arrayContaining(allowed) }]
      await expect(generate(ctx, id, network)).rejects.toMatchObject({ fault: { code: 'input_invalid', issues } })
    }
    const blind = { ...ctx, scopes: new Set(['profiles:read'] as const) }
    await expect(generate(blind, id)).rejects.toMatchObject({ fault: { code: 'scope_missing' } })
  })
})

describe('the lists', () => {
  it('go by pages in the order of creation, with exact totals, and leave out what is of deleted profiles', async () => {
    const ctx = await stockedApp()
    const [one, two] = [await createProfile(ctx, { reference: 'one' }), await createProfile(ctx, {})]
    for (const id of [one.id, two.id, one.id, one.id]) await generate(ctx, id)
    await generate(ctx, two.id, 'tBTC')
    const all = await listAddressesOfApp(ctx, page)
    expect(all.total).toBe(5)
    expect(all.items.map(({ owner, network, addressIndex }) => [owner.reference, network, addressIndex])).toEqual([
      ['one', 'AMOY', 0],
      [null, 'AMOY', 0],
      ['one', 'AMOY', 1],
      ['one', 'AMOY', 2],
      [null, 'tBTC', 0],
    ])
    expect(await listAddressesOfApp(ctx, { skip: 1, take: 2 })).toEqual({ total: 5, items: all.items.slice(1, 3) })
    expect(await listAddressesOfApp(ctx, { skip: 5, take: 2 })).toEqual({ total: 5, items: [] })
    const ofOne = await listAddressesOfProfile(ctx, byId(one.id), { skip: 1, take: 1 })
    expect(ofOne).toEqual({ total: 3, items: [all.items[2]] })
    const ofTwo = await listWalletsOfProfile(ctx, byId(two.id), page)
    expect(ofTwo.items.map(({ network }) => network)).toEqual(['AMOY', 'tBTC'])
    await deleteProfile(ctx, byId(one.id))
    const left = await listAddressesOfApp(ctx, page)
    expect([left.total, left.items.map(({ owner }) => owner.profileId)]).toEqual([2, [two.id, two.id]])
    expect((await listWalletsOfApp(ctx, page)).total).toBe(2)
    const kept = await ctx.db.query('select from addresses where app_id = $1', [ctx.appId])
    expect(kept).toHaveLength(5)
  })

  it('show all wallets of a profile in one order of creation, however the pages are cut', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    for (const network of ['AMOY', 'tBTC', 'tETH', 'tBTC', 'AMOY', 'AMOY', 'tETH']) await generate(ctx, id, network)
    const all = (await listAddressesOfApp(ctx, page)).items
    expect(all).toHaveLength(7)
    for (const take of [1, 2, 3]) {
      for (let skip = 0; skip <= 7; skip++) {
        const cut = await listAddressesOfProfile(ctx, byId(id), { skip, take })
        expect(cut).toEqual({ total: 7, items: all.slice(skip, skip + take) })
      }
    }
  })

  it('leave out what is of deleted profiles behind a thousand rows as well as before', async () => {
    const ctx = await stockedApp()
    const [kept, gone] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    const wallets = [await generate(ctx, kept.id), await generate(ctx, gone.id)].map(({ address }) => address.walletId)
    await addManyAddresses(ctx, wallets, 1_009)
    await deleteProfile(ctx, byId(gone.id))
    const all = await ctx.db.query<{ id: string }>(
      'select id from addresses where app_id = $1 and wallet_id = $2 order by id',
      [ctx.appId, wallets[0]],
    )
    for (const skip of [0, 995, 999, 1_000, 1_005, 1_010]) {
      const { items, total } = await listAddressesOfApp(ctx, { skip, take: 10 })
      expect([total, items.map(({ id }) => id)]).toEqual([1_010, all.slice(skip, skip + 10).map(({ id }) => id)])
    }
  })

  it('show a wallet’s addresses by cursor, in the order of their indexes', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    const { address } = await generate(ctx, id)
    for (let n = 0; n < 4; n++) await addAddress(ctx, address.walletId)
    const first = await listAddressesOfWallet(ctx, address.walletId, { limit: 3 })
    const rest = await listAddressesOfWallet(ctx, address.walletId, { limit: 3, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...rest.items].map(({ addressIndex }) => addressIndex)).toEqual([0, 1, 2, 3, 4])
    expect([first.total, rest.nextCursor]).toEqual([5, null])
    const bad = listAddressesOfWallet(ctx, address.walletId, { limit: 3, cursor: 'x' })
    await expect(bad).rejects.toMatchObject({ fault: { code: 'input_invalid' } })
  })

  it('show the first hundred addresses of a wallet beside a profile, and count them all', async () => {
    const ctx = await stockedApp()
    const { id } = await createProfile(ctx, {})
    const made = []
    for (let n = 0; n < 103; n++) made.push((await generate(ctx, id)).address.address)
    const [wallet] = (await summarizeWallets(ctx, [id])).get(id) ?? []
    expect(wallet).toMatchObject({ nextAddressIndex: 103, addresses: made.slice(0, 100) })
  })
})

describe('a merge', () => {
  it('leaves every wallet at its account, lets the target go on with that of the source, and makes none twice', async () => {
    const ctx = await stockedApp()
    const [target, source] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    const before = await generate(ctx, source.id)
    await mergeProfiles(ctx, { target: byId(target.id), source: byId(source.id) })
    const moved = { profileId: target.id, owner: { profileId: target.id } }
    expect((await listAddressesOfProfile(ctx, byId(target.id), page)).items).toMatchObject([moved])
    expect((await listAddressesOfWallet(ctx, before.address.walletId, { limit: 3 })).items).toMatchObject([
      { profileId: target.id },
    ])
    const after = await generate(ctx, target.id)
    expect(after).toMatchObject({ workflowId: null, address: { walletId: before.address.walletId, addressIndex: 1 } })
    const onOther = await generate(ctx, target.id, 'tETH')
    const { items } = await listWalletsOfProfile(ctx, byId(target.id), page)
    expect(items.map(({ network, accountIndex }) => [network, accountIndex])).toEqual([
      ['AMOY', 0],
      ['tETH', 0],
    ])
    expect(onOther.address.address).toBe(before.address.address)
  })
})
