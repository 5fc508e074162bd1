import Fastify, { type LightMyRequestResponse } from 'fastify'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mint } from '../../../src/core/api-keys/api-keys.rules.ts'
import { DatabaseError } from '../../../src/core/db.ts'
import { DomainFault } from '../../../src/core/errors.ts'
import { answerFault } from '../../../src/dialects/original/errors.ts'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { credentials, errors, expectError, get, make, mounts, post } from './client.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})
afterEach(() => {
  vi.restoreAllMocks()
})

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HEAD'

function ask(method: Method, url: string, headers = {}): Promise<LightMyRequestResponse> {
  return api.server.inject({ method, url, headers })
}

function expectSafeHeaders(response: LightMyRequestResponse): void {
  expect(response.headers).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  const telling = Object.keys(response.headers).filter((name) => /^(access-control-|server$|x-powered-by$)/.test(name))
  expect(telling).toEqual([])
}

describe('404', () => {
  it.each([
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1/users'],
    ['POST', '/v1/user/'],
    ['GET', '/v1/user/1/2'],
    ['GET', '/v1/user/1/'],
    ['DELETE', '/v1/userx'],
    ['GET', '/v1/anything?x=1'],
    ['GET', '/original'],
    ['GET', '/original/'],
    ['GET', '/original/v1'],
    ['POST', '/original/v1/users'],
    ['GET', '/original/v2/user'],
  ] as const)('%s %s is answered in this dialect’s shape, with and without credentials', async (method, url) => {
    for (const headers of [{}, credentials(tenant.apiKey)]) {
      const response = await ask(method, url, headers)
      expectError(response, errors.notFound)
      expectSafeHeaders(response)
    }
  })
})

describe('405', () => {
  it.each([
    ['/user', ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD, POST'],
    ['/user/1', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD'],
  ] as const)('%s names the methods that the path has', async (path, methods, allowed) => {
    for (const mount of mounts) {
      for (const method of methods) {
        for (const headers of [{}, credentials(tenant.apiKey)]) {
          const response = await ask(method, mount + path, headers)
          expectError(response, errors.methodNotAllowed)
          expect(response.headers.allow).toBe(allowed)
          expectSafeHeaders(response)
        }
      }
    }
  })
})

describe('400', () => {
  it.each(['/v1/user/%zz', '/v1/user/%', '/v1/user/%ff', '/v1/%ff', '/original/v1/user/%c0%af', '/original/%zz'])(
    'a path that cannot be decoded, %s',
    async (path) => {
      const response = await ask('GET', path, credentials(tenant.apiKey))
      expectError(response, errors.badRequest)
      expectSafeHeaders(response)
    },
  )
})

describe('429', () => {
  it('says when to try again, in whole seconds', async () => {
    const app = Fastify()
    app.get('/', (request, reply) => answerFault({ code: 'rate_limited', retryAfterMs: 1_001 }, request, reply))
    const response = await app.inject('/')
    await app.close()
    const { code, message } = errors.tooMany
    expect(response.json()).toEqual({ success: false, error: { type: 'client_error', detail: { code, message } } })
    expect([response.statusCode, response.headers['retry-after']]).toEqual([429, '2'])
  })
})

describe.each(mounts)('500 and 503: %s', (mount) => {
  const secrets = /boom-4711|select |insert |at .*\.ts|node_modules|pg_|profiles_reference|sk_|secret/

  /** What is answered while the database throws, the pair being known already. */
  async function whileItThrows(error: Error): Promise<LightMyRequestResponse[]> {
    const uid = await make(api, tenant.apiKey)
    vi.spyOn(database.db, 'query').mockRejectedValue(error)
    vi.spyOn(database.db, 'transaction').mockRejectedValue(error)
    return [
      await post(api, mount, tenant.apiKey, '{"user_external_id":"r500"}'),
      await post(api, mount, tenant.apiKey, '', { 'idempotency-key': 'k' }),
      await get(api, `${mount}/user/${uid}`, tenant.apiKey),
      await get(api, `${mount}/user?email=a@example.com`, tenant.apiKey),
    ]
  }

  it.each([
    ['an error that nobody foresaw', new TypeError('boom-4711 in select secret_hash')],
    [
      'a statement that is refused',
      new DatabaseError('boom-4711', '42P01', 'profiles_reference', new Error('boom-4711')),
    ],
  ])('500: %s leaves nothing of itself in the answer', async (_, error) => {
    for (const response of await whileItThrows(error)) {
      expectError(response, errors.internal)
      expect(response.body).not.toMatch(secrets)
      expectSafeHeaders(response)
    }
  })

  it('500: a secret that was sealed under another key is our fault and not the client’s', async () => {
    const { apiKey } = await api.newTenant()
    await database.db.query('update api_keys set secret_sealed = $1 where id = $2', [Buffer.alloc(80, 1), apiKey.id])
    const response = await get(api, `${mount}/user/1`, apiKey)
    expectError(response, errors.internal)
    expect(response.body).not.toMatch(secrets)
  })

  it('503: a database that cannot be asked, with the time after which to try again', async () => {
    const error = new DomainFault({ code: 'database_unavailable' }, new Error('boom-4711'))
    for (const response of await whileItThrows(error)) {
      expectError(response, errors.unavailable)
      expect(response.headers['retry-after']).toBe('1')
      expectSafeHeaders(response)
    }
  })

  it('503, not 401: a key that could not be looked up is not called wrong', async () => {
    vi.spyOn(database.db, 'query').mockRejectedValue(new DomainFault({ code: 'database_unavailable' }))
    const unknown = { ...tenant.apiKey, key: mint('pk', 'sandbox') }
    expectError(await get(api, `${mount}/user/1`, unknown), errors.unavailable)
  })
})

describe('headers', () => {
  it.each(mounts)('%s: every answer carries the security headers and an id of its own', async (mount) => {
    const { apiKey } = tenant
    const answers = [
      await get(api, `${mount}/user?email=a@example.com`, apiKey),
      await post(api, mount, apiKey, '{}'),
      await post(api, mount, apiKey, '{'),
      await post(api, mount, apiKey, '{"email":""}'),
      await post(api, mount, apiKey, 'x'.repeat(1_048_577)),
      await post(api, mount, apiKey, 'x', { 'content-type': 'text/plain' }),
      await ask('GET', `${mount}/user/1`),
      await get(api, `${mount}/user/1`, apiKey),
    ]
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 201, 400, 400, 413, 415, 401, 404])
    for (const answer of answers) expectSafeHeaders(answer)
    expect(new Set(answers.map((answer) => answer.headers['x-request-id'])).size).toBe(answers.length)
  })
})

describe('the OpenAPI document', () => {
  it('needs no credentials, names the scheme, and describes every status that a route of it gives', async () => {
    const document = (await ask('GET', '/original/openapi.json')).json()
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.security).toEqual([{ apiKey: [], token: [] }])
    const statuses = Object.entries<Record<string, { responses: object }>>(document.paths).map(([path, item]) =>
      Object.entries(item).map(([method, { responses }]) => `${method} ${path}: ${Object.keys(responses).join(' ')}`),
    )
    expect(statuses.flat()).toEqual([
      'post /v1/user: 201 400 401 403 409 422',
      'get /v1/user: 200 400 401 403',
      'get /v1/user/{uid}: 200 400 401 403 404',
      'get /v1/deposit: 200 400 401 403 404',
    ])
  })
})
