import { createHmac } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { createEndpoint } from '../../../src/core/webhooks/webhooks.service.ts'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { startKeeper, type TestKeeper } from '../../helpers/feed-keeper.ts'
import { useWalletMaker } from '../../helpers/wallet-maker.ts'
import { openReceiver, type WebhookReceiver } from '../../helpers/webhook-receiver.ts'
import { credentials } from './client.ts'

// What the vendor's page tells its readers: the uid comes at once, the wallet with the first use on a chain; poll, or subscribe.

const database = useDatabase()
const api = useApi(database)
useWalletMaker(database)
let receiver: WebhookReceiver | undefined
let keeper: TestKeeper | undefined

afterEach(async () => {
  await keeper?.close()
  await receiver?.close()
})

/** What is begun so never looks round by itself: it does what it is told of. */
function withoutIntervals<T>(begin: () => T): T {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  try {
    return begin()
  } finally {
    vi.useRealTimers()
  }
}

it('a user’s first deposit leads to a signed webhook of the wallet, which both reads show from then on', async () => {
  const { ctx, apiKey } = await api.newTenant()
  const base = await listenOnLoopback(api.server)
  const call = async (method: string, path: string) => {
    const answer = await fetch(`${base}/v1${path}`, { method, headers: credentials(apiKey) })
    expect(answer.ok).toBe(true)
    return {
      headers: answer.headers,
      body: (await answer.json()) as { success: boolean; data: Record<string, unknown> },
    }
  }
  receiver = await openReceiver()
  const { host } = receiver
  keeper = withoutIntervals(() => startKeeper({ address: database.address, keys: database.keys, allow: [host] }))
  const { secret } = await createEndpoint(ctx, {
    url: `http://${host}/hooks`,
    types: ['wallet.created'],
    signature: 'original',
  })

  const { uid } = (await call('POST', '/user')).body.data
  const none = { network: 'Polygon', chain_id: 80002, wallet_address: null, qr_code_data: null }
  const deposit = `/deposit?user_uid=${uid}&collection_uid=137499874203`
  const first = await call('GET', deposit)
  expect(first.body).toEqual({ success: true, data: none })
  expect(first.headers.get('x-workflow-id')).toMatch(/^[0-9a-f-]{36}$/)

  const got = () => receiver?.received ?? []
  await receiver.until(() => got().length === 1)
  const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = got()
  const told = JSON.parse(body)
  expect(path).toBe('/hooks')
  expect(headers).toMatchObject({
    'x-app-uid': ctx.appId,
    'x-webhook-correlation-id': told.id,
    'x-webhook-attempt': '1',
    'x-webhook-signature': `${secret.keyId},${createHmac('sha256', secret.secret).update(body).digest('hex')}`,
  })
  const user = await call('GET', `/user/${uid}`)
  const [wallet, ...others] = user.body.data.wallets as { address: string }[]
  expect(others).toEqual([])
  expect(wallet).toMatchObject({ network: 'Polygon', chain_id: 80002 })
  const profile = await database.db.query<{ id: string }>('select id from profiles where app_id = $1', [ctx.appId])
  expect(told).toMatchObject({
    app_uid: ctx.appId,
    webhook_correlation_id: told.id,
    type: 'wallet.created',
    profileId: profile[0]?.id,
    data: { before: null, after: { profileId: profile[0]?.id, network: 'AMOY', accountIndex: 0 } },
  })
  expect((await call('GET', deposit)).body.data).toEqual({
    ...none,
    wallet_address: wallet?.address,
    qr_code_data: `ethereum:${wallet?.address}@80002`,
  })
})
