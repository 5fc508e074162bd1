import { beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
/** A second server on the same database, as another node would be. */
const otherNode = useApi(database)

interface CallBody {
  readonly requestId: string
  readonly status: number
  readonly dialect: string
}

async function newReader(): Promise<TestTenant & { client: Client; reader: Client }> {
  const tenant = await api.newTenant()
  const reader = clientOf(api, await api.newKey(tenant, ['events:read']))
  return { ...tenant, client: clientOf(api, tenant.apiKey), reader }
}

/** The recent calls, once that of the answer is among them: it is written within a second or so. */
async function recentAfter(reader: Client, answer: Answer, query = ''): Promise<CallBody[]> {
  let data: CallBody[] = []
  const isThere = async () => {
    data = (await reader.get(`/calls/recent${query}`)).json().data
    return data.some(({ requestId }) => requestId === answer.headers['x-request-id'])
  }
  await expect.poll(isThere, { interval: 100, timeout: 10_000 }).toBe(true)
  return data
}

/** Resolves once so many calls of the app are written. Of a minute a few successes are kept: to ask the server would push out the first. */
async function written(appId: string, calls: number): Promise<void> {
  const count = () =>
    database.db.query('select sum(requests)::integer as calls from call_counts where app_id = $1', [appId])
  await expect.poll(count, { interval: 100, timeout: 10_000 }).toEqual([{ calls }])
}

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('GET /facet/v1/calls/recent: 200', () => {
  it('tells what was called, in any dialect, the newest first, with these members in this order', async () => {
    const { ctx, client, reader, apiKey } = await newReader()
    const first = await client.post('/profiles', { reference: 'secret-ref' })
    const second = await client.get('/profiles/email:ada%40example.com')
    const third = await api.server.inject({ url: '/oumla/api/v1/profiles', headers: { 'x-api-key': apiKey.secret } })
    expect([first.statusCode, second.statusCode, third.statusCode]).toEqual([201, 404, 200])
    await written(ctx.appId, 3)
    const answer = await reader.get('/calls/recent')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    const own = [first, second, third].map(({ headers }) => headers['x-request-id'])
    const data = answer.json().data.filter(({ requestId }: CallBody) => own.includes(requestId))
    expect(data.toReversed()).toEqual([
      {
        id: own[0],
        at: instant,
        dialect: 'native',
        method: 'POST',
        route: '/facet/v1/profiles',
        status: 201,
        ms: expect.any(Number),
        requestId: own[0],
      },
      expect.objectContaining({ method: 'GET', route: '/facet/v1/profiles/:profile', status: 404, requestId: own[1] }),
      expect.objectContaining({ dialect: 'oumla', route: '/oumla/api/v1/profiles', status: 200, requestId: own[2] }),
    ])
    expect(Object.keys(data[0])).toEqual(['id', 'at', 'dialect', 'method', 'route', 'status', 'ms', 'requestId'])
    expect(answer.body).not.toMatch(/ada(@|%40)|secret-ref|sk_/)
  })

  it('has errors alone with `failed=true`, the others with `failed=false`, and as many as are asked for', async () => {
    const { client, reader } = await newReader()
    await client.get('/profiles')
    await client.get('/profiles/nobody')
    const answer = await client.get('/profiles/nobody')
    const failed = await recentAfter(reader, answer, '?failed=true')
    expect(failed.map(({ status }) => status)).toEqual([404, 404])
    const others: CallBody[] = (await reader.get('/calls/recent?failed=false')).json().data
    expect(others.length).toBeGreaterThan(0)
    for (const { status } of others) expect(status).toBeLessThan(400)
    expect((await reader.get('/calls/recent?failed=true&limit=1')).json().data).toEqual([failed[0]])
  })
})

describe('GET /facet/v1/calls: 200', () => {
  it('counts what was called by dialect, with these members in this order, and zeroes where nothing was', async () => {
    const { client, reader } = await newReader()
    await client.get('/profiles')
    await recentAfter(reader, await client.get('/profiles/nobody'), '?failed=true')
    const answer = await reader.get('/calls?window=day')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const { dialects, ...window } = answer.json()
    expect(window).toEqual({ window: 'day', from: instant, to: instant, stepSeconds: 900 })
    expect(Date.parse(window.to) - Date.parse(window.from)).toBe(96 * 900_000)
    const [native, ...others] = dialects
    expect(others).toEqual([])
    expect(Object.keys(native)).toEqual(['dialect', 'requests', 'errors', 'serverErrors', 'p95Ms', 'series'])
    expect(native).toMatchObject({ dialect: 'native', errors: 1, serverErrors: 0, p95Ms: expect.any(Number) })
    expect(native.requests).toBeGreaterThanOrEqual(2)
    expect(Object.keys(native.series)).toEqual(['requests', 'errors', 'p95Ms'])
    for (const series of Object.values<(number | null)[]>(native.series)) expect(series).toHaveLength(96)
    const sum = (series: number[]) => series.reduce((total, count) => total + count, 0)
    expect([sum(native.series.requests), sum(native.series.errors)]).toEqual([native.requests, 1])
    expect(native.series.p95Ms.slice(0, 90)).toEqual(new Array(90).fill(null))
  })

  it('is of the last hour when no window is named, and empty before the first call', async () => {
    const { reader } = await newReader()
    const answer = await reader.get('/calls')
    expect(answer.json()).toEqual({ window: 'hour', from: instant, to: instant, stepSeconds: 60, dialects: [] })
    expect(Date.parse(answer.json().to) - Date.parse(answer.json().from)).toBe(3_600_000)
  })

  it('adds up what several nodes answered', async () => {
    const { apiKey, client, reader } = await newReader()
    const elsewhere = clientOf(otherNode, apiKey)
    const answers = await Promise.all(
      [client, elsewhere, client, elsewhere].map((node) => node.get('/profiles/nobody')),
    )
    for (const answer of answers) await recentAfter(reader, answer, '?failed=true')
    const [native] = (await reader.get('/calls')).json().dialects
    expect(native.errors).toBe(4)
  })

  it('leaves out what is of no app, and what is no route', async () => {
    const { client, reader } = await newReader()
    const base = await listenOnLoopback(api.server)
    for (const path of ['/healthz', '/facet/v1/profiles', '/facet/v1/openapi.json']) await fetch(base + path)
    await client.get('/nothing/here')
    const last = await client.post('/profiles/nobody/merge', { source: 'x' })
    const failed = await recentAfter(reader, last, '?failed=true')
    expect(failed.map(({ requestId }) => requestId)).toEqual([last.headers['x-request-id']])
    expect((await reader.get('/calls')).json().dialects[0].errors).toBe(1)
  })
})

describe('the wall', () => {
  it('200: shows nothing of another app, of the same kind and in the same moment', async () => {
    const [one, other] = [await newReader(), await newReader()]
    const [ofOne, ofOther] = [await one.client.get('/profiles/nobody'), await other.client.get('/profiles/nobody')]
    await recentAfter(one.reader, ofOne)
    await recentAfter(other.reader, ofOther)
    const body = (await other.reader.get('/calls/recent?failed=true')).body
    expect(body).toContain(ofOther.headers['x-request-id'])
    expect(body).not.toContain(ofOne.headers['x-request-id'])
    expect((await other.reader.get('/calls')).json().dialects[0].errors).toBe(1)
  })
})

describe('GET /facet/v1/calls and /calls/recent: refusals', () => {
  let tenant: TestTenant
  let client: Client
  beforeAll(async () => {
    tenant = await api.newTenant()
    client = clientOf(api, tenant.apiKey)
  })

  it.each([
    ['/calls?window=week', '/window', 'choice'],
    ['/calls?window=', '/window', 'choice'],
    ['/calls?from=2026-01-01', '/from', 'unknown'],
    ['/calls/recent?limit=0', '/limit', 'range'],
    ['/calls/recent?limit=201', '/limit', 'range'],
    ['/calls/recent?limit=x', '/limit', 'type'],
    ['/calls/recent?failed=maybe', '/failed', 'type'],
    ['/calls/recent?cursor=x', '/cursor', 'unknown'],
  ])('400: %s', async (path, field, rule) => {
    expectProblem(await client.get(path), 400, 'input_invalid', [{ path: field, rule }])
  })

  it.each(['/calls', '/calls/recent'])('401: %s without a key', async (path) => {
    expectProblem(await api.server.inject(`/facet/v1${path}`), 401, 'credentials_missing')
  })

  it.each(['/calls', '/calls/recent'])('403: %s with a key that may not read events', async (path) => {
    const others = clientOf(api, await api.newKey(tenant, ['profiles:read', 'outbox:read']))
    const answer = await others.get(path)
    expectProblem(answer, 403, 'scope_missing')
    expect(answer.json().detail).toContain('events:read')
  })
})
