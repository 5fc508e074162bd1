import { describe, expect, it } from 'vitest'
import { useCustodyKey } from '../../../test/helpers/custody.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import { makeWaitingWallets } from '../../../test/helpers/wallet-maker.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { createSequencer } from '../feed/feed.service.ts'
import { updateApp } from '../organizations/organizations.service.ts'
import { deleteProfile } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { makeWallets } from './wallet-maker.service.ts'
import { makeWalletsFromStock } from './wallet-making.service.ts'
import { requestWallet } from './wallet-requests.service.ts'
import { listWalletsOfApp } from './wallets.service.ts'
import { endWorkflows, selectWaiting } from './workflows.queries.ts'
import { getWorkflow } from './workflows.service.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)
const make = (ctx: Ctx) => makeWaitingWallets(ctx, custodyKey)
const on = (alias: string) => ({ by: 'alias', value: alias }) as const
const byId = (id: string) => ({ by: 'id', value: id }) as const
const page = { skip: 0, take: 100 }

async function eventsOf(ctx: Ctx): Promise<string[]> {
  const rows = await ctx.db.query<{ type: string }>(
    `select type from events_pending where app_id = $1 and type ~ '^(wallet|address|seed)' order by position`,
    [ctx.appId],
  )
  return rows.map(({ type }) => type)
}

describe('makeWallets', () => {
  it('makes the wallet that was asked for, with an address if one was, and says so in its workflow and by events', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const bare = await requestWallet(ctx, { profile: byId(id), network: on('tBTC'), withAddress: false })
    const addressed = await requestWallet(ctx, { profile: byId(id), network: on('AMOY'), withAddress: true })
    expect(await getWorkflow(ctx, bare.workflowId ?? '')).toMatchObject({ state: 'running', walletId: null })
    await make(ctx)
    const { items, total } = await listWalletsOfApp(ctx, page)
    expect(total).toBe(2)
    expect(
      items.map(({ network, accountIndex, nextAddressIndex }) => [network, accountIndex, nextAddressIndex]),
    ).toEqual([
      ['tBTC', 0, 0],
      ['AMOY', 0, 1],
    ])
    for (const [i, { workflowId }] of [bare, addressed].entries()) {
      const workflow = await getWorkflow(ctx, workflowId ?? '')
      expect(workflow).toMatchObject({ state: 'completed', walletId: items[i]?.id, failure: null })
    }
    expect(await eventsOf(ctx)).toEqual(['seed.created', 'wallet.created', 'wallet.created', 'address.created'])
  })

  it('makes one wallet however many ask, also at the same time, and all are told of the same workflow', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const ask = () => requestWallet(ctx, { profile: byId(id), network: on('tETH'), withAddress: false })
    const asked = await Promise.all(Array.from({ length: 20 }, ask))
    expect(new Set(asked.map(({ workflowId }) => workflowId)).size).toBe(1)
    await Promise.all(Array.from({ length: 4 }, () => make(ctx)))
    expect((await listWalletsOfApp(ctx, page)).total).toBe(1)
    expect(await ask()).toMatchObject({ workflowId: null, wallet: { network: 'tETH' } })
  })

  it('does so much at a time, says that there is more, and goes on with it', async () => {
    const ctx = await database.newApp()
    const profiles = await Promise.all(Array.from({ length: 330 }, () => createProfile(ctx, {})))
    await Promise.all(
      profiles.map(({ id }) => requestWallet(ctx, { profile: byId(id), network: on('AMOY'), withAddress: false })),
    )
    const seen: [boolean, number][] = []
    for (let run = 0; run < 2; run++) {
      const more = await makeWallets({ ...ctx, custodyKey })
      seen.push([more, (await listWalletsOfApp(ctx, page)).total])
    }
    expect(seen).toEqual([
      [true, 320],
      [false, 330],
    ])
  })

  it('counts once, as the last thing that it locks, so that makers of one app never wait for each other in a ring', async () => {
    const ctx = await database.newApp()
    await make(ctx)
    const ids = await Promise.all(Array.from({ length: 3 }, async () => (await createProfile(ctx, {})).id))
    const texts: string[] = []
    await ctx.db.transaction(async (db) => {
      const query: Db['query'] = (text, values) => {
        texts.push(text)
        return db.query(text, values)
      }
      const { actor, requestId } = ctx
      const orders = ids.map((profileId) => ({ profileId, network: 'AMOY', withAddress: true, actor, requestId }))
      await makeWalletsFromStock({ ...ctx, db: { ...db, query } }, orders)
    })
    expect(texts.map((text) => text.includes('wallet_counts')).indexOf(true)).toBe(texts.length - 1)
  })

  it('is what a request is answered with that came while it was being made', async () => {
    const ctx = await database.newApp()
    await make(ctx)
    const { id } = await createProfile(ctx, {})
    const ask = () => requestWallet(ctx, { profile: byId(id), network: on('AMOY'), withAddress: true })
    const { workflowId } = await ask()
    const late = await ctx.db.transaction(async (db) => {
      const tx = { ...ctx, db }
      const [waiting] = await selectWaiting(tx, 1)
      const asking = ask()
      const blocked = `select count(*)::integer as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query ~ 'insert into workflows'`
      await expect.poll(async () => (await ctx.db.query<{ n: number }>(blocked, []))[0]?.n).toBe(1)
      const [made] = await makeWalletsFromStock(tx, waiting === undefined ? [] : [waiting])
      if (made?.state !== 'made') throw new Error('The wallet was not made')
      await endWorkflows(tx, [{ id: workflowId ?? '', walletId: made.wallet.id }], new Date())
      return { asking, walletId: made.wallet.id }
    })
    expect(await late.asking).toMatchObject({ workflowId: null, wallet: { id: late.walletId } })
    const workflows = await ctx.db.query('select id from workflows where app_id = $1', [ctx.appId])
    expect(workflows).toEqual([{ id: workflowId }])
  })

  it('gives each profile an account of its own, beside each other too, and leaves out no index', async () => {
    const ctx = await database.newApp()
    const profiles = await Promise.all(Array.from({ length: 150 }, () => createProfile(ctx, {})))
    for (const { id } of profiles) {
      await requestWallet(ctx, { profile: byId(id), network: on('AMOY'), withAddress: true })
    }
    await Promise.all(Array.from({ length: 3 }, () => make(ctx)))
    await make(ctx)
    const { items } = await listWalletsOfApp(ctx, { skip: 0, take: 200 })
    const indexes = items.map(({ accountIndex }) => accountIndex).toSorted((a, b) => a - b)
    expect(indexes).toEqual(Array.from({ length: 150 }, (_, i) => i))
  })

  it('fails the workflow of a profile that was deleted meanwhile, and makes the others', async () => {
    const ctx = await database.newApp()
    const [gone, stays] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    const asked = await requestWallet(ctx, { profile: byId(gone.id), network: on('AMOY'), withAddress: false })
    await requestWallet(ctx, { profile: byId(stays.id), network: on('AMOY'), withAddress: false })
    await deleteProfile(ctx, byId(gone.id))
    await make(ctx)
    expect(await getWorkflow(ctx, asked.workflowId ?? '')).toMatchObject({ state: 'failed', failure: 'profile_gone' })
    const { items } = await listWalletsOfApp(ctx, page)
    expect(items.map(({ profileId }) => profileId)).toEqual([stays.id])
  })

  it('leaves the rest to the next time when the process ends between two transactions', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    await requestWallet(ctx, { profile: byId(id), network: on('AMOY'), withAddress: true })
    const atStep = (step: string) => {
      if (step === 'workflows_ended') throw new Error('ended')
    }
    await expect(makeWallets({ ...ctx, custodyKey, atStep })).rejects.toThrow('ended')
    expect((await listWalletsOfApp(ctx, page)).total).toBe(0)
    await make(ctx)
    expect((await listWalletsOfApp(ctx, page)).total).toBe(1)
    expect(await eventsOf(ctx)).toEqual(['seed.created', 'wallet.created', 'address.created'])
  })
})

describe('wallets that come with profiles', () => {
  const number = (ctx: Ctx) => createSequencer(ctx, ctx.appId).number()

  it('are made for those alone that came while the app wanted it, on its networks, once', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { reference: 'before' })
    await updateApp(ctx, ctx.appId, { settings: { wallets: { withProfile: ['tBTC', 'AMOY'] } } })
    const during = await createProfile(ctx, { reference: 'during' })
    await updateApp(ctx, ctx.appId, { name: 'Renamed' })
    await number(ctx)
    await make(ctx)
    await createProfile(ctx, { reference: 'later' })
    await number(ctx)
    await Promise.all([make(ctx), make(ctx)])
    await make(ctx)
    const { items } = await listWalletsOfApp(ctx, page)
    expect(items.map(({ owner, network, nextAddressIndex }) => [owner.reference, network, nextAddressIndex])).toEqual([
      ['during', 'tBTC', 1],
      ['during', 'AMOY', 1],
      ['later', 'tBTC', 1],
      ['later', 'AMOY', 1],
    ])
    expect(items[0]?.profileId).toBe(during.id)
    await updateApp(ctx, ctx.appId, { settings: { wallets: { withProfile: [] } } })
    await createProfile(ctx, { reference: 'after' })
    await number(ctx)
    await make(ctx)
    expect((await listWalletsOfApp(ctx, page)).total).toBe(4)
  })

  it('are not made for those who came while none of the networks could be used, once one can again', async () => {
    const ctx = await database.newApp()
    for (const [reference, wallets] of [
      ['on', { withProfile: ['AMOY'] }],
      ['off', { networks: ['tBTC'] }],
      ['on again', { networks: ['AMOY', 'tBTC'] }],
    ] as const) {
      await updateApp(ctx, ctx.appId, { settings: { wallets } })
      await number(ctx)
      await make(ctx)
      await createProfile(ctx, { reference })
      await number(ctx)
      await make(ctx)
    }
    const { items } = await listWalletsOfApp(ctx, page)
    expect(items.map(({ owner }) => owner.reference)).toEqual(['on', 'on again'])
    expect(await ctx.db.query('select id from workflows where app_id = $1', [ctx.appId])).toHaveLength(2)
  })
})
