import { describe, expect, it } from 'vitest'
import { useCustodyKey } from '../../../test/helpers/custody.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import { makeWaitingWallets } from '../../../test/helpers/wallet-maker.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { takeAddressLocked } from './address-taking.service.ts'
import { generateAddress } from './addresses.service.ts'
import type { NewAddress } from './wallets.types.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)

const generate = (ctx: Ctx, id: string) =>
  generateAddress(ctx, { profile: { by: 'id', value: id }, network: { by: 'alias', value: 'AMOY' }, makesWallet: true })

/** An app, and the first addresses of so many wallets in it. */
async function appWithWallets(count: number): Promise<{ ctx: Ctx; first: readonly NewAddress['address'][] }> {
  const ctx = await database.newApp()
  await makeWaitingWallets(ctx, custodyKey)
  const profiles = await Promise.all(Array.from({ length: count }, () => createProfile(ctx, {})))
  const made = await Promise.all(profiles.map(({ id }) => generate(ctx, id)))
  return { ctx, first: made.map(({ address }) => address) }
}

/** The context over a database that notes the texts it is sent. */
function recording(ctx: Ctx): { ctx: Ctx; texts: string[] } {
  const texts: string[] = []
  const db: Db = {
    ...ctx.db,
    query(text, values) {
      texts.push(text)
      return ctx.db.query(text, values)
    },
  }
  return { ctx: { ...ctx, db }, texts }
}

describe('addresses of several wallets that are asked for at once', () => {
  it('go out in few statements, and each has its own index, event and place in the count', async () => {
    const { ctx, first } = await appWithWallets(20)
    const recorded = recording(ctx)
    const made = await Promise.all(
      first.map(({ profileId }, n) => {
        const own = { requestId: `request ${n}`, actor: { kind: 'api_key', id: `key ${n}` } } as const
        return generate({ ...recorded.ctx, ...own }, profileId)
      }),
    )
    expect(made.map(({ address }) => [address.walletId, address.addressIndex])).toEqual(
      first.map(({ walletId }) => [walletId, 1]),
    )
    // Twenty are derived in four turns of the event loop; what comes meanwhile may begin another.
    const inserts = recorded.texts.filter((text) => text.includes('insert into addresses'))
    expect(inserts.length).toBeLessThanOrEqual(8)
    const told = await ctx.db.query(
      `select subject_id, occurred_at, actor_id, request_id, data from events_pending
       where app_id = $1 and type = 'address.created' and request_id like 'request %'
       order by substr(request_id, 9)::integer`,
      [ctx.appId],
    )
    expect(told).toEqual(
      made.map(({ address }, n) => ({
        ...{ subject_id: address.profileId, occurred_at: address.createdAt },
        ...{ actor_id: `key ${n}`, request_id: `request ${n}` },
        data: { before: null, after: { ...address, createdAt: address.createdAt.toISOString() } },
      })),
    )
    const counted = 'select sum(addresses)::integer as addresses from wallet_counts where app_id = $1'
    expect(await ctx.db.query(counted, [ctx.appId])).toEqual([{ addresses: 40 }])
  })

  it('do not wait for a wallet that a transaction holds; its own waits, and takes the index that is left', async () => {
    const { ctx, first } = await appWithWallets(2)
    const [held, free] = first.map(({ profileId, walletId }) => ({ profileId, walletId }))
    const [holding, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holder = ctx.db.transaction(async (db) => {
      const taken = await takeAddressLocked({ ...ctx, db }, held?.walletId ?? '')
      holding.resolve()
      await letGo.promise
      return taken
    })
    await holding.promise
    const waiting = generate(ctx, held?.profileId ?? '')
    const neighbour = await generate(ctx, free?.profileId ?? '')
    letGo.resolve()
    expect([neighbour, await waiting].map(({ address }) => address.addressIndex)).toEqual([1, 2])
    expect((await holder).addressIndex).toBe(1)
  })
})
