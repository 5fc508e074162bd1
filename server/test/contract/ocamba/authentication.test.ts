import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mint } from '../../../src/core/api-keys/api-keys.rules.ts'
import { withdrawApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import type { Scope } from '../../../src/core/context.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { anEmail, clientOf, errors, expectError, type Method, mounts, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let id: string
let listId: string
beforeAll(async () => {
  tenant = await newTenant(api, database)
  const client = clientOf(api, tenant.apiKey)
  id = (await client.make()).id
  listId = (await client.post('/profile-lists', { name: 'first' })).json().id
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Sees every statement that reaches the database. */
function watchDatabase(): () => number {
  const query = vi.spyOn(database.db, 'query')
  const transaction = vi.spyOn(database.db, 'transaction')
  return () => statementsOf(query).length + transaction.mock.calls.length
}

/** Every route with a body that it takes, in an order in which each can be done. */
function routes(): { method: Method; path: string; body?: object; scope: Scope }[] {
  return [
    { method: 'GET', path: '/profiles', scope: 'profiles:read' },
    { method: 'GET', path: `/profiles/${id}`, scope: 'profiles:read' },
    { method: 'GET', path: '/profile-lists', scope: 'profiles:read' },
    { method: 'GET', path: '/profile-properties', scope: 'profiles:read' },
    { method: 'POST', path: '/profiles', body: { email: anEmail() }, scope: 'profiles:write' },
    { method: 'PATCH', path: `/profiles/${id}`, body: { comment: 'x' }, scope: 'profiles:write' },
    { method: 'POST', path: `/profiles/${id}/unsubscribe`, scope: 'profiles:write' },
    { method: 'POST', path: `/profiles/${id}/merge/17430755068336100383`, scope: 'profiles:write' },
    {
      method: 'POST',
      path: '/profiles/import',
      body: { profiles: [{ id, custom_properties: {} }] },
      scope: 'profiles:write',
    },
    { method: 'DELETE', path: `/profiles/${id}`, scope: 'profiles:write' },
    { method: 'POST', path: '/profile-lists', body: { name: anEmail() }, scope: 'profiles:write' },
    { method: 'PATCH', path: `/profile-lists/${listId}`, body: { description: 'x' }, scope: 'profiles:write' },
    { method: 'DELETE', path: `/profile-lists/${listId}`, scope: 'profiles:write' },
    {
      method: 'POST',
      path: '/profile-properties',
      body: { label: anEmail(), data_type: 'text' },
      scope: 'profiles:write',
    },
  ]
}

describe.each(mounts)('401: %s', (mount) => {
  const ask = (authorization: string | undefined, method: Method = 'POST', path = '/profiles', payload = '{') =>
    api.server.inject({
      method,
      url: mount + path,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' ? {} : { payload }),
    })

  it('is the same for every route without a key, before a body is read or the database asked', async () => {
    const asked = watchDatabase()
    for (const { method, path } of routes()) expectError(await ask(undefined, method, path), errors.unauthorized)
    expectError(await ask(undefined, 'GET', '/profiles?page=x'), errors.unauthorized)
    expect(asked()).toBe(0)
  })

  it('is what a mistyped key, its public half and another scheme get, without asking the database', async () => {
    const asked = watchDatabase()
    const { secret, key } = tenant.apiKey
    const mistyped = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')
    const texts = [
      ...['', 'Bearer', 'Bearer ', `Bearer ${mistyped}`, `Bearer ${secret.slice(0, -1)}`, `Bearer ${secret}0`],
      ...[`Bearer ${key}`, `Bearer ${secret} x`, `Bearer ${secret},Bearer ${secret}`, `Basic ${btoa(`${secret}:`)}`],
      ...[secret, `Token ${secret}`, 'Bearer YOUR_SECRET_TOKEN', 'Bearer $TOKEN'],
    ]
    for (const text of texts) expectError(await ask(text), errors.unauthorized)
    expect(asked()).toBe(0)
  })

  it('is what an unknown, a revoked and an expired key get', async () => {
    const expired = await api.newKey(tenant, ['profiles:write'], new Date(Date.now() - 1_000))
    const revoked = await api.newKey(tenant, ['profiles:write'])
    await withdrawApiKey(tenant.ctx, tenant.ctx.appId, revoked.id)
    for (const { secret } of [{ secret: mint('sk', 'sandbox') }, expired, revoked]) {
      expectError(await ask(`Bearer ${secret}`), errors.unauthorized)
    }
  })

  it('takes no key from another place than the header', async () => {
    const { secret } = tenant.apiKey
    for (const query of [`access_token=${secret}`, `token=${secret}`, `api_key=${secret}`]) {
      expectError(await ask(undefined, 'GET', `/profiles?${query}`), errors.unauthorized)
    }
    const headers = { 'x-api-key': secret, apikey: secret, cookie: `token=${secret}` }
    expectError(await api.server.inject({ url: `${mount}/profiles`, headers }), errors.unauthorized)
  })

  it('reads the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
      const answer = await ask(`${scheme} ${tenant.apiKey.secret}`, 'GET')
      expect([scheme, answer.statusCode]).toEqual([scheme, 200])
    }
  })
})

describe('403', () => {
  it.each(mounts)(
    '%s is for whoever lacks the one scope that a route needs, and the other scope is not it',
    async (mount) => {
      const others = (scope: Scope) =>
        (['profiles:read', 'profiles:write', 'keys:manage', 'events:read', 'wallets:write'] as const).filter(
          (each) => each !== scope,
        )
      for (const { method, path, body, scope } of routes()) {
        const lacking = clientOf(api, await api.newKey(tenant, others(scope)), mount)
        expectError(await lacking.call(method, path, body), errors.forbidden)
      }
      expect((await clientOf(api, tenant.apiKey).get(`/profiles/${id}`)).statusCode).toBe(200)
    },
  )

  it('is for nobody who has it, whatever else is missing', async () => {
    for (const { method, path, body, scope } of routes()) {
      const holder = clientOf(api, await api.newKey(tenant, [scope]))
      const answer = await holder.call(method, path, body)
      expect([method, path, answer.statusCode]).toEqual([method, path, expect.not.toBeOneOf([401, 403, 404, 500])])
    }
  })

  it('says nothing of what is there: a key that may not read hears of no duplicate either', async () => {
    const client = clientOf(api, tenant.apiKey)
    await client.make(exampleProfile)
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    expectError(await reader.post('/profiles', exampleProfile), errors.forbidden)
  })
})
