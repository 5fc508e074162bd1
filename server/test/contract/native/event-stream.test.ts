import { describe, expect, it, vi } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { pruneEvents } from '../../../src/core/feed/feed.service.ts'
import { newId } from '../../../src/core/ids.ts'
import { listenOnLoopback, quietPorts, steadyNotices, type TestTenant, testConfig, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { type Answer, clientOf, expectProblem } from './client.ts'
import { fill, number, range, record, sequences, useStreams } from './streams.ts'

const database = useDatabase()
const api = useApi(database)
const { newTenant, open, afterwards } = useStreams(database, api)

describe('GET /facet/v1/events as a stream: 200', () => {
  it('begins with the time to come back after, has the headers of every answer, and no length', async () => {
    const tenant = await newTenant()
    const { response, ...source } = await open(tenant)
    expect(response.statusCode).toBe(200)
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'ratelimit-policy': expect.stringMatching(/^"api-key";/),
      ratelimit: expect.stringMatching(/^"api-key";/),
      vary: 'accept',
      'transfer-encoding': 'chunked',
    })
    expect(response.headers).not.toHaveProperty('content-length')
    await source.position('0')
    source.close()
  })

  it('sends each event as the list has it, under its sequence, soon after it is numbered', async () => {
    const tenant = await newTenant()
    await record(tenant)
    await number(tenant)
    const source = await open(tenant)
    const first = await source.take(1)
    expect(source.text).toMatch(/^retry: 2000\n\n/)
    await record(tenant)
    const begun = performance.now()
    await number(tenant)
    const second = await source.take(1)
    // Well before the stream would look by itself.
    expect(performance.now() - begun).toBeLessThan(3_000)
    const list = await clientOf(api, tenant.apiKey).get('/events')
    expect([...first, ...second]).toEqual(
      list.json().data.map((data: { sequence: number }) => ({ lastEventId: String(data.sequence), data })),
    )
  })

  it('finds by itself what it was not told of', { timeout: 20_000 }, async () => {
    const tenant = await newTenant()
    const { db, keys } = database
    const app = await buildApp({ config: testConfig, db, keys, notices: steadyNotices, ...quietPorts, log: quietLog })
    afterwards(() => app.close(1_000))
    const source = await open(tenant, {}, await listenOnLoopback(app.server))
    await source.position('0')
    await record(tenant)
    await number(tenant)
    expect(sequences(await source.take(1))).toEqual([1])
  })

  it('tells every event exactly once and in order, across any number of reconnections', async () => {
    const tenant = await newTenant()
    const total = 400
    const writing = (async () => {
      for (let n = 0; n < total; n += 5) {
        await Promise.all(range(1, 5).map(() => record(tenant)))
        await number(tenant)
      }
    })()
    const seen: number[] = []
    let lastEventId: string | undefined
    let reconnections = 0
    while (seen.length < total) {
      const source = await open(tenant, lastEventId === undefined ? {} : { lastEventId })
      seen.push(...sequences(await source.take(Math.min(1 + (reconnections % 40), total - seen.length))))
      source.close()
      // What came after those that were taken is lost with the connection.
      lastEventId = String(seen.at(-1))
      reconnections++
    }
    await writing
    expect(seen).toEqual(range(1, total))
    expect(reconnections).toBeGreaterThan(5)
  })

  it('tells large events in parts, and leaves none out between them', async () => {
    const tenant = await newTenant()
    await fill(tenant, 150, 30_000)
    for (let n = 0; n < 150; n++) await record(tenant)
    await number(tenant)
    const source = await open(tenant)
    expect(sequences(await source.take(300))).toEqual(range(1, 300))
  })

  it('begins at the end for `latest`, and a reader that comes back before the first event misses none', async () => {
    const tenant = await newTenant()
    for (let n = 0; n < 3; n++) await record(tenant)
    await number(tenant)
    const first = await open(tenant, { query: '?after=latest' })
    await first.position('3')
    first.close()
    await record(tenant)
    await number(tenant)
    const second = await open(tenant, { query: '?after=latest', lastEventId: first.lastEventId })
    expect(sequences(await second.take(1))).toEqual([4])
    expect(first.left).toEqual([])
  })

  it('believes Last-Event-ID before `after`, and an empty one is none', async () => {
    const tenant = await newTenant()
    for (let n = 0; n < 3; n++) await record(tenant)
    await number(tenant)
    const [behind, begun] = await Promise.all([
      open(tenant, { query: '?after=0', lastEventId: '2' }),
      open(tenant, { query: '?after=1', lastEventId: '' }),
    ])
    expect(sequences(await behind.take(1))).toEqual([3])
    expect(sequences(await begun.take(2))).toEqual([2, 3])
  })

  it('passes over what a filter leaves out, and lets the reader come back behind it', async () => {
    const tenant = await newTenant()
    const profile = newId()
    for (let n = 0; n < 5; n++) await record(tenant, 'wallet.created')
    await number(tenant)
    const deleted = await open(tenant, { query: '?type=profile.deleted' })
    const ofProfile = await open(tenant, { query: `?profile=${profile}&type=profile.*` })
    await Promise.all([deleted.position('5'), ofProfile.position('5')])
    await record(tenant, 'profile.deleted')
    await record(tenant, 'profile.updated', profile)
    await record(tenant, 'profile.deleted', profile)
    await number(tenant)
    expect(sequences(await deleted.take(2))).toEqual([6, 8])
    expect(sequences(await ofProfile.take(2))).toEqual([7, 8])
    expect([...deleted.left, ...ofProfile.left]).toEqual([])
  })

  it('of a profile tells of the end of whoever is merged into it while it is open', async () => {
    const tenant = await newTenant()
    const client = clientOf(api, tenant.apiKey)
    const [target, source] = [await client.make(), await client.make()]
    await number(tenant)
    const stream = await open(tenant, { query: `?profile=${target.id}` })
    expect(sequences(await stream.take(1))).toEqual([1])
    await client.post(`/profiles/${target.id}/merge`, { source: source.id })
    await number(tenant)
    const [merged] = await stream.take(1)
    expect(merged?.data).toMatchObject({ type: 'profile.merged', profileId: source.id, sequence: 3 })
    await client.patch(`/profiles/${target.id}`, { label: 'after' })
    await number(tenant)
    expect(sequences(await stream.take(1))).toEqual([4])
  })

  it('shows nothing of another app, though it is told of both', async () => {
    const [mine, other] = [await newTenant(), await newTenant()]
    const source = await open(mine)
    await source.position('0')
    await record(other)
    await number(other)
    await record(mine)
    await number(mine)
    const [message] = await source.take(1)
    expect(message?.data).toMatchObject({ sequence: 1, appId: mine.ctx.appId })
    expect(source.text).not.toContain(other.ctx.appId)
  })

  it('is an empty answer to HEAD', async () => {
    const tenant = await newTenant()
    const answer = await clientOf(api, tenant.apiKey).call('HEAD', '/events', undefined, {
      accept: 'text/event-stream',
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/event-stream')
    expect(answer.body).toBe('')
  })
})

describe('GET /facet/v1/events as a stream: refusals before it begins', () => {
  const refused = async (tenant: TestTenant, query = '', lastEventId?: string): Promise<Answer> =>
    clientOf(api, tenant.apiKey).get(`/events${query}`, {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    })

  it.each([
    ['', 'x', '/Last-Event-ID', 'format'],
    ['', '-1', '/Last-Event-ID', 'format'],
    ['', '1', '/Last-Event-ID', 'range'],
    ['?after=1', undefined, '/after', 'range'],
    ['?type=x', undefined, '/type', 'choice'],
    ['?profile=x', undefined, '/profile', 'format'],
  ])('400: %s %s', async (query, lastEventId, path, rule) => {
    expectProblem(await refused(await newTenant(), query, lastEventId), 400, 'input_invalid', [{ path, rule }])
  })

  it('401 and 403: without a key, and with one that may not read events', async () => {
    const headers = { accept: 'text/event-stream' }
    expectProblem(await api.server.inject({ url: '/facet/v1/events', headers }), 401, 'credentials_missing')
    const tenant = await newTenant()
    const apiKey = await api.newKey(tenant, ['profiles:read'])
    expectProblem(await refused({ ...tenant, apiKey }), 403, 'scope_missing')
  })

  it('410: says where the feed begins now', async () => {
    const tenant = await newTenant()
    for (let n = 0; n < 3; n++) await record(tenant)
    await number(tenant)
    await pruneEvents(tenant.ctx, tenant.ctx.appId, new Date(Date.now() + 60_000), 2)
    for (const answer of [await refused(tenant, '?after=0'), await refused(tenant, '', '1')]) {
      expect(answer.statusCode).toBe(410)
      expect(answer.json()).toMatchObject({ code: 'events_pruned', oldestSequence: 3 })
    }
  })

  it('429: an app has 50 streams, and a new one once one of them has ended', async () => {
    const tenant = await newTenant()
    const sources = await Promise.all(range(1, 50).map(() => open(tenant)))
    expect(new Set(sources.map(({ response }) => response.statusCode))).toEqual(new Set([200]))
    const answer = await refused(tenant)
    expectProblem(answer, 429, 'event_streams_exhausted')
    expect(answer.headers['retry-after']).toBe('5')
    sources[0]?.close()
    const status = async () => (await open(tenant)).response.statusCode
    await vi.waitFor(async () => expect(await status()).toBe(200), { timeout: 5_000, interval: 20 })
  })
})
