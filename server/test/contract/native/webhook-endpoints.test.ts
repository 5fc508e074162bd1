import { pino } from 'pino'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { type Scope, scopes } from '../../../src/core/context.ts'
import { openNotices } from '../../../src/infra/db/notices.ts'
import { localTarget, quietPorts, type TestTenant, testConfig, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client
let live: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  live = clientOf(api, (await api.newTenant({ mode: 'live' })).apiKey)
})

const path = '/webhook-endpoints'
const unknownId = '01900000-0000-7000-8000-000000000000'
const body = { url: 'https://hooks.example.com/facet?in=1', types: ['profile.*', 'api_key.revoked'] }
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const keyId = expect.stringMatching(/^key-[0-9a-f]{12}$/)
const secretForm = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)

/** An endpoint that must be made, as its making answers it. */
async function make(own = client, settings: object = {}) {
  const answer = await own.post(path, { ...body, ...settings })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

describe('POST /facet/v1/webhook-endpoints: 201', () => {
  it('makes an endpoint, shows its secret now and never again', async () => {
    const { secret, keyId: named, ...shown } = await make()
    expect(secret).toEqual(secretForm)
    expect(shown).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...body,
      description: null,
      excludeActor: null,
      signature: 'standard',
      state: 'active',
      disabledReason: null,
      failingSince: null,
      createdAt: instant,
      updatedAt: shown.createdAt,
      secrets: [{ keyId: named, createdAt: instant, expiresAt: null }],
    })
    expect(named).toEqual(keyId)
    const got = await client.get(`${path}/${shown.id}`)
    expect(got.statusCode).toBe(200)
    expect(got.json()).toEqual(shown)
    const list = await client.get(path)
    expect(list.json().data).toContainEqual(shown)
    const changed = await client.patch(`${path}/${shown.id}`, { description: 'x' })
    for (const answer of [got, list, changed]) expect(answer.body).not.toContain('whsec_')
  })

  it('takes every setting', async () => {
    const settings = { description: 'Billing', excludeActor: tenant.apiKey.id, signature: 'original', types: ['*'] }
    expect(await make(client, settings)).toMatchObject(settings)
  })

  it('shows the URL as it will be called, and each type once', async () => {
    const { id } = await make(client, { url: 'HTTPS://Hooks.Example.com:443/a/../b', types: ['*', 'app.created', '*'] })
    const kept = { url: 'https://hooks.example.com/b', types: ['*', 'app.created'] }
    const shown = (await client.get(`${path}/${id}`)).json()
    expect(shown).toMatchObject(kept)
    const again = await client.patch(`${path}/${id}`, { url: 'https://hooks.example.com:443/b' })
    expect(again.json()).toEqual(shown)
  })

  it('takes the local target that the server names, in a sandbox app, also plainly', async () => {
    for (const scheme of ['http', 'https']) await make(client, { url: `${scheme}://${localTarget}/hook` })
    await make(client, { url: 'http://hooks.example.com/plain' })
  })

  it('answers a repeat under its key with the same secret, which the database does not hold in clear', async () => {
    const key = { 'idempotency-key': 'endpoint-1' }
    const first = await client.post(path, body, key)
    const again = await client.post(path, body, key)
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const { id, secret } = first.json()
    const rotated = await client.post(`${path}/${id}/rotate-secret`, {}, key)
    expect((await client.post(`${path}/${id}/rotate-secret`, {}, key)).body).toBe(rotated.body)
    expect((await client.get(`${path}/${id}`)).json().secrets).toHaveLength(2)
    const tables = ['webhook_endpoints', 'webhook_secrets', 'events_pending', 'events', 'idempotency_keys']
    for (const table of tables) {
      const rows = await database.db.query<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`, [])
      expect(rows.length > 0 || table === 'events', table).toBe(true)
      for (const { row } of rows) {
        for (const plain of [secret, rotated.json().secret]) {
          for (const form of [plain, plain.slice('whsec_'.length), Buffer.from(plain).toString('hex')]) {
            expect(row).not.toContain(form)
          }
        }
      }
    }
  })
})

describe('POST /facet/v1/webhook-endpoints: 400', () => {
  it.each([
    ['no URL', { url: undefined }, '/url', 'required'],
    ['no types', { types: undefined }, '/types', 'required'],
    ['a URL that is none', { url: 'hooks.example.com' }, '/url', 'format'],
    ['another scheme', { url: 'ftp://hooks.example.com' }, '/url', 'format'],
    ['a URL with a password', { url: 'https://a:b@hooks.example.com' }, '/url', 'format'],
    ['a URL with white space', { url: ' https://hooks.example.com' }, '/url', 'format'],
    ['a URL with a backslash', { url: 'https://hooks.example.com\\a' }, '/url', 'format'],
    ['a host without a name', { url: 'https://a..b/' }, '/url', 'format'],
    ['port 0', { url: 'https://hooks.example.com:0/' }, '/url', 'format'],
    ['a URL with NUL', { url: 'https://hooks.example.com/\0' }, '/url', 'text'],
    ['a URL of 2049 characters', { url: `https://hooks.example.com/${'a'.repeat(2_023)}` }, '/url', 'too_long'],
    ['a private address', { url: 'https://10.0.0.1/' }, '/url', 'range'],
    ['this machine', { url: 'https://localhost/' }, '/url', 'range'],
    ['another port of this machine', { url: 'http://127.0.0.1:9998/' }, '/url', 'range'],
    ['the address of cloud metadata', { url: 'http://169.254.169.254/latest' }, '/url', 'range'],
    ['no type', { types: [] }, '/types', 'too_short'],
    ['101 types', { types: Array.from({ length: 101 }, () => '*') }, '/types', 'too_long'],
    ['an unknown type', { types: ['*', 'profile.renamed'] }, '/types/1', 'choice'],
    ['a star that covers nothing', { types: ['invoice.*'] }, '/types/0', 'choice'],
    ['a type that is no text', { types: [1] }, '/types/0', 'type'],
    ['a long description', { description: '😀'.repeat(256) }, '/description', 'too_long'],
    ['a long actor', { excludeActor: 'a'.repeat(65) }, '/excludeActor', 'too_long'],
    ['a blank actor', { excludeActor: ' ' }, '/excludeActor', 'blank'],
    ['an unknown signature', { signature: 'none' }, '/signature', 'choice'],
    ['no signature', { signature: null }, '/signature', 'type'],
    ['a state', { state: 'paused' }, '/state', 'unknown'],
    ['a secret of its own', { secret: 'whsec_x' }, '/secret', 'unknown'],
  ])('refuses %s', async (_, settings, field, rule) => {
    expectProblem(await client.post(path, { ...body, ...settings }), 400, 'input_invalid', [{ path: field, rule }])
  })

  it.each([
    ['a plain URL', 'http://hooks.example.com', 'https'],
    ['the local target, plainly', `http://${localTarget}/`, 'https'],
    ['the local target', `https://${localTarget}/`, 'range'],
  ])('refuses %s in a live app', async (_, url, rule) => {
    expectProblem(await live.post(path, { ...body, url }), 400, 'input_invalid', [{ path: '/url', rule }])
    const endpoint = await make(live)
    const answer = await live.patch(`${path}/${endpoint.id}`, { url })
    expectProblem(answer, 400, 'input_invalid', [{ path: '/url', rule }])
  })

  it('says of a plain URL what it must be', async () => {
    const answer = await live.post(path, { ...body, url: 'http://hooks.example.com' })
    expect(answer.json().errors[0].detail).toBe('must begin with https://')
  })
})

describe('POST /facet/v1/webhook-endpoints: 409', () => {
  it('makes 500 endpoints in an app, and no more until one is deleted', async () => {
    const full = await api.newTenant()
    const own = clientOf(api, full.apiKey)
    const { id } = await make(own)
    await database.db.query(
      `insert into webhook_endpoints (app_id, id, mode, url, types, signature, state, created_at, updated_at)
       select $1, gen_random_uuid(), 'sandbox', 'https://example.com', '{*}', 'standard', 'active', now(), now()
       from generate_series(1, 499)`,
      [full.ctx.appId],
    )
    expectProblem(await own.post(path, body), 409, 'webhook_endpoints_exhausted')
    expect((await own.delete(`${path}/${id}`)).statusCode).toBe(204)
    await make(own)
  })
})

describe('PATCH /facet/v1/webhook-endpoints/:id', () => {
  it('200: changes what is named, null empties, and nothing else moves', async () => {
    const { secret: _, keyId: __, ...before } = await make(client, { description: 'x', excludeActor: 'y' })
    const url = 'https://other.example.com/'
    const answer = await client.patch(`${path}/${before.id}`, { url, excludeActor: null })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ ...before, url, excludeActor: null, updatedAt: instant })
  })

  it('200: pauses and resumes, and enables one that was disabled', async () => {
    const { id } = await make()
    for (const state of ['paused', 'active']) {
      expect((await client.patch(`${path}/${id}`, { state })).json()).toMatchObject({ state, disabledReason: null })
    }
    await database.db.query(
      `update webhook_endpoints set state = 'disabled', disabled_reason = 'gone', failing_since = now() where id = $1`,
      [id],
    )
    const disabled = (await client.get(`${path}/${id}`)).json()
    expect(disabled).toMatchObject({ state: 'disabled', disabledReason: 'gone', failingSince: instant })
    const enabled = (await client.patch(`${path}/${id}`, { state: 'active' })).json()
    expect(enabled).toMatchObject({ state: 'active', disabledReason: null, failingSince: null })
  })

  it.each([
    [{ state: 'disabled' }, '/state', 'choice'],
    [{ url: null }, '/url', 'type'],
    [{ url: 'https://127.0.0.1' }, '/url', 'range'],
    [{ types: [] }, '/types', 'too_short'],
    [{ state: null }, '/state', 'type'],
    [{ id: unknownId }, '/id', 'unknown'],
    [{ failingSince: null }, '/failingSince', 'unknown'],
  ])('400: refuses %j and changes nothing', async (change, field, rule) => {
    const { id } = await make()
    const before = (await client.get(`${path}/${id}`)).json()
    const answer = await client.patch(`${path}/${id}`, { description: 'changed', ...change })
    expectProblem(answer, 400, 'input_invalid', [{ path: field, rule }])
    expect((await client.get(`${path}/${id}`)).json()).toEqual(before)
  })
})

describe('DELETE /facet/v1/webhook-endpoints/:id: 204', () => {
  it('takes the endpoint and everything under it out of reach', async () => {
    const { id } = await make()
    const answer = await client.delete(`${path}/${id}`)
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    for (const rest of ['', '/deliveries', '/deliveries/1']) {
      expectProblem(await client.get(`${path}/${id}${rest}`), 404, 'webhook_endpoint_not_found')
    }
    expectProblem(await client.delete(`${path}/${id}`), 404, 'webhook_endpoint_not_found')
  })
})

describe('POST /facet/v1/webhook-endpoints/:id/rotate-secret', () => {
  it('200: shows a new secret once; the old one signs beside it for a day', async () => {
    const made = await make()
    const answer = await client.post(`${path}/${made.id}/rotate-secret`)
    expect(answer.statusCode).toBe(200)
    const { secret, keyId: named, ...shown } = answer.json()
    expect(secret).toEqual(secretForm)
    expect(secret).not.toBe(made.secret)
    const [newest, old] = shown.secrets
    expect(shown.secrets).toEqual([
      { keyId: named, createdAt: instant, expiresAt: null },
      { ...made.secrets[0], expiresAt: instant },
    ])
    const hours = (Date.parse(old.expiresAt) - Date.parse(newest.createdAt)) / 3_600_000
    expect(hours).toBeCloseTo(24, 2)
    const got = await client.get(`${path}/${made.id}`)
    expect(got.json()).toEqual(shown)
    expect(got.body).not.toContain('whsec_')
  })

  it('200: takes any overlap up to a week, none at all, and no body', async () => {
    const { id } = await make()
    const rotate = (...rest: [unknown?, Record<string, string>?]) =>
      client.post(`${path}/${id}/rotate-secret`, ...rest).then((answer) => answer.json().secrets.length)
    expect(await rotate({ overlapHours: 168 })).toBe(2)
    expect(await rotate({})).toBe(2)
    expect(await rotate('', { 'content-type': 'application/json' })).toBe(2)
    expect(await rotate({ overlapHours: 0 })).toBe(1)
  })

  it.each([
    [{ overlapHours: 169 }, '/overlapHours', 'range'],
    [{ overlapHours: -1 }, '/overlapHours', 'range'],
    [{ overlapHours: 1.5 }, '/overlapHours', 'type'],
    [{ overlapHours: '24' }, '/overlapHours', 'type'],
    [{ secret: 'whsec_x' }, '/secret', 'unknown'],
  ])('400: refuses %j', async (input, field, rule) => {
    const { id } = await make()
    const answer = await client.post(`${path}/${id}/rotate-secret`, input)
    expectProblem(answer, 400, 'input_invalid', [{ path: field, rule }])
    expect((await client.get(`${path}/${id}`)).json().secrets).toHaveLength(1)
  })
})

describe('POST /facet/v1/webhook-endpoints/:id/test: 202', () => {
  it('writes an event about the endpoint and names it', async () => {
    const { id } = await make(client, { types: ['app.created'] })
    const answer = await client.post(`${path}/${id}/test`)
    expect(answer.statusCode).toBe(202)
    const { eventId, ...rest } = answer.json()
    expect(rest).toEqual({})
    const rows = await database.db.query(
      `select type, subject_id from events_pending where app_id = $1 and id = $2
       union all select type, subject_id from events where app_id = $1 and id = $2`,
      [tenant.ctx.appId, eventId],
    )
    expect(rows).toEqual([{ type: 'webhook_endpoint.tested', subject_id: id }])
  })
})

describe('commands that need nothing said: 400', () => {
  it.each(['/test', '/deliveries/1/resend'])(
    'POST /facet/v1/webhook-endpoints/:id%s refuses what it does not know',
    async (rest) => {
      const { id } = await make()
      const answer = await client.post(`${path}/${id}${rest}`, { types: ['*'] })
      expectProblem(answer, 400, 'input_invalid', [{ path: '/types', rule: 'unknown' }])
      expectProblem(await client.post(`${path}/${id}${rest}`, []), 400, 'input_invalid', [{ path: '', rule: 'type' }])
    },
  )

  it('takes an empty object', async () => {
    const { id } = await make()
    expect((await client.post(`${path}/${id}/test`, {})).statusCode).toBe(202)
  })
})

describe('GET /facet/v1/webhook-endpoints: 200', () => {
  it('lists the endpoints of the own app only, the oldest first', async () => {
    const own = clientOf(api, (await api.newTenant()).apiKey)
    expect((await own.get(path)).json()).toEqual({ data: [] })
    const ids = [(await make(own)).id, (await make(own)).id, (await make(own)).id]
    expect((await own.get(path)).json().data.map(({ id }: { id: string }) => id)).toEqual(ids)
  })
})

const routes: readonly [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', rest: string, input?: object][] = [
  ['GET', ''],
  ['PATCH', '', { description: 'x' }],
  ['DELETE', ''],
  ['POST', '/rotate-secret'],
  ['POST', '/test'],
  ['POST', '/recover', { since: '2020-01-01T00:00:00Z' }],
  ['GET', '/deliveries'],
  ['GET', '/deliveries/1'],
  ['POST', '/deliveries/1/resend'],
]

describe('webhook endpoints: 403, 404', () => {
  const other = scopes.filter((scope) => scope !== 'webhooks:manage')

  const all: typeof routes = [
    ...routes.map(([method, rest, input]) => [method, `/${unknownId}${rest}`, input] as (typeof routes)[number]),
    ['GET', ''],
    ['POST', '', body],
  ]

  it.each(all)(
    'needs webhooks:manage for %s /webhook-endpoints%s, and every other scope does not help',
    async (method, rest, input) => {
      const call = async (own: readonly Scope[]) =>
        clientOf(api, await api.newKey(tenant, own)).call(method, `${path}${rest}`, input)
      const answer = await call(other)
      expectProblem(answer, 403, 'scope_missing')
      expect(answer.json().detail).toContain('webhooks:manage')
      expect((await call(['webhooks:manage'])).json().code).not.toBe('scope_missing')
    },
  )

  it.each(routes)('knows no endpoint that is not there: %s %s', async (method, rest, input) => {
    for (const id of [unknownId, 'nonsense', '%00']) {
      expectProblem(await client.call(method, `${path}/${id}${rest}`, input), 404, 'webhook_endpoint_not_found')
    }
  })
})

describe('a secret of a webhook', () => {
  it('stands in the two answers that show it, and in no other answer, event or line of the log', async () => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { db, keys, address } = database
    const notices = openNotices(address, quietLog)
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log })
    const own = clientOf({ ...api, server: app.server }, (await api.newTenant()).apiKey)
    const made = await make(own)
    const rotated = (await own.post(`${path}/${made.id}/rotate-secret`)).json()
    const answers: Answer[] = []
    for (const [method, rest, input] of routes.toSorted(
      ([a], [b]) => Number(a === 'DELETE') - Number(b === 'DELETE'),
    )) {
      if (rest !== '/rotate-secret') answers.push(await own.call(method, `${path}/${made.id}${rest}`, input))
    }
    answers.push(await own.get(path), await own.post(path, { ...body, types: [made.secret] }))
    await app.close(1_000)
    await notices.close()
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 202, 202, 200, 404, 404, 204, 200, 400])
    expect(lines.length).toBeGreaterThan(answers.length)
    const events = await db.query(`select to_jsonb(e)::text from events_pending e`, [])
    const text = [...lines, ...answers.map((answer) => answer.body), JSON.stringify(events)].join('\n')
    for (const { secret } of [made, rotated]) expect(text).not.toContain(secret.slice('whsec_'.length))
    expect(text).not.toContain('whsec_')
  })
})

describe('the description of the routes', () => {
  it('says which body may be left out', async () => {
    const { paths } = (await api.server.inject('/facet/v1/openapi.json')).json()
    const required = (rest: string) => paths[`/facet/v1${path}${rest}`].post.requestBody?.required
    expect([required(''), required('/{id}/recover'), required('/{id}/rotate-secret')]).toEqual([true, true, false])
    expect(required('/{id}/test')).toBeUndefined()
  })
})
