import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { startKeeper } from '../../test/helpers/feed-keeper.ts'
import { useWalletMaker } from '../../test/helpers/wallet-maker.ts'
import { openReceiver } from '../../test/helpers/webhook-receiver.ts'
import { createSequencer } from '../core/feed/feed.service.ts'
import { updateApp } from '../core/organizations/organizations.service.ts'
import { createProfile } from '../core/profiles/profiles.service.ts'
import { listWalletsOfApp } from '../core/wallets/wallets.service.ts'
import { createEndpoint } from '../core/webhooks/webhooks.service.ts'
import { createEventSignal } from '../infra/db/event-signal.ts'

const database = useDatabase()
useWalletMaker(database)
const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0)) await close()
})

describe('wallets that come with profiles', () => {
  it('are made soon after the profile by those who keep the feed, and nobody asks for them', async () => {
    const receiver = await openReceiver()
    const app = await database.newApp()
    const signal = createEventSignal(app.db, app.log)
    const ctx = { ...app, committed: () => signal.raise(app.appId) }
    await createSequencer(ctx, ctx.appId).number()
    await updateApp(ctx, ctx.appId, { settings: { wallets: { withProfile: ['AMOY'] } } })
    const types = ['wallet.created', 'address.created']
    await createEndpoint(ctx, { url: `http://${receiver.host}/`, types })
    const keeper = startKeeper({ address: database.address, keys: database.keys, allow: [receiver.host] })
    closes.push(
      () => keeper.close(),
      () => receiver.close(),
    )
    await Promise.all(Array.from({ length: 20 }, () => createProfile(ctx, {})))
    await receiver.until(() => receiver.received.length === 40)
    expect((await listWalletsOfApp(ctx, { skip: 0, take: 1 })).total).toBe(20)
  })
})
