import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { startKeeper } from '../../test/helpers/feed-keeper.ts'
import { useWalletMaker } from '../../test/helpers/wallet-maker.ts'
import { openReceiver } from '../../test/helpers/webhook-receiver.ts'
import { createProfile } from '../core/profiles/profiles.service.ts'
import { requestWallet } from '../core/wallets/wallet-requests.service.ts'
import { createEndpoint } from '../core/webhooks/webhooks.service.ts'

const database = useDatabase()
useWalletMaker(database)
const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0)) await close()
})

describe('the making of a wallet', () => {
  it('is told of within moments, and not at the next look for what was missed', async () => {
    const receiver = await openReceiver()
    // Nobody signals the events of its commands: what begins to number them is the wallet.
    const ctx = await database.newApp()
    await createEndpoint(ctx, { url: `http://${receiver.host}/`, types: ['wallet.*', 'address.*'] })
    const { id } = await createProfile(ctx, {})
    const keeper = startKeeper({ address: database.address, keys: database.keys, allow: [receiver.host] })
    closes.push(
      () => keeper.close(),
      () => receiver.close(),
    )
    const beganAt = performance.now()
    const place = { profile: { by: 'id', value: id }, network: { by: 'alias', value: 'AMOY' } } as const
    await requestWallet(ctx, { ...place, withAddress: true })
    await receiver.until(() => receiver.received.length === 2)
    expect(performance.now() - beganAt).toBeLessThan(3_000)
    const types = receiver.received.map(({ body }) => JSON.parse(body).type)
    expect(types).toEqual(['wallet.created', 'address.created'])
  })
})
