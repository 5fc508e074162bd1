import { beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { type Scope, scopes } from '../../../src/core/context.ts'
import { openNotices } from '../../../src/infra/db/notices.ts'
import { quietPorts, type TestTenant, testConfig, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

const unknownId = '01900000-0000-7000-8000-000000000000'

describe('POST /facet/v1/api-keys: 201', () => {
  it('makes a pair that works, shows its secret now and never again', async () => {
    const expiresAt = '2999-01-01T00:00:00.000Z'
    const answer = await client.post('/api-keys', { name: 'New', scopes: ['profiles:read', 'events:read'], expiresAt })
    expect(answer.statusCode).toBe(201)
    const { secret, ...shown } = answer.json()
    expect(secret).toMatch(/^sk_sandbox_[0-9A-Za-z]{38}$/)
    expect(shown).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'New',
      key: expect.stringMatching(/^pk_sandbox_[0-9A-Za-z]{38}$/),
      scopes: ['profiles:read', 'events:read'],
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    })
    const got = await client.get(`/api-keys/${shown.id}`)
    expect(got.json()).toEqual(shown)
    expect((await client.get('/api-keys')).json().data).toContainEqual(shown)
    for (const response of [got, await client.get('/api-keys')]) expect(response.body).not.toContain('sk_')
    expect((await clientOf(api, { secret }).get('/profiles')).statusCode).toBe(200)
  })

  it('makes live keys in a live app', async () => {
    const live = clientOf(api, (await api.newTenant({ mode: 'live' })).apiKey)
    const { key, secret } = (await live.post('/api-keys', { name: 'L', scopes: ['profiles:read'] })).json()
    expect(key).toMatch(/^pk_live_/)
    expect(secret).toMatch(/^sk_live_/)
  })

  it('takes an expiry in any zone and answers it in UTC', async () => {
    const body = { name: 'Zone', scopes: ['profiles:read'], expiresAt: '2999-01-01T02:00:00+02:00' }
    expect((await client.post('/api-keys', body)).json().expiresAt).toBe('2999-01-01T00:00:00.000Z')
  })
})

describe('POST /facet/v1/api-keys: 400', () => {
  it.each([
    ['no name', { scopes: ['profiles:read'] }, '/name', 'required'],
    ['no scopes', { name: 'x' }, '/scopes', 'required'],
    ['a blank name', { name: ' ', scopes: ['profiles:read'] }, '/name', 'blank'],
    ['a name with NUL', { name: 'a\0', scopes: ['profiles:read'] }, '/name', 'text'],
    ['a name of 256 characters', { name: '😀'.repeat(256), scopes: ['profiles:read'] }, '/name', 'too_long'],
    ['an empty list of scopes', { name: 'x', scopes: [] }, '/scopes', 'blank'],
    ['an unknown scope', { name: 'x', scopes: ['profiles:admin'] }, '/scopes', 'choice'],
    ['a repeated scope', { name: 'x', scopes: ['profiles:read', 'profiles:read'] }, '/scopes', 'choice'],
    [
      'a past expiry',
      { name: 'x', scopes: ['profiles:read'], expiresAt: '2020-01-01T00:00:00Z' },
      '/expiresAt',
      'range',
    ],
    ['a date as expiry', { name: 'x', scopes: ['profiles:read'], expiresAt: '2999-01-01' }, '/expiresAt', 'format'],
    [
      '30 February',
      { name: 'x', scopes: ['profiles:read'], expiresAt: '2999-02-30T00:00:00Z' },
      '/expiresAt',
      'format',
    ],
    ['a month 13', { name: 'x', scopes: ['profiles:read'], expiresAt: '2999-13-01T00:00:00Z' }, '/expiresAt', 'format'],
    ['an unknown field', { name: 'x', scopes: ['profiles:read'], appId: 'x' }, '/appId', 'unknown'],
  ])('refuses %s', async (_, body, path, rule) => {
    expectProblem(await client.post('/api-keys', body), 400, 'input_invalid', [{ path, rule }])
  })

  it('takes a name of 255 characters of four bytes', async () => {
    const answer = await client.post('/api-keys', { name: '😀'.repeat(255), scopes: ['profiles:read'] })
    expect(answer.statusCode).toBe(201)
  })
})

describe('API keys: 403', () => {
  const routes: readonly [Scope, 'GET' | 'POST' | 'PATCH' | 'DELETE', string, unknown?][] = [
    ['profiles:write', 'POST', '/profiles', {}],
    ['profiles:read', 'GET', '/profiles'],
    ['profiles:read', 'GET', '/profiles?q=a'],
    ['profiles:read', 'GET', '/profiles/reference:scoped'],
    ['profiles:read', 'GET', '/profiles/reference:scoped/faces'],
    ['profiles:write', 'PATCH', '/profiles/reference:scoped', { label: 'x' }],
    ['profiles:write', 'DELETE', '/profiles/reference:scoped'],
    ['keys:manage', 'POST', '/api-keys', { name: 'x', scopes: ['keys:manage'] }],
    ['keys:manage', 'GET', '/api-keys'],
    ['keys:manage', 'GET', `/api-keys/${unknownId}`],
    ['keys:manage', 'POST', `/api-keys/${unknownId}/revoke`],
    ['keys:manage', 'POST', `/api-keys/${unknownId}/rotate`],
    ['keys:manage', 'GET', `/api-keys/${unknownId}/secret`],
    ['outbox:read', 'GET', '/outbox'],
    ['outbox:read', 'GET', `/outbox/${unknownId}`],
  ]
  const all: readonly Scope[] = scopes

  it.each(routes)('needs %s for %s %s, and every other scope does not help', async (scope, method, path, body) => {
    const lacking = await api.newKey(
      tenant,
      all.filter((other) => other !== scope),
    )
    const answer = await clientOf(api, lacking).call(method, path, body)
    expectProblem(answer, 403, 'scope_missing')
    expect(answer.json().detail).toContain(scope)
    const alone = clientOf(api, await api.newKey(tenant, [scope]))
    expect((await alone.call(method, path, body)).json().code).not.toBe('scope_missing')
  })

  it.each(['organization:manage', 'keys:manage'] as const)(
    'needs %s to make an app, which comes with a key',
    async (scope) => {
      const lacking = await api.newKey(
        tenant,
        all.filter((other) => other !== scope),
      )
      const answer = await clientOf(api, lacking).post('/apps', { name: 'x', mode: 'sandbox' })
      expectProblem(answer, 403, 'scope_missing')
      expect(answer.json().detail).toContain(scope)
    },
  )

  it('grants no scope that the maker lacks, and organization:manage never', async () => {
    const modest = clientOf(api, await api.newKey(tenant, ['keys:manage', 'profiles:read']))
    expect((await modest.post('/api-keys', { name: 'x', scopes: ['profiles:read', 'keys:manage'] })).statusCode).toBe(
      201,
    )
    for (const scope of ['profiles:write', 'wallets:write', 'events:read', 'webhooks:manage', 'organization:manage']) {
      const answer = await modest.post('/api-keys', { name: 'x', scopes: ['profiles:read', scope] })
      expectProblem(answer, 403, 'scope_missing')
      expect(answer.json().detail).toContain(scope)
    }
    const mighty = clientOf(api, await api.newKey(tenant, all))
    expectProblem(await mighty.post('/api-keys', { name: 'x', scopes: ['organization:manage'] }), 403, 'scope_missing')
  })
})

describe('GET /facet/v1/api-keys: 200, 404', () => {
  it('lists the keys of the own app only, oldest first', async () => {
    const own = await api.newTenant()
    const second = await api.newKey(own, ['profiles:read'])
    const { data } = (await clientOf(api, own.apiKey).get('/api-keys')).json()
    expect(data.map(({ id }: { id: string }) => id)).toEqual([own.apiKey.id, second.id])
  })

  it.each([unknownId, 'nonsense', '%00'])('knows no key %s', async (id) => {
    expectProblem(await client.get(`/api-keys/${id}`), 404, 'api_key_not_found')
    expectProblem(await client.post(`/api-keys/${id}/revoke`), 404, 'api_key_not_found')
  })
})

describe('POST /facet/v1/api-keys/:id/revoke: 200', () => {
  it.each(['as it was given', 'in capitals'])('refuses the next request of the key whose id comes %s', async (form) => {
    const doomed = await api.newKey(tenant, ['profiles:read'])
    const id = form === 'in capitals' ? doomed.id.toUpperCase() : doomed.id
    const own = clientOf(api, doomed)
    expect((await own.get('/profiles')).statusCode).toBe(200)
    const answer = await client.post(`/api-keys/${id}/revoke`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ id: doomed.id, revokedAt: expect.stringMatching(/^\d{4}-/) })
    expect(answer.body).not.toContain('sk_')
    expectProblem(await own.get('/profiles'), 401, 'credentials_invalid')
    // A second time changes nothing.
    const again = await client.post(`/api-keys/${id}/revoke`)
    expect(again.json().revokedAt).toBe(answer.json().revokedAt)
  })

  it('lets a key end itself', async () => {
    const doomed = await api.newKey(tenant, ['keys:manage'])
    const own = clientOf(api, doomed)
    expect((await own.post(`/api-keys/${doomed.id}/revoke`)).statusCode).toBe(200)
    expect((await own.get('/api-keys')).statusCode).toBe(401)
  })

  it('takes a JSON content type without a body', async () => {
    const { id } = await api.newKey(tenant, ['profiles:read'])
    const answer = await client.post(`/api-keys/${id}/revoke`, '', { 'content-type': 'application/json' })
    expect(answer.statusCode).toBe(200)
  })
})

describe('API keys: expiry and use', () => {
  it('401: refuses an expired key, and none before its time', async () => {
    const expired = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() - 1))
    expectProblem(await clientOf(api, expired).get('/profiles'), 401, 'credentials_invalid')
    const soon = new Date(Date.now() + 60_000)
    const valid = await api.newKey(tenant, ['profiles:read'], soon)
    expect((await clientOf(api, valid).get('/profiles')).statusCode).toBe(200)
  })

  it('writes when a key was last used, without a statement a request: at the latest when the server ends', async () => {
    const used = await api.newKey(tenant, ['profiles:read'])
    const unused = await api.newKey(tenant, ['profiles:read'])
    const notices = openNotices(database.address, quietLog)
    const { db, keys } = database
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log: quietLog })
    const before = Date.now()
    const headers = { authorization: `Bearer ${used.secret}` }
    expect((await app.server.inject({ url: '/facet/v1/profiles', headers })).statusCode).toBe(200)
    expect((await client.get(`/api-keys/${used.id}`)).json().lastUsedAt).toBeNull()
    await app.close(1_000)
    await notices.close()
    const { lastUsedAt } = (await client.get(`/api-keys/${used.id}`)).json()
    expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(lastUsedAt)).toBeLessThanOrEqual(Date.now())
    expect((await client.get(`/api-keys/${unused.id}`)).json().lastUsedAt).toBeNull()
  })
})
