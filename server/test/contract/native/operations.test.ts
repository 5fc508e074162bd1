import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { openNotices } from '../../../src/infra/db/notices.ts'
import { quietPorts, testConfig, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)

describe('GET /healthz', () => {
  it('200: needs no key', async () => {
    const answer = await api.server.inject('/healthz')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ status: 'ok' })
  })
})

describe('GET /readyz', () => {
  it('200: needs no key', async () => {
    const answer = await api.server.inject('/readyz')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ status: 'ok' })
  })
})

describe('GET /metrics', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    '200: answers a loopback peer, %s',
    async (remoteAddress) => {
      const answer = await api.server.inject({ url: '/metrics', remoteAddress })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
      expect(answer.body).toContain('process_cpu_seconds_total')
    },
  )

  it.each(['10.0.0.7', '192.168.1.1', '172.17.0.1', '::2', 'fe80::1', '::ffff:10.0.0.7', '1127.0.0.1'])(
    '404: answers no other peer, %s',
    async (remoteAddress) => {
      expectProblem(await api.server.inject({ url: '/metrics', remoteAddress }), 404, 'route_not_found')
    },
  )

  it.each(['forwarded', 'x-forwarded-for', 'via', 'x-real-ip'])(
    '404: answers no proxy that speaks for somebody else: %s',
    async (name) => {
      for (const value of ['10.0.0.7', '']) {
        const answer = await api.server.inject({ url: '/metrics', headers: { [name]: value } })
        expectProblem(answer, 404, 'route_not_found')
      }
    },
  )

  it('counts requests by dialect, method, route and status, and shows no path, query or key', async () => {
    const { apiKey } = await api.newTenant()
    const client = clientOf(api, apiKey)
    await client.make({ email: 'private@example.com' })
    await client.get('/profiles/email:private%40example.com')
    await client.get('/profiles?q=private')
    await client.get('/private/path')
    const { body } = await api.server.inject('/metrics')
    const labels = 'dialect="native",method="GET",route="/facet/v1/profiles/:profile",status="200"'
    expect(body).toContain(`facet_http_request_duration_seconds_count{${labels}} 1`)
    expect(body).not.toMatch(/private|sk_/)
  })

  it('stands on a server of its own when it has a port, and on the main one no more', async () => {
    const { db, keys, address } = database
    const notices = openNotices(address, quietLog)
    const app = await buildApp({
      config: { ...testConfig, metricsPort: 0 },
      db,
      keys,
      notices,
      ...quietPorts,
      log: quietLog,
    })
    expectProblem(await app.server.inject('/metrics'), 404, 'route_not_found')
    const answer = await app.metricsServer?.inject('/metrics')
    expect(answer?.statusCode).toBe(200)
    expect(answer?.body).toContain('process_cpu_seconds_total')
    await app.close(1_000)
    await notices.close()
  })
})

describe('The log', () => {
  it('has one line for a request with its id and route, and holds no secret, body, path or query', async () => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { db, keys, address } = database
    const notices = openNotices(address, quietLog)
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log })
    const { apiKey } = await api.newTenant()
    const client = clientOf({ ...api, server: app.server }, apiKey)
    const scopes = ['profiles:read']
    const answers = [
      await client.post('/profiles', { email: 'private@example.com', attributes: { private: 1 } }),
      await client.get('/profiles/email:private%40example.com'),
      await client.get('/profiles?q=private'),
      await client.post('/profiles', { email: 'private@' }, { 'idempotency-key': 'private' }),
      await client.post('/profiles', '{"private'),
      await client.get('/private'),
      await client.post('/api-keys', { name: 'private', scopes }),
    ]
    const { secret } = answers.at(-1)?.json() ?? {}
    await app.close(1_000)
    await notices.close()
    for (const { headers, statusCode } of answers) {
      const own = lines.map((line) => JSON.parse(line)).filter(({ reqId }) => reqId === headers['x-request-id'])
      expect(own).toHaveLength(1)
      expect(own[0]).toMatchObject({ status: statusCode, dialect: expect.any(String), ms: expect.any(Number) })
    }
    const text = lines.join('')
    for (const hidden of ['private', secret, apiKey.secret, 'sk_sandbox']) expect(text).not.toContain(hidden)
  })
})

describe('GET /metrics in production', () => {
  it('404: there a proxy stands before the server, and each of its peers looks local', async () => {
    const notices = openNotices(database.address, quietLog)
    const { db, keys } = database
    const app = await buildApp({
      config: { ...testConfig, production: true },
      db,
      keys,
      notices,
      ...quietPorts,
      log: quietLog,
    })
    expectProblem(await app.server.inject('/metrics'), 404, 'route_not_found')
    await app.close(1_000)
    await notices.close()
  })
})
