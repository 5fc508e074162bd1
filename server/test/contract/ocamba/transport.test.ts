import { beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../../src/core/db.ts'
import { openPool } from '../../../src/infra/db/pool.ts'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  anEmail,
  type Client,
  clientOf,
  errors,
  expectError,
  type Method,
  mounts,
  newTenant,
} from './client.ts'
import { internal } from './fixtures/seed-001.ts'

const database = useDatabase()

/** A server that nothing listens at. */
const nowhere = openPool({
  address: { host: '127.0.0.1', port: 1, user: 'nobody', password: 'hunter2', database: 'nothing' },
  connections: 1,
  log: quietLog,
})
let current: Db = database.db
const db = {
  ...database.db,
  query: ((text, values) => current.query(text, values)) as Db['query'],
  transaction: ((work) => current.transaction(work)) as Db['transaction'],
}
const api = useApi({ ...database, db }, {}, steadyNotices)

let tenant: TestTenant
let client: Client
let id: string
beforeAll(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
  id = (await client.make()).id
})

const ask = (method: Method, url: string, headers = {}) => api.server.inject({ method, url, headers })
const authorized = () => ({ authorization: `Bearer ${tenant.apiKey.secret}` })

describe.each(mounts)('404: %s', (mount) => {
  it.each([
    ['GET', ''],
    ['GET', '/'],
    ['GET', '//profiles'],
    ['GET', '/Profiles'],
    ['GET', '/profiles/1/2'],
    ['POST', '/profiles/1/merge'],
    ['POST', '/profiles/1/merge/2/3'],
    ['PATCH', '/profile-properties/1'],
    ['GET', '/reports/profiles/import/1/full'],
    ['GET', '/users'],
    ['DELETE', '/anything?x=1'],
  ] as const)('%s %s is answered in this dialect’s shape, with and without a key', async (method, path) => {
    expectError(await ask(method, mount + path), errors.notFound)
    expectError(await ask(method, mount + path, authorized()), errors.notFound)
  })
})

describe('404', () => {
  it('answers what stands under the dialect’s own prefix, and leaves its neighbours to others', async () => {
    for (const url of ['/ocamba/', '/ocamba/v1', '/ocamba/v2/hood/profiles', '/ocamba/ocamba/v1/hood/profiles']) {
      expectError(await ask('GET', url, authorized()), errors.notFound)
    }
    for (const url of ['/v1/hoodx/profiles', '/V1/hood/profiles', '/v1%2fhood/profiles']) {
      const answer = await ask('GET', url, authorized())
      expect([url, answer.statusCode, answer.headers['content-type']]).not.toEqual([url, 404, 'application/json'])
    }
  })
})

describe.each(mounts)('405: %s', (mount) => {
  it.each([
    ['/profiles', ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD, POST'],
    ['/profiles/1', ['PUT', 'POST', 'OPTIONS'], 'DELETE, GET, HEAD, PATCH'],
    ['/profiles/1/unsubscribe', ['GET', 'HEAD', 'PUT', 'DELETE'], 'POST'],
    ['/profiles/1/merge/2', ['GET', 'PATCH'], 'POST'],
    ['/profiles/import', ['GET', 'PUT', 'PATCH', 'DELETE'], 'POST'],
    ['/profile-lists', ['PUT', 'PATCH', 'DELETE'], 'GET, HEAD, POST'],
    ['/profile-lists/1', ['GET', 'POST', 'PUT'], 'DELETE, PATCH'],
    ['/profile-properties', ['PUT', 'DELETE'], 'GET, HEAD, POST'],
  ] as const)('%s names the methods that it has', async (path, methods, allowed) => {
    for (const method of methods) {
      for (const headers of [{}, authorized()]) {
        const answer = await ask(method, mount + path, headers)
        expect([method, answer.statusCode, answer.headers.allow]).toEqual([method, 405, allowed])
        if (method !== 'HEAD') expectError(answer, errors.methodNotAllowed)
      }
    }
  })
})

describe.each(mounts)('400: %s', (mount) => {
  it('an empty id, which names nothing', async () => {
    const own = clientOf(api, tenant.apiKey, mount)
    for (const path of [`/profiles/${id}/merge/`, `/profiles//merge/${id}`, '/profiles//unsubscribe']) {
      expectError(await own.post(path), errors.unknownProfile)
    }
    for (const method of ['GET', 'DELETE'] as const) {
      expectError(await own.call(method, '/profiles/'), errors.unknownProfile)
    }
    expectError(await own.delete('/profile-lists/'), errors.unknownList)
  })

  it.each(['/profiles/%zz', '/profiles/%', '/profile-lists/%ff', '/%c0%af'])(
    'a path that cannot be decoded, %s',
    async (path) => {
      for (const headers of [{}, authorized()]) expectError(await ask('GET', mount + path, headers), errors.badRequest)
    },
  )
})

describe.each(mounts)('413 and 415: %s', (mount) => {
  const post = (payload: string | Buffer, headers: Record<string, string>) =>
    api.server.inject({ method: 'POST', url: `${mount}/profiles`, headers: { ...authorized(), ...headers }, payload })

  it('413: a body of more than a megabyte, whatever is in it', async () => {
    const type = { 'content-type': 'application/json' }
    expectError(await post('x'.repeat(1_048_577), type), errors.tooLarge)
    expectError(await post(`{"email":"a@example.com","x":"${'x'.repeat(1_048_576)}"}`, type), errors.tooLarge)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    'json',
    '*/*',
  ])('415: a body of type %s', async (type) => {
    expectError(await post('{"email":"a@example.com"}', { 'content-type': type }), errors.mediaType)
  })

  it('415: a body without a type', async () => {
    expectError(await post(Buffer.from('{"email":"a@example.com"}'), {}), errors.mediaType)
  })
})

/** One request of each kind that asks the database. */
async function everyRequest(): Promise<Answer[]> {
  const profiles = [{ id, custom_properties: { a: 1 } }]
  const body = { email: anEmail(), custom_properties: { a: 1 } }
  return [
    await client.get('/profiles'),
    await client.get('/profiles?q=a'),
    await client.get(`/profiles/${id}`),
    await client.post('/profiles', body),
    await client.post('/profiles', body, { 'idempotency-key': 'k' }),
    await client.patch(`/profiles/${id}`, { comment: anEmail() }),
    await client.delete(`/profiles/${id}`),
    await client.post(`/profiles/${id}/unsubscribe`),
    await client.post(`/profiles/${id}/merge/17430755068336100383`),
    await client.post('/profiles/import', { profiles }),
  ]
}

const leaks =
  /select|insert|update |from |relation|syntax|hunter2|nobody|ECONNREFUSED|127\.0\.0\.1|\.ts|node:|profiles/i

describe('500', () => {
  async function whileAway<T>(table: string, work: () => Promise<T>): Promise<T> {
    await database.db.query(`alter table ${table} rename to ${table}_away`, [])
    try {
      return await work()
    } finally {
      await database.db.query(`alter table ${table}_away rename to ${table}`, [])
    }
  }

  it('is the body that the seed prints, without a message, when a table is gone', async () => {
    const answers = await whileAway('profiles', everyRequest)
    // The import asks another table.
    for (const answer of answers.slice(0, -1)) {
      expectError(answer, errors.internal)
      expect(answer.body).toBe(JSON.stringify({ ...internal.body, trace_id: answer.headers['x-request-id'] }))
      expect([answer.statusCode, answer.statusMessage]).toEqual([internal.status, internal.statusText])
      expect(Object.keys(answer.json())).toEqual(['code', 'title', 'trace_id'])
      expect(answer.body).not.toMatch(leaks)
    }
    const lists = await whileAway('profile_lists', () => client.get('/profile-lists'))
    expectError(lists, errors.internal)
    const properties = await whileAway('profile_properties', () => client.get('/profile-properties'))
    expectError(properties, errors.internal)
  })

  it('is over as soon as its reason is, and has done nothing by halves', async () => {
    const email = anEmail()
    for (const table of ['profile_counts', 'events_pending', 'profile_words']) {
      const body = { email, full_name: 'Ada' }
      expectError(await whileAway(table, () => client.post('/profiles', body)), errors.internal)
    }
    expect((await client.get(`/profiles?q=${encodeURIComponent(email)}`)).json().total).toBe(0)
    await client.make({ email })
  })
})

describe('503', () => {
  it('says that the database is away and when to come again, and is over as soon as it is back', async () => {
    expect((await client.get('/profiles')).statusCode).toBe(200)
    current = nowhere
    try {
      for (const answer of await everyRequest()) {
        expectError(answer, errors.unavailable)
        expect(answer.headers['retry-after']).toBe('1')
        expect(answer.body).not.toMatch(leaks)
      }
      const unseen = clientOf(api, { secret: `${tenant.apiKey.secret.slice(0, -1)}_` })
      expectError(await unseen.get('/profiles'), errors.unauthorized)
    } finally {
      current = database.db
    }
    expect((await client.get('/profiles')).statusCode).toBe(200)
  })
})

describe('headers', () => {
  it('every answer carries the security headers, a type without a charset, and an id of its own', async () => {
    const { id: other } = await client.make()
    const answers = [
      await client.get('/profiles'),
      await client.post('/profiles', { email: anEmail() }),
      await client.patch(`/profiles/${other}`, { comment: 'x' }),
      await client.post('/profiles', {}),
      await client.post('/profiles', '{'),
      await client.post('/profiles', 'x'.repeat(1_048_577)),
      await client.post('/profiles', 'x', { 'content-type': 'text/plain' }),
      await clientOf(api, { secret: 'x' }).get('/profiles'),
      await client.get('/nothing'),
      await client.call('PUT', '/profiles'),
      await client.get('/profiles/%zz'),
      await client.get('/profiles/abc'),
    ]
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses).toEqual([200, 201, 204, 400, 400, 413, 415, 401, 404, 405, 400, 400])
    for (const { headers, statusCode } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
      expect(headers['content-type']).toBe(statusCode === 204 ? undefined : 'application/json')
      const telling = Object.keys(headers).filter((name) => /^(access-control-|server$|x-powered-by$)/.test(name))
      expect(telling).toEqual([])
    }
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(answers.length)
  })
})
