import { beforeAll, describe, expect, it } from 'vitest'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { appScopes } from '../../../src/core/api-keys/sandbox.service.ts'
import { scopes } from '../../../src/core/context.ts'
import { createApp, updateApp } from '../../../src/core/organizations/organizations.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  clientOf,
  type ExpectedError,
  errors,
  expectDone,
  expectError,
  idsIn,
  newTenant,
  withQuery,
} from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let victim: TestTenant
let victims: Client
let profileId: string
let listId: string
let attackers: Record<string, Client>

beforeAll(async () => {
  victim = await newTenant(api, database)
  victims = clientOf(api, victim.apiKey)
  listId = (await victims.post('/profile-lists', { name: 'wall' })).json().id
  await victims.post('/profile-properties', { label: 'wall', data_type: 'number', importable: 0 })
  profileId = (await victims.make({ ...exampleProfile, lists: [listId], custom_properties: { wall: 1 } })).id
  const { organizationId } = victim.ctx
  const sibling = await createApp(database.system(), { organizationId, name: 'Sibling', mode: 'sandbox' })
  const limits = { perSecond: 1_000_000, perMinute: 1_000_000, parallel: 1_000_000 }
  await updateApp(database.system(), sibling.id, { settings: { limits } })
  attackers = {
    'of another organization': clientOf(api, await api.newKey(await newTenant(api, database), scopes)),
    'of another app of the organization': clientOf(
      api,
      await issueApiKey(database.system(), sibling.id, { name: 'Sibling', scopes: appScopes, expiresAt: null }),
    ),
  }
})

/** Everything that is stored of the victim. */
async function stored(): Promise<unknown> {
  const tables = [
    ...['profiles', 'profile_words', 'profile_counts', 'profile_lists', 'profile_properties', 'profile_imports'],
    ...['suppressions', 'idempotency_keys', 'events_pending', 'events', 'api_keys'],
  ]
  const rows = tables.map((table) =>
    database.db.query(`select to_jsonb(t) - 'last_used_at' as row from ${table} t where app_id = $1 order by t::text`, [
      victim.ctx.appId,
    ]),
  )
  return Promise.all(rows)
}

/** Each route that names something, by its method and path: how it is asked about the victim's, and what it answers. */
function matrix(own: string): Record<string, { ask: (client: Client) => Promise<Answer>; error?: ExpectedError }[]> {
  const { unknownProfile, unknownList } = errors
  return {
    'GET /profiles/{id}': [
      { ask: (client) => client.get(`/profiles/${profileId}`), error: unknownProfile },
      { ask: (client) => client.get(`/profiles/${profileId}?view=full`), error: unknownProfile },
    ],
    'PATCH /profiles/{id}': [
      { ask: (client) => client.patch(`/profiles/${profileId}`, { comment: 'x' }), error: unknownProfile },
      { ask: (client) => client.patch(`/profiles/${own}`, { lists: [listId] }), error: errors.badBody },
    ],
    // As for every id that no profile of the app has (any more).
    'DELETE /profiles/{id}': [{ ask: (client) => client.delete(`/profiles/${profileId}`) }],
    'POST /profiles/{id}/unsubscribe': [
      { ask: (client) => client.post(`/profiles/${profileId}/unsubscribe`), error: unknownProfile },
    ],
    'POST /profiles/{id}/merge/{sid}': [
      { ask: (client) => client.post(`/profiles/${own}/merge/${profileId}`), error: unknownProfile },
      { ask: (client) => client.post(`/profiles/${profileId}/merge/${own}`), error: unknownProfile },
      { ask: (client) => client.post(`/profiles/${profileId}/merge/${profileId}`), error: unknownProfile },
    ],
    'PATCH /profile-lists/{id}': [
      { ask: (client) => client.patch(`/profile-lists/${listId}`, { name: 'x' }), error: unknownList },
    ],
    'DELETE /profile-lists/{id}': [{ ask: (client) => client.delete(`/profile-lists/${listId}`), error: unknownList }],
  }
}

describe.each(['of another organization', 'of another app of the organization'])('A key %s', (name) => {
  it('reaches nothing of an app by any route, is told that it is unknown, and changes nothing there', async () => {
    const attacker = attackers[name] as Client
    const own = (await attacker.make()).id
    const routes = matrix(own)
    const document = (await api.server.inject('/ocamba/openapi.json')).json<{ paths: Record<string, object> }>()
    const named = Object.entries(document.paths)
      .filter(([path]) => path.includes('{'))
      .flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method.toUpperCase()} ${path.slice('/v1/hood'.length)}`),
      )
    // Read from the API's own description, so that a new route cannot be left out.
    expect(Object.keys(routes).sort()).toEqual(named.sort())
    const before = await stored()
    for (const { ask, error } of Object.values(routes).flat()) {
      const answer = await ask(attacker)
      if (error === undefined) expectDone(answer)
      else expectError(answer, error)
      expect(answer.body).not.toContain(profileId)
    }
    expect(await stored()).toEqual(before)
    expect((await attacker.show(own)).lists).toEqual([])
  })

  it('finds nothing of the app in lists, searches and totals', async () => {
    const attacker = attackers[name] as Client
    const own = idsIn(await attacker.get('/profiles?page=1,100'))
    expect(own).not.toContain(profileId)
    for (const q of [profileId, 'john', '+49658245684', 'Doe']) {
      expect((await attacker.get(withQuery('/profiles', { q }))).json()).toEqual({ total: 0, items: [] })
    }
    expect((await attacker.get('/profiles')).json().total).toBe(own.length)
    expect((await attacker.get('/profile-lists')).json()).toEqual({ total: 0, items: [] })
    expect((await attacker.get('/profile-properties')).json()).toEqual({ total: 0, items: [] })
  })

  it('may use the same identifiers, names and labels, and is not bound by what the app defined', async () => {
    const attacker = attackers[name] as Client
    const { id } = await attacker.make({ ...exampleProfile, custom_properties: { wall: 'no number' } })
    expect((await attacker.post('/profile-lists', { name: 'wall' })).statusCode).toBe(201)
    const imports = { profiles: [{ id, custom_properties: { wall: 'x' } }] }
    expect((await attacker.post('/profiles/import', imports)).statusCode).toBe(202)
    expect((await attacker.post('/profile-properties', { label: 'wall', data_type: 'text' })).statusCode).toBe(201)
    expectDone(await attacker.post(`/profiles/${id}/unsubscribe`))
    expectDone(await attacker.delete(`/profiles/${id}`))
    // What is unsubscribed there is not so here.
    expectDone(await victims.patch(`/profiles/${profileId}`, exampleProfile))
  })

  it('gets no answer of the app by its Idempotency-Key', async () => {
    const attacker = attackers[name] as Client
    const key = { 'idempotency-key': `shared-${name.length}` }
    const body = { email: `shared-${name.length}@example.com` }
    const first = await victims.post('/profiles', body, key)
    const other = await attacker.post('/profiles', body, key)
    expect([first.statusCode, other.statusCode]).toEqual([201, 201])
    expect(other.json().id).not.toBe(first.json().id)
    expect(other.headers['idempotency-replayed']).toBeUndefined()
  })
})
