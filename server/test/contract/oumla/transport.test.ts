import type { LightMyRequestResponse } from 'fastify'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mint } from '../../../src/core/api-keys/api-keys.rules.ts'
import { DatabaseError } from '../../../src/core/db.ts'
import { DomainFault } from '../../../src/core/errors.ts'
import { steadyNotices, type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { create, errors, expectError, type Face, faces, fill, list, post, printedFaces } from './faces.ts'

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

function ask(face: Face, method: Method, url: string, headers = {}): Promise<LightMyRequestResponse> {
  return api.server.inject({ method, url, headers: { ...face.headers, ...headers } })
}

describe.each(printedFaces)('404: $name', (face) => {
  it.each([
    ['GET', '/api/v1/wallets'],
    ['GET', '/api/v1/wallets/p1?take=5'],
    ['GET', '/api/v1/network'],
    ['GET', '/api/v1/workflows/w1'],
    ['GET', '/api/v1/transactions/organization'],
    ['GET', '/api/v1/portfolio'],
    ['POST', '/api/v1/withdraw'],
    ['GET', '/api/v1/profiles/p1'],
    ['DELETE', '/api/v1/profiles/p1'],
    ['GET', '/api/v1/profiles/'],
    ['GET', '/oumla'],
    ['GET', '/oumla/'],
    ['GET', '/oumla/api/v1/wallets'],
    ['GET', '/oumla/api/v1/profiles/p1'],
    ['GET', '/oumla/anything?x=1'],
  ] as const)('%s %s is answered in this dialect’s shape, with and without a key', async (method, url) => {
    const at = { ...face, path: url.split('?')[0] ?? '' }
    // Without a key, what is below the printed profiles is another dialect's.
    if (!url.startsWith('/api/v1/profiles')) expectError(await ask(face, method, url), at, errors.notFound)
    expectError(await ask(face, method, url, { 'x-api-key': tenant.apiKey.secret }), at, errors.notFound)
  })

  it('any other path under /api/v1 is this dialect’s for a client that sends x-api-key', async () => {
    const response = await ask(face, 'GET', '/api/v1/organizations', { 'x-api-key': tenant.apiKey.secret })
    expectError(response, { ...face, path: '/api/v1/organizations' }, errors.notFound)
  })
})

describe.each(faces)('405: $name', (face) => {
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('%s names the methods that the path has', async (method) => {
    for (const headers of [...(face.own ? [{}] : []), { 'x-api-key': tenant.apiKey.secret }]) {
      const response = await ask(face, method, face.path, headers)
      expectError(response, face, errors.methodNotAllowed)
      expect(response.headers.allow).toBe('GET, HEAD, POST')
    }
  })
})

describe.each(faces)('HEAD: $name', (face) => {
  it('answers what GET would, without the body', async () => {
    const got = await ask(face, 'GET', face.path, { 'x-api-key': tenant.apiKey.secret })
    const response = await ask(face, 'HEAD', face.path, { 'x-api-key': tenant.apiKey.secret })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.headers['content-length']).toBe(got.headers['content-length'])
    expect(response.body).toBe('')
  })

  if (face.own)
    it('needs a key, as GET does', async () => {
      const response = await ask(face, 'HEAD', face.path)
      expect(response.statusCode).toBe(401)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    })
})

describe.each(printedFaces)('400: $name', (face) => {
  it.each(['/api/v1/profiles/%zz', '/api/v1/profiles/%', '/api/v1/wallets/%ff', '/oumla/%zz', '/oumla/api/v1/%c0%af'])(
    'a path that cannot be decoded, %s',
    async (path) => {
      const response = await ask(face, 'GET', path, { 'x-api-key': '' })
      expectError(response, { ...face, path }, errors.badRequest)
      expectSafeHeaders(response)
    },
  )
})

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

describe('headers', () => {
  it.each(faces)('$name: every answer carries the security headers and an id of its own', async (face) => {
    const { secret } = tenant.apiKey
    const answers = [
      await list(api, face, secret),
      await create(api, face, await api.newTenant(), 'r'),
      await post(api, face, secret, '{}'),
      await post(api, face, secret, '{'),
      await post(api, face, secret, 'x'.repeat(1_048_577)),
      await post(api, face, secret, 'x', { 'content-type': 'text/plain' }),
      await list(api, face, ''),
      await ask(face, 'GET', `${face.path}/x`),
      await ask(face, 'PUT', face.path),
      await ask(face, 'GET', `${face.path}/%zz`),
    ]
    const statuses = answers.map((answer) => answer.statusCode)
    expect(statuses).toEqual([200, 201, 400, 400, 413, 415, 401, 404, 405, 400])
    for (const answer of answers) expectSafeHeaders(answer)
    const ids = new Set(answers.map((answer) => answer.headers['x-request-id']))
    expect(ids.size).toBe(answers.length)
  })

  it('does not take a request id from the client', async () => {
    const [face] = faces as [Face]
    const headers = { 'x-api-key': tenant.apiKey.secret, 'x-request-id': 'mine', 'request-id': 'mine' }
    const response = await ask(face, 'GET', face.path, headers)
    expectSafeHeaders(response)
  })
})

describe.each(faces)('500 and 503: $name', (face) => {
  const secrets = /boom-4711|select |insert |Error|at .*\.ts|node_modules|pg_|profiles_reference/
  const body = '{"reference":"r500","type":"User"}'

  /** What the database throws while a create and a list are served, the key being known already. */
  async function whileItThrows(error: Error): Promise<LightMyRequestResponse[]> {
    await list(api, face, tenant.apiKey.secret)
    vi.spyOn(database.db, 'query').mockRejectedValue(error)
    vi.spyOn(database.db, 'transaction').mockRejectedValue(error)
    const { secret } = tenant.apiKey
    return [
      await post(api, face, secret, body),
      await post(api, face, secret, body, { 'idempotency-key': 'k' }),
      await list(api, face, secret),
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
      expectError(response, face, errors.internal)
      expect(response.body.replace('Internal Server Error', '')).not.toMatch(secrets)
      expectSafeHeaders(response)
    }
  })

  it('503: a database that cannot be asked, with the time after which to try again', async () => {
    const error = new DomainFault({ code: 'database_unavailable' }, new Error('boom-4711'))
    for (const response of await whileItThrows(error)) {
      expectError(response, face, errors.unavailable)
      expect(response.headers['retry-after']).toBe('1')
      expect(response.body).not.toMatch(secrets)
      expectSafeHeaders(response)
    }
  })

  it('503, not 401: a key that could not be looked up is not called wrong', async () => {
    vi.spyOn(database.db, 'query').mockRejectedValue(new DomainFault({ code: 'database_unavailable' }))
    expectError(await list(api, face, mint('sk', 'sandbox')), face, errors.unavailable)
  })

  it('serves again as soon as the database does', async () => {
    const own = await api.newTenant()
    const query = vi.spyOn(database.db, 'query').mockRejectedValue(new Error('boom-4711'))
    expectError(await list(api, face, own.apiKey.secret), face, errors.internal)
    query.mockRestore()
    await fill(api, face, own, 1)
  })
})
