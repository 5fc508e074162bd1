import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const narrow = useApi(database, { rateLimitPerMinute: 5 })
const wide = useApi(database, { bodyLimitBytes: 1_024 })

/** What `RateLimit` says is left. */
function leftOf({ headers }: Answer): number {
  const [, left, seconds] = /^"[a-z-]+";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit)) ?? []
  expect(Number(seconds)).toBeGreaterThanOrEqual(1)
  expect(Number(seconds)).toBeLessThanOrEqual(60)
  return Number(left)
}

describe('RateLimit', () => {
  it('stands with its policy on every answer of the native API, whatever the status', async () => {
    const tenant = await wide.newTenant()
    const client = clientOf(wide, tenant.apiKey)
    const { id } = await client.make({ reference: 'rate' })
    const key = { 'idempotency-key': 'rate' }
    await client.post('/profiles', { label: 'a' }, key)
    const reader = clientOf(wide, await wide.newKey(tenant, ['profiles:read']))
    const anonymous = clientOf(wide, { secret: 'nonsense' })
    const answers: readonly [number, Answer][] = [
      [200, await client.get('/profiles')],
      [200, await client.get('/openapi.json')],
      [200, await client.call('HEAD', '/profiles')],
      [201, await client.post('/profiles', {})],
      [304, await client.get(`/profiles/${id}`, { 'if-none-match': '"1"' })],
      [400, await client.post('/profiles', '{')],
      [400, await client.post('/profiles', { email: 'x' })],
      [400, await client.get('/profiles?q=%ff')],
      [401, await anonymous.get('/profiles')],
      [401, await wide.server.inject('/facet/v1/profiles')],
      [403, await reader.post('/profiles', {})],
      [404, await client.get('/profiles/nobody')],
      [404, await client.get('/nothing')],
      [404, await anonymous.get('/nothing')],
      [405, await client.call('PUT' as 'POST', '/profiles')],
      [409, await client.post('/profiles', { reference: 'rate' })],
      [412, await client.patch(`/profiles/${id}`, {}, { 'if-match': '"9"' })],
      [413, await client.post('/profiles', { label: 'x'.repeat(2_000) })],
      [415, await client.post('/profiles', '{}', { 'content-type': 'text/plain' })],
      [422, await client.post('/profiles', { label: 'b' }, key)],
      [204, await client.delete(`/profiles/${id}`)],
    ]
    for (const [status, answer] of answers) {
      expect(answer.statusCode).toBe(status)
      const known = ![401].includes(status) && answer !== answers[13]?.[1]
      const policy = known ? '"api-key";q=1000000;w=60' : '"address";q=600;w=60'
      expect(answer.headers['ratelimit-policy'], String(status)).toBe(policy)
      expect(leftOf(answer)).toBeGreaterThan(0)
    }
    // What cannot be routed is nobody's, and counts for its address.
    for (const path of ['/profiles/%zz', `/profiles/${'x'.repeat(5_000)}`]) {
      const answer = await client.get(path)
      expect(answer.statusCode).toBe(400)
      expect(answer.headers['ratelimit-policy']).toBe('"address";q=600;w=60')
      expect(leftOf(answer)).toBeGreaterThan(0)
    }
  })

  it('counts down by one with each request of a key, and separately for each key', async () => {
    const tenant = await narrow.newTenant()
    const client = clientOf(narrow, tenant.apiKey)
    const other = clientOf(narrow, await narrow.newKey(tenant, ['profiles:read']))
    expect(leftOf(await client.get('/profiles'))).toBe(4)
    expect(leftOf(await client.get('/nothing'))).toBe(3)
    expect(leftOf(await other.get('/profiles'))).toBe(4)
    expect(leftOf(await client.post('/profiles', '{'))).toBe(2)
  })
})

describe('429', () => {
  it('refuses a key past its limit, does nothing, and says when to come again; other keys go on', async () => {
    const tenant = await narrow.newTenant()
    const client = clientOf(narrow, tenant.apiKey)
    for (let i = 0; i < 5; i++) expect((await client.post('/profiles', {})).statusCode).toBe(201)
    const refused = await client.post('/profiles', {})
    expectProblem(refused, 429, 'rate_limited')
    expect(leftOf(refused)).toBe(0)
    expect(refused.headers['ratelimit-policy']).toBe('"api-key";q=5;w=60')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    const other = clientOf(narrow, await narrow.newKey(tenant, ['profiles:read']))
    expect((await other.get('/profiles')).json().total).toBe(5)
  })

  it('refuses an address past the limit of requests without a valid key, and hurts no valid key from there', async () => {
    const { apiKey } = await narrow.newTenant()
    const client = clientOf(narrow, apiKey)
    const anonymous = (remoteAddress: string) =>
      narrow.server.inject({ url: '/facet/v1/profiles', remoteAddress, headers: { authorization: 'Bearer nonsense' } })
    for (let i = 0; i < 600; i++) expect((await anonymous('127.0.0.1')).statusCode).toBe(401)
    const refused = await anonymous('127.0.0.1')
    expectProblem(refused, 429, 'rate_limited')
    expect(refused.headers['ratelimit-policy']).toBe('"address";q=600;w=60')
    expect((await anonymous('127.0.0.2')).statusCode).toBe(401)
    const answer = await client.get('/profiles')
    expect(answer.statusCode).toBe(200)
    expect(leftOf(answer)).toBe(4)
  })

  it('counts a key that was just revoked against its address', async () => {
    const tenant = await wide.newTenant()
    const doomed = clientOf(wide, await wide.newKey(tenant, ['keys:manage']))
    const { data } = (await doomed.get('/api-keys')).json()
    await doomed.post(`/api-keys/${data.at(-1).id}/revoke`)
    const refused = await doomed.get('/api-keys')
    expect(refused.statusCode).toBe(401)
    expect(refused.headers['ratelimit-policy']).toBe('"address";q=600;w=60')
  })
})
