import { beforeEach, describe, expect, it } from 'vitest'
import { scopes } from '../../../src/core/context.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let manager: Client
let path: string

beforeEach(async () => {
  tenant = await api.newTenant()
  manager = clientOf(api, await api.newKey(tenant, scopes))
  path = `/apps/${tenant.ctx.appId}`
})

const byDefault = { networks: ['tBTC', 'tETH', 'AMOY', 'SANDBOX'], withProfile: [], defaultEvmNetwork: 'AMOY' }

describe('PATCH /facet/v1/apps/:id: 200, the networks of wallets', () => {
  it('sets each list whole, goes back to the default by null, and writes an event of each change', async () => {
    const { settings: before } = (await manager.get(path)).json()
    const some = { networks: ['SANDBOX', 'tBTC'], withProfile: ['tBTC'], defaultEvmNetwork: 'SANDBOX' }
    const fewer = { ...some, networks: ['tBTC'] }
    const steps = [
      { patch: some, wallets: some },
      { patch: { networks: ['tBTC'] }, wallets: fewer },
      { patch: { networks: null, withProfile: null, defaultEvmNetwork: null }, wallets: byDefault },
    ]
    for (const { patch, wallets } of steps) {
      const answer = await manager.patch(path, { settings: { wallets: patch } })
      expect(answer.statusCode).toBe(200)
      expect(answer.json().settings).toEqual({ ...before, wallets })
      expect((await manager.get(path)).json()).toEqual(answer.json())
    }
    const events = await database.db.query<{ data: { after: { settings: { wallets: unknown } } } }>(
      `select data from events_pending where app_id = $1 and type = 'app.updated' order by position`,
      [tenant.ctx.appId],
    )
    expect(events.map(({ data }) => data.after.settings.wallets)).toEqual([some, fewer, byDefault])
  })
})

describe('PATCH /facet/v1/apps/:id: 400, the networks of wallets', () => {
  it.each([
    [
      { networks: ['tBTC', 'BTC'], withProfile: ['AMOY', 'AMOY'], defaultEvmNetwork: 'tBTC' },
      [
        { path: '/settings/wallets/networks', rule: 'choice' },
        { path: '/settings/wallets/withProfile', rule: 'choice' },
        { path: '/settings/wallets/defaultEvmNetwork', rule: 'choice' },
      ],
    ],
    [
      { networks: 'tBTC', withProfile: [1], defaultEvmNetwork: ['AMOY'] },
      [
        { path: '/settings/wallets/networks', rule: 'type' },
        { path: '/settings/wallets/withProfile/0', rule: 'type' },
        { path: '/settings/wallets/defaultEvmNetwork', rule: 'type' },
      ],
    ],
    [{ colour: null }, [{ path: '/settings/wallets/colour', rule: 'unknown' }]],
  ])('refuses %j, and changes nothing', async (wallets, errors) => {
    const before = (await manager.get(path)).json()
    expectProblem(await manager.patch(path, { settings: { wallets } }), 400, 'input_invalid', errors)
    expect((await manager.get(path)).json()).toEqual(before)
  })

  it('says which networks the app may have, by its mode', async () => {
    const live = await api.newTenant({ mode: 'live' })
    const manager = clientOf(api, await api.newKey(live, scopes))
    const wallets = { networks: ['DOGE'], defaultEvmNetwork: 'AMOY' }
    const answer = await manager.patch(`/apps/${live.ctx.appId}`, { settings: { wallets } })
    expect(answer.json().errors).toEqual([
      { path: '/settings/wallets/networks', rule: 'choice', detail: 'must be one of BTC, ETH, POLYGON' },
      { path: '/settings/wallets/defaultEvmNetwork', rule: 'choice', detail: 'must be one of ETH, POLYGON' },
    ])
  })
})
