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
