import { beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database, { bodyLimitBytes: 2_000, publicUrl: 'https://profiles.example.com' })
let client: Client
let secret: string

beforeAll(async () => {
  const { apiKey } = await api.newTenant()
  secret = apiKey.secret
  client = clientOf(api, apiKey)
})

const get = (url: string, headers: Record<string, string> = {}) => api.server.inject({ url, headers })

describe('401', () => {
  it.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a scheme without credentials', { authorization: 'Bearer' }],
    ['a key in another header', { 'x-api-key': 'sk_sandbox_x' }],
  ])('asks for credentials: %s', async (_, headers) => {
    for (const url of ['/facet/v1/profiles', '/facet/v1/api-keys', '/facet/v1/apps/x']) {
      const answer = await get(url, headers)
      expectProblem(answer, 401, 'credentials_missing')
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  it('refuses credentials that are malformed, mistyped, unknown or public, all alike', async () => {
    const { apiKey } = await api.newTenant()
    const other = apiKey.secret.endsWith('a') ? 'b' : 'a'
    const secrets = [
      'x',
      'sk_',
      apiKey.key,
      apiKey.secret.slice(0, -1) + other,
      apiKey.secret.toUpperCase(),
      `${apiKey.secret}0`,
    ]
    for (const wrong of [...secrets, 'sk_sandbox_00000000000000000000000000000000000000']) {
      const answer = await get('/facet/v1/profiles', { authorization: `Bearer ${wrong}` })
      expectProblem(answer, 401, 'credentials_invalid')
      expect(answer.headers['www-authenticate']).toBe('Bearer')
      expect(answer.body).not.toContain(wrong.slice(0, 12).padEnd(12, '~'))
    }
  })

  it('takes the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expect((await get('/facet/v1/profiles', { authorization: `${scheme} ${secret}` })).statusCode).toBe(200)
    }
  })

  it('comes before everything that could be learned without a key', async () => {
    const anonymous = { method: 'POST', url: '/facet/v1/profiles', headers: { 'content-type': 'text/plain' } } as const
    expectProblem(await api.server.inject({ ...anonymous, payload: 'x'.repeat(9_000) }), 401, 'credentials_missing')
  })
})

describe('400', () => {
  it.each(['', '{', '{"a":}', "{'a':1}", '{"a":1}x', '{"a":1,}', 'undefined', '\u0000'])(
    'refuses what is not JSON: %j',
    async (payload) => {
      const answer = await client.post('/profiles', payload)
      expectProblem(answer, 400, 'body_malformed')
    },
  )

  it('refuses a body that is not UTF-8', async () => {
    const bodies = [Buffer.from('{"label":"\xe9"}', 'latin1'), Buffer.from('{"label":"x"}', 'utf16le')]
    bodies.push(Buffer.concat([Buffer.from('{"label":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]))
    for (const payload of bodies) {
      const answer = await api.server.inject({
        method: 'POST',
        url: '/facet/v1/profiles',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        payload,
      })
      expectProblem(answer, 400, 'body_malformed')
    }
  })

  it.each([
    '{"__proto__":{"label":"x"}}',
    '{"attributes":{"__proto__":{}}}',
    '{"attributes":{"a":[{"\\u005f_proto__":1}]}}',
    '{"attributes":{"constructor":{"prototype":{}}}}',
  ])('refuses keys that reach for a prototype: %s', async (payload) => {
    expectProblem(await client.post('/profiles', payload), 400, 'body_malformed')
  })

  it.each(['/facet/v1/profiles/%zz', '/facet/v1/profiles/%ff', '/facet/v1/profiles/%ED%A0%80', '/facet/v1/%', '/%c3'])(
    'refuses a URL that is not percent-encoded UTF-8: %s',
    async (url) => {
      const answer = await get(url, { authorization: `Bearer ${secret}` })
      expectProblem(answer, 400, 'request_malformed')
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    },
  )

  it('refuses a path segment that is longer than any key', async () => {
    const answer = await client.get(`/profiles/reference:${'x'.repeat(3_000)}`)
    expectProblem(answer, 400, 'request_malformed')
  })
})

describe('404', () => {
  it.each([
    '/facet/v1',
    '/facet/v1/',
    '/facet/v1/nothing',
    '/facet/v1/profiles/a/b',
    '/facet/v2/profiles',
    '/facet',
    '/nothing',
    '/',
  ])('knows nothing at %s', async (url) => {
    expectProblem(await get(url, { authorization: `Bearer ${secret}` }), 404, 'route_not_found')
    expectProblem(await get(url), 404, 'route_not_found')
  })

  it('says so whatever the body is', async () => {
    expectProblem(await client.post('/nothing', '{', { 'content-type': 'text/plain' }), 404, 'route_not_found')
  })
})

describe('405', () => {
  it.each([
    ['/profiles', 'GET, HEAD, POST', ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']],
    ['/profiles/x', 'DELETE, GET, HEAD, PATCH', ['PUT', 'POST', 'OPTIONS', 'TRACE', 'QUERY']],
    ['/api-keys', 'GET, HEAD, POST', ['PUT', 'PATCH', 'DELETE']],
    ['/api-keys/x', 'GET, HEAD', ['PUT', 'PATCH', 'POST', 'DELETE']],
    ['/api-keys/x/revoke', 'POST', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
    ['/apps', 'GET, HEAD, POST', ['PUT', 'PATCH', 'DELETE']],
    ['/apps/x', 'GET, HEAD, PATCH', ['PUT', 'POST', 'DELETE']],
    ['/profiles/x/merge', 'POST', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
    ['/profile-lists/x', 'DELETE, PATCH', ['GET', 'HEAD', 'PUT', 'POST']],
    ['/openapi.json', 'GET, HEAD', ['PUT', 'PATCH', 'POST', 'DELETE']],
  ])('%s takes %s and names them in Allow', async (path, allow, methods) => {
    for (const method of methods) {
      const answer = await client.call(method as 'GET', path)
      expect(`${method} ${answer.statusCode}`).toBe(`${method} 405`)
      expect(answer.headers.allow).toBe(allow)
      if (method !== 'HEAD') expectProblem(answer, 405, 'method_not_allowed')
    }
  })

  it('says so whatever the body is', async () => {
    const answer = await client.call('PUT' as 'POST', '/profiles', '{', { 'content-type': 'text/plain' })
    expectProblem(answer, 405, 'method_not_allowed')
  })
})

describe('413', () => {
  it('refuses a body over the limit and takes one of just the limit', async () => {
    const body = (bytes: number) => JSON.stringify({ attributes: { a: 'x'.repeat(bytes - 26) } }).padEnd(bytes)
    expect(Buffer.byteLength(body(2_000))).toBe(2_000)
    expect((await client.post('/profiles', body(2_000))).statusCode).toBe(201)
    expectProblem(await client.post('/profiles', body(2_001)), 413, 'body_too_large')
  })

  it('refuses a body that tells no length and grows past the limit, over a real socket', async () => {
    const url = await listenOnLoopback(api.server)
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(500, ' '))
      },
    })
    const answer = await fetch(`${url}/facet/v1/profiles`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'body_too_large', status: 413 })
  })
})

describe('415', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/json; charset="utf-16"',
    'json',
    'application/xml',
  ])('refuses a body of type %s', async (type) => {
    expectProblem(await client.post('/profiles', '{}', { 'content-type': type }), 415, 'media_type_unsupported')
  })

  it('refuses a body without a type', async () => {
    const answer = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${secret}`, 'content-length': '2' },
      payload: Buffer.from('{}'),
    })
    expectProblem(answer, 415, 'media_type_unsupported')
  })
})

describe('Every answer', () => {
  it('carries the security headers and a request id of its own, whatever the status', async () => {
    const { id } = await client.make({})
    const answers = [
      await client.get(`/profiles/${id}`),
      await client.get(`/profiles/${id}`, { 'if-none-match': '*' }),
      await client.delete(`/profiles/${id}`),
      await client.get('/profiles/nobody'),
      await client.post('/profiles', '{'),
      await client.call('PUT' as 'POST', '/profiles'),
      await get('/facet/v1/profiles'),
      await get('/facet/v1/%zz'),
      await get('/nothing'),
      await get('/healthz'),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 304, 204, 404, 400, 405, 401, 400, 404, 200])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
      for (const name of ['server', 'x-powered-by', 'access-control-allow-origin'])
        expect(headers[name]).toBeUndefined()
    }
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(answers.length)
  })

  it('takes no request id from the client', async () => {
    const answer = await client.get('/profiles', { 'x-request-id': 'mine', 'request-id': 'mine' })
    expect(answer.headers['x-request-id']).not.toBe('mine')
  })
})
