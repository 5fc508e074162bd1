import { beforeAll, describe, expect, it } from 'vitest'
import { DatabaseError, type Db } from '../../../src/core/db.ts'
import { openPool } from '../../../src/infra/db/pool.ts'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()

/** A server that nothing listens at. */
const nowhere = openPool({
  address: { host: '127.0.0.1', port: 1, user: 'nobody', password: 'hunter2', database: 'nothing' },
  connections: 1,
  log: quietLog,
})

/** The database while it works; each test puts something else in its place. */
let current: Db | undefined
const db: Db = {
  ...database.db,
  query: (text, values) => (current ?? database.db).query(text, values),
  transaction: (work) => (current ?? database.db).transaction(work),
}

function failingWith(error: unknown): Db {
  const fail = async () => Promise.reject(error)
  return { ...database.db, query: fail, transaction: fail, notify: fail }
}

const breakable = {
  ...database,
  get db() {
    return { ...database.db, ...db }
  },
}
const api = useApi(breakable, {}, steadyNotices)
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  expect((await client.get('/profiles')).statusCode).toBe(200)
})

async function during(broken: Db, work: () => Promise<void>): Promise<void> {
  current = broken
  try {
    await work()
  } finally {
    current = undefined
  }
}

/** One request of each kind that asks the database. */
async function everyRequest(): Promise<Answer[]> {
  const key = { 'idempotency-key': 'failing' }
  return [
    await client.get('/profiles'),
    await client.get('/profiles?q=a'),
    await client.get('/profiles/reference:a'),
    await client.post('/profiles', { reference: 'a' }),
    await client.post('/profiles', { reference: 'a' }, key),
    await client.patch('/profiles/reference:a', { label: 'b' }),
    await client.delete('/profiles/reference:a', key),
    await client.get('/api-keys'),
    await client.post('/api-keys', { name: 'x', scopes: ['profiles:read'] }),
    await client.get('/apps'),
  ]
}

const leaks = /select|insert|update |from |relation|syntax|hunter2|nobody|ECONNREFUSED|127\.0\.0\.1|\.ts|node:|\bat \w/i

function expectNoLeak(answer: Answer): void {
  const { detail: _, ...rest } = answer.json()
  expect(JSON.stringify(rest)).not.toMatch(leaks)
  expect(answer.json().detail).not.toMatch(/[{}()]|\bselect\b|hunter2|127\.0/)
}

describe('500', () => {
  it.each([
    ['an error nobody foresaw', new TypeError("Cannot read properties of undefined (reading 'at select')")],
    [
      'a statement that PostgreSQL refused',
      new DatabaseError('syntax error at "select * from x"', '42601', undefined, undefined),
    ],
    [
      'a constraint that no code knows',
      new DatabaseError('violates "secret_check"', '23514', 'secret_check', undefined),
    ],
    ['a thrown text', 'select secret from api_keys'],
  ])('says nothing of what happened but the request id: %s', async (_, error) => {
    await during(failingWith(error), async () => {
      for (const answer of await everyRequest()) {
        expectProblem(answer, 500, 'internal')
        expectNoLeak(answer)
        expect(answer.headers.ratelimit).toMatch(/^"api-key"/)
      }
    })
  })
})

describe('503', () => {
  it('says that the database could not be asked, and when to come again', async () => {
    await during(nowhere, async () => {
      for (const answer of await everyRequest()) {
        expectProblem(answer, 503, 'database_unavailable')
        expectNoLeak(answer)
        expect(answer.headers['retry-after']).toBe('1')
        expect(answer.headers.ratelimit).toMatch(/^"api-key"/)
      }
    })
  })

  it('answers a key that must be looked up, and a mistyped one with 401 as ever', async () => {
    const unseen = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    await during(nowhere, async () => {
      const answer = await unseen.get('/profiles')
      expectProblem(answer, 503, 'database_unavailable')
      expectNoLeak(answer)
      expect(answer.headers.ratelimit).toMatch(/^"address"/)
      expectProblem(await clientOf(api, { secret: 'sk_mistyped' }).get('/profiles'), 401, 'credentials_invalid')
    })
    expect((await unseen.get('/profiles')).statusCode).toBe(200)
  })

  it('serves again as soon as the database does, with the writes that failed not done', async () => {
    await during(nowhere, async () => {
      expect((await client.post('/profiles', { reference: 'later' }, { 'idempotency-key': 'later' })).statusCode).toBe(
        503,
      )
    })
    expectProblem(await client.get('/profiles/reference:later'), 404, 'profile_not_found')
    const answer = await client.post('/profiles', { reference: 'later' }, { 'idempotency-key': 'later' })
    expect(answer.statusCode).toBe(201)
  })
})

describe('GET /readyz', () => {
  it('200 while the database answers, 503 while it is gone, 200 afterwards', async () => {
    const ready = () => api.server.inject('/readyz')
    expect((await ready()).json()).toEqual({ status: 'ok' })
    await during(nowhere, async () => {
      const answer = await ready()
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toEqual({ status: 'database unavailable' })
      expect((await api.server.inject('/healthz')).statusCode).toBe(200)
    })
    expect((await ready()).statusCode).toBe(200)
  })

  it('503 when the database does not answer in time', async () => {
    const never = () => new Promise<never>(() => {})
    await during({ ...database.db, query: never, transaction: never }, async () => {
      const answer = await api.server.inject('/readyz')
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toEqual({ status: 'database slow' })
    })
  })
})
