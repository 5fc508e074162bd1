import { beforeAll, describe, expect, it } from 'vitest'
import { scopes } from '../../../src/core/context.ts'
import { createApp } from '../../../src/core/organizations/organizations.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let sandbox: TestTenant
let live: TestTenant

const limits = { perSecond: 10, perMinute: 150, parallel: 10 }
const defaultSettings = {
  limits,
  selfService: { enabled: true, registration: true, strict: false, changesPerDay: 10 },
  wallets: { networks: ['tBTC', 'tETH', 'AMOY', 'SANDBOX'], withProfile: [], defaultEvmNetwork: 'AMOY' },
}
const liveSettings = {
  limits,
  selfService: { enabled: false, registration: false, strict: true, changesPerDay: 10 },
  wallets: { networks: ['BTC', 'ETH', 'POLYGON'], withProfile: [], defaultEvmNetwork: 'POLYGON' },
}
const withPublicUrl = useApi(database, { publicUrl: 'https://profiles.example.com' })

/** An app and a key that manages its organization, as only the installation's own authority makes it. */
async function managerOf(tenant: TestTenant): Promise<Client> {
  return clientOf(api, await api.newKey(tenant, scopes))
}

async function idsOf(client: Client): Promise<string[]> {
  return (await client.get('/apps')).json().data.map(({ id }: { id: string }) => id)
}

/** An app of the tenant's organization, made on the installation's own authority. */
function siblingOf({ ctx }: TestTenant, mode: 'sandbox' | 'live') {
  return createApp(database.system(), { organizationId: ctx.organizationId, name: 'Sibling', mode })
}

beforeAll(async () => {
  sandbox = await api.newTenant()
  live = await api.newTenant({ mode: 'live' })
})

describe('GET /facet/v1/apps: 200', () => {
  it('shows a key without organization:manage its own app alone', async () => {
    await siblingOf(sandbox, 'sandbox')
    const client = clientOf(api, await api.newKey(sandbox, ['events:read']))
    const answer = await client.get('/apps')
    expect(answer.json()).toEqual({
      data: [
        {
          id: sandbox.ctx.appId,
          number: expect.any(Number),
          organizationId: sandbox.ctx.organizationId,
          name: 'Test app',
          mode: 'sandbox',
          settings: defaultSettings,
          hosts: [],
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    })
    expect((await client.get(`/apps/${sandbox.ctx.appId}`)).json()).toEqual(answer.json().data[0])
  })

  it('shows a live key with organization:manage every app of its organization, and no other', async () => {
    const tenant = await api.newTenant({ mode: 'live' })
    const siblings = [await siblingOf(tenant, 'live'), await siblingOf(tenant, 'sandbox')]
    const manager = await managerOf(tenant)
    expect(await idsOf(manager)).toEqual([tenant.ctx.appId, ...siblings.map(({ id }) => id)])
    for (const { id } of siblings) expect((await manager.get(`/apps/${id}`)).json().id).toBe(id)
  })

  it('never shows a sandbox key a live app, whatever its scopes', async () => {
    const tenant = await api.newTenant()
    const hidden = await siblingOf(tenant, 'live')
    const shown = await siblingOf(tenant, 'sandbox')
    const manager = await managerOf(tenant)
    expect(await idsOf(manager)).toEqual([tenant.ctx.appId, shown.id])
    expectProblem(await manager.get(`/apps/${hidden.id}`), 404, 'app_not_found')
  })
})

describe('GET /facet/v1/apps/:id: 404', () => {
  it('knows no app that the key may not see', async () => {
    const sibling = await siblingOf(sandbox, 'sandbox')
    const client = clientOf(api, sandbox.apiKey)
    const manager = await managerOf(sandbox)
    for (const id of [sibling.id, live.ctx.appId, 'nonsense', '%00']) {
      expectProblem(await client.get(`/apps/${id}`), 404, 'app_not_found')
    }
    expectProblem(await manager.get(`/apps/${live.ctx.appId}`), 404, 'app_not_found')
  })
})

describe('POST /facet/v1/apps: 201', () => {
  it('makes an app of the same organization whose first key works there and only there', async () => {
    const manager = await managerOf(sandbox)
    const answer = await manager.post('/apps', { name: 'Fresh', mode: 'sandbox' })
    expect(answer.statusCode).toBe(201)
    const { apiKey, ...app } = answer.json()
    expect(app.settings).toEqual(defaultSettings)
    expect(app).toMatchObject({ name: 'Fresh', mode: 'sandbox', organizationId: sandbox.ctx.organizationId })
    expect((await manager.get(`/apps/${app.id}`)).json()).toEqual(app)
    expect(apiKey).toMatchObject({
      key: expect.stringMatching(/^pk_sandbox_/),
      secret: expect.stringMatching(/^sk_sandbox_/),
    })
    const first = clientOf(api, apiKey)
    const profile = await first.make({ reference: 'first' })
    expect((await first.get('/profiles')).json().total).toBe(1)
    expectProblem(await manager.get(`/profiles/${profile.id}`), 404, 'profile_not_found')
  })

  it('gives the first key what the maker has but organization:manage', async () => {
    const maker = await api.newKey(live, ['organization:manage', 'profiles:read', 'keys:manage'])
    const { apiKey } = (await clientOf(api, maker).post('/apps', { name: 'L', mode: 'live' })).json()
    expect(apiKey.scopes.toSorted()).toEqual(['keys:manage', 'profiles:read'])
    expect(apiKey.secret).toMatch(/^sk_live_/)
  })

  it('opens nothing of a live app to people', async () => {
    const manager = await managerOf(live)
    const made = (await manager.post('/apps', { name: 'L', mode: 'live' })).json()
    expect(made).toMatchObject({ settings: liveSettings, hosts: [] })
    expect((await manager.get(`/apps/${made.id}`)).json().settings).toEqual(liveSettings)
  })

  it('lets a live key make a sandbox app', async () => {
    const manager = await managerOf(live)
    expect((await manager.post('/apps', { name: 'S', mode: 'sandbox' })).json().mode).toBe('sandbox')
  })
})

describe('POST /facet/v1/apps: 400', () => {
  it.each([
    [
      {},
      [
        { path: '/name', rule: 'required' },
        { path: '/mode', rule: 'required' },
      ],
    ],
    [{ name: ' ', mode: 'sandbox' }, [{ path: '/name', rule: 'blank' }]],
    [{ name: 'a\uD800', mode: 'sandbox' }, [{ path: '/name', rule: 'text' }]],
    [{ name: 'x'.repeat(256), mode: 'sandbox' }, [{ path: '/name', rule: 'too_long' }]],
    [{ name: 'x', mode: 'test' }, [{ path: '/mode', rule: 'choice' }]],
    [{ name: 'x', mode: 'sandbox', organizationId: 'x' }, [{ path: '/organizationId', rule: 'unknown' }]],
  ])('refuses %j', async (body, errors) => {
    const manager = await managerOf(sandbox)
    expectProblem(await manager.post('/apps', body), 400, 'input_invalid', errors)
  })
})

describe('POST /facet/v1/apps: 403', () => {
  it('refuses a sandbox key that asks for a live app, and makes none', async () => {
    const tenant = await api.newTenant()
    const manager = await managerOf(tenant)
    expectProblem(await manager.post('/apps', { name: 'L', mode: 'live' }), 403, 'app_mode_forbidden')
    const rows = await database.db.query('select id from apps where organization_id = $1', [tenant.ctx.organizationId])
    expect(rows).toEqual([{ id: tenant.ctx.appId }])
  })
})

/** The events of a change that the app has, the oldest first. */
function changesOf(appId: string) {
  const text = `select data from events_pending where app_id = $1 and type = 'app.updated' order by position`
  return database.db.query<{ data: unknown }>(text, [appId])
}

describe('PATCH /facet/v1/apps/:id: 200', () => {
  it('changes what is named, leaves the rest, and writes an event of it', async () => {
    const tenant = await api.newTenant()
    const { appId } = tenant.ctx
    const manager = await managerOf(tenant)
    const before = (await manager.get(`/apps/${appId}`)).json()
    const answer = await manager.patch(`/apps/${appId}`, { settings: { limits: { perMinute: 600 } } })
    expect(answer.statusCode).toBe(200)
    const settings = { ...defaultSettings, limits: { ...limits, perMinute: 600 } }
    expect(answer.json()).toEqual({ ...before, settings })
    const named = await manager.patch(`/apps/${appId}`, { name: 'Shop' })
    expect(named.json()).toEqual({ ...before, name: 'Shop', settings })
    expect((await manager.get(`/apps/${appId}`)).json()).toEqual(named.json())
    expect(await changesOf(appId)).toEqual([
      { data: { before: { settings: defaultSettings }, after: { settings } } },
      { data: { before: { name: 'Test app' }, after: { name: 'Shop' } } },
    ])
  })

  it('puts a setting back to its default with null', async () => {
    const tenant = await api.newTenant()
    const manager = await managerOf(tenant)
    const path = `/apps/${tenant.ctx.appId}`
    await manager.patch(path, { settings: { limits: { perSecond: 1, parallel: 2 } } })
    const answer = await manager.patch(path, { settings: { limits: { perSecond: null } } })
    expect(answer.json().settings).toEqual({ ...defaultSettings, limits: { ...limits, parallel: 2 } })
  })

  it('sets what people may do by themselves, and by null as the mode of the app has it', async () => {
    const tenant = await api.newTenant({ mode: 'live' })
    const manager = await managerOf(tenant)
    const path = `/apps/${tenant.ctx.appId}`
    const open = { enabled: true, registration: true, strict: false, changesPerDay: 3 }
    const answer = await manager.patch(path, { settings: { selfService: open } })
    expect(answer.json().settings).toEqual({ ...liveSettings, selfService: open })
    const back = { enabled: null, registration: null, strict: null, changesPerDay: null }
    expect((await manager.patch(path, { settings: { selfService: back } })).json().settings).toEqual(liveSettings)
  })

  it('replaces the hosts whole, as a URL writes them, and writes an event of it', async () => {
    const tenant = await api.newTenant()
    const manager = await managerOf(tenant)
    const path = `/apps/${tenant.ctx.appId}`
    const answer = await manager.patch(path, { hosts: ['Shop.example.com.', 'bücher.example', '[2001:DB8::1]'] })
    const hosts = ['[2001:db8::1]', 'shop.example.com', 'xn--bcher-kva.example']
    expect(answer.json()).toMatchObject({ name: 'Test app', settings: defaultSettings, hosts })
    expect((await manager.get(path)).json()).toEqual(answer.json())
    expect((await manager.patch(path, { hosts: [] })).json().hosts).toEqual([])
    expect(await changesOf(tenant.ctx.appId)).toEqual([
      { data: { before: { hosts: [] }, after: { hosts } } },
      { data: { before: { hosts }, after: { hosts: [] } } },
    ])
  })

  it.each([{}, { settings: {} }, { settings: { limits: {} } }, { name: 'Test app' }])(
    'writes nothing for a change of nothing: %j',
    async (body) => {
      const tenant = await api.newTenant()
      const manager = await managerOf(tenant)
      const path = `/apps/${tenant.ctx.appId}`
      expect((await manager.patch(path, body)).json()).toEqual((await manager.get(path)).json())
      expect(await changesOf(tenant.ctx.appId)).toEqual([])
    },
  )

  it('changes an app beside the own one, as far as the key may see it', async () => {
    const tenant = await api.newTenant({ mode: 'live' })
    const { id } = await siblingOf(tenant, 'sandbox')
    const answer = await (await managerOf(tenant)).patch(`/apps/${id}`, { name: 'Changed' })
    expect(answer.json()).toMatchObject({ id, name: 'Changed' })
    expect(await changesOf(id)).toHaveLength(1)
  })

  it('is done once under an Idempotency-Key, however often it comes', async () => {
    const tenant = await api.newTenant()
    const manager = await managerOf(tenant)
    const path = `/apps/${tenant.ctx.appId}`
    const key = { 'idempotency-key': 'rename' }
    const first = await manager.patch(path, { name: 'First' }, key)
    await manager.patch(path, { name: 'Second' })
    const again = await manager.patch(path, { name: 'First' }, key)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(again.json()).toEqual(first.json())
    expect((await manager.get(path)).json().name).toBe('Second')
  })
})

describe('PATCH /facet/v1/apps/:id: 400', () => {
  it.each([
    [{ name: ' ' }, [{ path: '/name', rule: 'blank' }]],
    [{ name: null }, [{ path: '/name', rule: 'type' }]],
    [{ mode: 'live' }, [{ path: '/mode', rule: 'unknown' }]],
    [{ settings: null }, [{ path: '/settings', rule: 'type' }]],
    [{ settings: { colour: 'blue' } }, [{ path: '/settings/colour', rule: 'unknown' }]],
    [{ settings: { selfService: { colour: true } } }, [{ path: '/settings/selfService/colour', rule: 'unknown' }]],
    [
      { settings: { selfService: { enabled: 'on', registration: 1 } } },
      [
        { path: '/settings/selfService/enabled', rule: 'type' },
        { path: '/settings/selfService/registration', rule: 'type' },
      ],
    ],
    [{ hosts: 'shop.example' }, [{ path: '/hosts', rule: 'type' }]],
    [{ hosts: null }, [{ path: '/hosts', rule: 'type' }]],
    [{ hosts: [1] }, [{ path: '/hosts/0', rule: 'type' }]],
    [{ addHosts: ['shop.example'] }, [{ path: '/addHosts', rule: 'unknown' }]],
    [
      { hosts: ['shop.example', 'shop.example:80', 'http://x', '', '*.example', 'a\uD800'] },
      ['1', '2', '3', '4', '5'].map((index) => ({ path: `/hosts/${index}`, rule: 'format' })),
    ],
    [
      { hosts: ['shop.example', 'localhost', '127.0.0.9', 'x.localhost', '[::1]'] },
      ['1', '2', '3', '4'].map((index) => ({ path: `/hosts/${index}`, rule: 'reserved' })),
    ],
    [{ hosts: Array.from({ length: 101 }, (_, i) => `h${i}.example`) }, [{ path: '/hosts', rule: 'too_long' }]],
    [{ settings: { limits: { perYear: 1 } } }, [{ path: '/settings/limits/perYear', rule: 'unknown' }]],
    [
      { settings: { limits: { perSecond: '10', parallel: 1.5 } } },
      [
        { path: '/settings/limits/perSecond', rule: 'type' },
        { path: '/settings/limits/parallel', rule: 'type' },
      ],
    ],
    [
      { settings: { limits: { perSecond: 0, perMinute: 1_000_001, parallel: -1 } } },
      [
        { path: '/settings/limits/perSecond', rule: 'range' },
        { path: '/settings/limits/perMinute', rule: 'range' },
        { path: '/settings/limits/parallel', rule: 'range' },
      ],
    ],
  ])('refuses %j, and changes nothing', async (body, errors) => {
    const tenant = await api.newTenant()
    const manager = await managerOf(tenant)
    const path = `/apps/${tenant.ctx.appId}`
    const before = (await manager.get(path)).json()
    expectProblem(await manager.patch(path, body), 400, 'input_invalid', errors)
    expect((await manager.get(path)).json()).toEqual(before)
  })
})

describe('PATCH /facet/v1/apps/:id: 400, with FACET_PUBLIC_URL', () => {
  it('lists no app for the host of the installation', async () => {
    const tenant = await withPublicUrl.newTenant()
    const manager = clientOf(withPublicUrl, await withPublicUrl.newKey(tenant, scopes))
    const answer = await manager.patch(`/apps/${tenant.ctx.appId}`, { hosts: ['Profiles.example.com'] })
    expectProblem(answer, 400, 'input_invalid', [{ path: '/hosts/0', rule: 'reserved' }])
  })
})

describe('PATCH /facet/v1/apps/:id: 409', () => {
  it('refuses the hosts of another app, of another organization too, and says no more of it', async () => {
    const [owner, other] = [await api.newTenant({ mode: 'live' }), await api.newTenant()]
    const hosts = ['one.example.com', 'two.example.com']
    await (await managerOf(owner)).patch(`/apps/${owner.ctx.appId}`, { hosts })
    const manager = await managerOf(other)
    const path = `/apps/${other.ctx.appId}`
    const answer = await manager.patch(path, {
      name: 'Thief',
      hosts: ['TWO.example.com', 'free.example.com', hosts[0]],
    })
    expectProblem(answer, 409, 'host_taken', [
      { path: '/hosts', rule: 'taken' },
      { path: '/hosts', rule: 'taken' },
    ])
    expect(answer.json().errors.map(({ detail }: { detail: string }) => detail)).toEqual(
      hosts.map((host) => `${host} is taken by another app`),
    )
    for (const secret of [owner.ctx.appId, owner.ctx.organizationId]) expect(answer.body).not.toContain(secret)
    expect((await manager.get(path)).json()).toMatchObject({ name: 'Test app', hosts: [] })
  })
})

describe('PATCH /facet/v1/apps/:id: 403', () => {
  it('refuses a key without organization:manage, also for its own app', async () => {
    const client = clientOf(api, sandbox.apiKey)
    expectProblem(await client.patch(`/apps/${sandbox.ctx.appId}`, { name: 'Mine' }), 403, 'scope_missing')
    expect((await client.get(`/apps/${sandbox.ctx.appId}`)).json().name).toBe('Test app')
  })
})

describe('PATCH /facet/v1/apps/:id: 404', () => {
  it('knows no app that the key may not see, and changes none', async () => {
    const tenant = await api.newTenant()
    const hidden = await siblingOf(tenant, 'live')
    const manager = await managerOf(tenant)
    for (const id of [hidden.id, live.ctx.appId, 'nonsense', '%00']) {
      expectProblem(await manager.patch(`/apps/${id}`, { name: 'Taken' }), 404, 'app_not_found')
    }
    const rows = await database.db.query(`select id from apps where name = 'Taken'`, [])
    expect(rows).toEqual([])
  })
})
