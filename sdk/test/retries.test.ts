import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReceiver, type WebhookReceiver } from '../../server/test/helpers/webhook-receiver.ts'
import { type Client, type ClientOptions, createClient } from '../src/client.ts'
import { NetworkError, ProblemError } from '../src/errors.ts'

/** How a server answers one request. */
type Turn = (response: ServerResponse) => void

const problem =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Turn =>
  (response) => {
    const body = { type: `urn:facet:error:${code}`, title: 'x', status, detail: 'No.', code, requestId: 'r' }
    response.writeHead(status, { 'content-type': 'application/problem+json; charset=utf-8', ...headers })
    response.end(JSON.stringify(body))
  }
const page: Turn = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{"data":[],"nextCursor":null,"total":0}')
}
const cut: Turn = (response) => void response.destroy()
const cutWithin: Turn = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
  response.write('{"data":[', () => response.destroy())
}
const never: Turn = () => {}

let server: WebhookReceiver
let turns: Turn[]

beforeEach(async () => {
  turns = []
  server = await openReceiver((_request, response) => (turns.shift() ?? page)(response))
})
afterEach(() => server.close())

const clientOf = (options: Partial<ClientOptions> = {}): Client =>
  createClient({ baseUrl: `http://${server.host}/`, secret: 's', ...options })

async function errorFrom(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (thrown) => thrown,
  )
}

const now = { 'retry-after': '0' }

describe('a read', () => {
  it.each([
    ['the connection fails', cut],
    ['the answer is cut off', cutWithin],
    ['too many requests came', problem(429, 'rate_limited', now)],
    ['the database cannot be asked', problem(503, 'database_unavailable', now)],
    ['a proxy finds no server', (response: ServerResponse) => void response.writeHead(502).end('<html>')],
  ])('is repeated when %s', async (_when, turn) => {
    turns = [turn]
    expect((await clientOf().listProfiles()).body.total).toBe(0)
    expect(server.received).toHaveLength(2)
  })

  it('is repeated as often as was said, and then fails as the last time', async () => {
    turns = [cut, problem(503, 'database_unavailable'), problem(503, 'server_stopping'), page]
    const error = await errorFrom(clientOf({ retries: 2 }).listProfiles())
    expect(error).toMatchObject({ status: 503, code: 'server_stopping' })
    expect(server.received).toHaveLength(3)
    turns = [cut]
    expect(await errorFrom(clientOf({ retries: 0 }).listProfiles())).toBeInstanceOf(NetworkError)
    expect(server.received).toHaveLength(4)
  })

  it('waits as long as Retry-After says, and longer each time without it', async () => {
    turns = [cut, cut, problem(429, 'rate_limited', { 'retry-after': '1' })]
    await clientOf({ retries: 3 }).listProfiles()
    const at = server.received.map((request) => request.at)
    const [first, second, third] = at.slice(1).map((each, index) => each - (at[index] ?? 0)) as [number, number, number]
    expect(first).toBeGreaterThanOrEqual(249)
    expect(second).toBeGreaterThanOrEqual(499)
    expect(third).toBeGreaterThanOrEqual(999)
  })

  it('is not repeated when the wait would be longer than a minute', async () => {
    turns = [problem(429, 'rate_limited', { 'retry-after': '61' })]
    expect(await errorFrom(clientOf().listProfiles())).toMatchObject({ status: 429, retryAfterMs: 61_000 })
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    turns = [problem(503, 'database_unavailable', { 'retry-after': date })]
    const error = await errorFrom(clientOf().listProfiles())
    expect((error as ProblemError).retryAfterMs).toBeGreaterThan(3_590_000)
    expect(server.received).toHaveLength(2)
  })

  it('is not repeated for what stays as it is', async () => {
    turns = [problem(404, 'route_not_found'), problem(500, 'internal')]
    expect(await errorFrom(clientOf().listProfiles())).toMatchObject({ status: 404 })
    expect(await errorFrom(clientOf().listProfiles())).toMatchObject({ status: 500 })
    expect(server.received).toHaveLength(2)
  })
})

describe('a write', () => {
  it('is sent once when it has no key', async () => {
    for (const turn of [cut, problem(503, 'database_unavailable', now), problem(429, 'rate_limited', now)]) {
      turns = [turn]
      await errorFrom(clientOf().createProfile({ body: {} }))
    }
    expect(server.received).toHaveLength(3)
    expect(server.received.filter(({ headers }) => 'idempotency-key' in headers)).toEqual([])
  })

  it('is repeated byte for byte under its key, also while the first is worked on', async () => {
    turns = [cut, problem(409, 'idempotency_key_in_flight', now)]
    await clientOf().createProfile({ body: { label: 'ü' }, idempotencyKey: 'k' })
    expect(server.received.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual(
      Array.from({ length: 3 }, () => ['k', '{"label":"ü"}']),
    )
  })

  it('gets a key of its own when the client keys writes, and keeps it when repeated; a read gets none', async () => {
    const client = clientOf({ keyedWrites: true })
    turns = [cut]
    await client.createProfile({ body: {} })
    await client.createProfile({ body: {} })
    await client.listProfiles()
    const [first, repeat, second, read] = server.received.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(repeat).toBe(first)
    expect(second).toMatch(/^[0-9a-f]{32}$/)
    expect(second).not.toBe(first)
    expect(read).toBeUndefined()
  })
})

describe('a request', () => {
  it('ends when its answer takes too long, and says so', async () => {
    turns = [never]
    const error = await errorFrom(clientOf({ retries: 0, timeoutMs: 50 }).listProfiles())
    expect(error).toMatchObject({ name: 'NetworkError', timedOut: true })
    turns = [never]
    expect((await clientOf().listProfiles({ timeoutMs: 50 })).status).toBe(200)
    expect(server.received).toHaveLength(3)
  })

  it('ends with the reason of its signal: under way, between two attempts, and before the first', async () => {
    const reasons = ['under way', 'between', 'before'].map((text) => new Error(text)) as [Error, Error, Error]
    const underWay = new AbortController()
    turns = [() => underWay.abort(reasons[0])]
    expect(await errorFrom(clientOf({ retries: 0 }).listProfiles({ signal: underWay.signal }))).toBe(reasons[0])
    const between = new AbortController()
    turns = [problem(503, 'server_stopping', { 'retry-after': '50' })]
    const waiting = errorFrom(clientOf().listProfiles({ signal: between.signal }))
    await server.until(() => server.received.length === 2)
    between.abort(reasons[1])
    expect(await waiting).toBe(reasons[1])
    const before = errorFrom(clientOf().listProfiles({ signal: AbortSignal.abort(reasons[2]) }))
    expect(await before).toBe(reasons[2])
    expect(server.received).toHaveLength(2)
  })

  it('has the headers of the client and its secret, and a type only with a body', async () => {
    const client = clientOf({ headers: { 'Facet-App': 'app' } })
    await client.testWebhookEndpoint({ params: { id: '1' } })
    await client.rotateWebhookSecret({ params: { id: '1' }, body: null })
    const [bare, full] = server.received
    expect(bare?.headers).toMatchObject({ 'facet-app': 'app', authorization: 'Bearer s', accept: 'application/json' })
    expect(bare?.headers).not.toHaveProperty('content-type')
    expect(bare?.body).toBe('')
    expect(full).toMatchObject({ body: 'null', headers: { 'content-type': 'application/json' } })
  })

  it('fails with unexpected_answer when what answers is not Facet', async () => {
    const html = { 'content-type': 'text/html', 'x-request-id': 'of the proxy' }
    const broken = { 'content-type': 'application/problem+json' }
    turns = [
      (response) => void response.writeHead(200, html).end('<html>'),
      (response) => void response.writeHead(404, html).end('<html>'),
      (response) => void response.writeHead(400, broken).end('{'),
    ]
    for (const status of [200, 404, 400]) {
      const error = await errorFrom(clientOf().listProfiles())
      expect(error).toBeInstanceOf(ProblemError)
      expect(error).toMatchObject({ status, code: 'unexpected_answer', errors: [], problem: undefined })
      if (status !== 400) expect(error).toMatchObject({ requestId: 'of the proxy' })
    }
  })
})
