import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { number, range, record, useStreams } from '../../server/test/contract/native/streams.ts'
import { listenOnLoopback, useApi } from '../../server/test/helpers/api.ts'
import { useDatabase } from '../../server/test/helpers/database.ts'
import { openReceiver, type WebhookReceiver } from '../../server/test/helpers/webhook-receiver.ts'
import { createClient } from '../src/client.ts'
import { ProblemError } from '../src/errors.ts'
import type { FeedEvent } from '../src/operations.generated.ts'

const database = useDatabase()
const api = useApi(database)
const { newTenant } = useStreams(database, api)

type Events = AsyncGenerator<FeedEvent, void, undefined>

/** The sequences of the next events. */
async function take(events: Events, count: number): Promise<unknown[]> {
  const taken: unknown[] = []
  while (taken.length < count) taken.push((await events.next()).value?.sequence)
  return taken
}

describe('the events of a server', () => {
  it('come once each and in order, from the place that was named, though connections break', async () => {
    const tenant = await newTenant()
    const baseUrl = await listenOnLoopback(api.server)
    for (const _ of range(1, 4)) await record(tenant)
    await number(tenant)
    const events = createClient({ baseUrl, secret: tenant.apiKey.secret }).events({ after: 1 })
    expect(await take(events, 3)).toEqual([2, 3, 4])
    api.server.server.closeAllConnections()
    for (const _ of range(5, 6)) await record(tenant)
    await number(tenant)
    expect(await take(events, 2)).toEqual([5, 6])
    await events.return()
  })

  it('are those of the types and of the profile that were asked for, as the list has them', async () => {
    const tenant = await newTenant()
    const client = createClient({ baseUrl: await listenOnLoopback(api.server), secret: tenant.apiKey.secret })
    const { body: ada } = await client.createProfile({ body: { label: 'Ada' } })
    await client.createProfileList({ body: { name: 'A list' } })
    await client.createProfile({ body: { label: 'Bob' } })
    await client.changeProfile({ params: { profile: ada.id }, body: { label: 'Ann' } })
    await number(tenant)
    const events = client.events({ types: ['profile.updated', 'profile.created'], profile: ada.id })
    const told = [await events.next(), await events.next()].map(({ value }) => value)
    await events.return()
    const list = await client.listEvents({ query: { profile: ada.id } })
    expect(told).toEqual(list.body.data)
    expect(told.map((event) => event?.data.after?.label)).toEqual(['Ada', 'Ann'])
  })

  it('throw what the server refuses them for', async () => {
    const client = createClient({ baseUrl: await listenOnLoopback(api.server), secret: 'sk_wrong' })
    await expect(client.events().next()).rejects.toMatchObject({ status: 401, code: 'credentials_invalid' })
  })
})

describe('a stream of events', () => {
  type Turn = (response: ServerResponse) => void
  const streamType = { 'content-type': 'text/event-stream' }
  const sends =
    (text: string, end: 'end' | 'destroy'): Turn =>
    (response) => {
      response.writeHead(200, streamType)
      response.write(text, () => response[end]())
    }

  let server: WebhookReceiver
  let turns: Turn[]
  beforeEach(async () => {
    turns = []
    server = await openReceiver((_request, response) => turns.shift()?.(response))
  })
  afterEach(() => server.close())
  const client = () => createClient({ baseUrl: `http://${server.host}`, secret: 's' })

  it('is taken up where it was after each way to end, and asks for the same', async () => {
    turns = [
      sends('retry: 10\n\nid: 1\ndata: {"sequence":1}\n\nid: 2\ndata: {"seq', 'destroy'),
      (response) => void response.writeHead(503, { 'retry-after': '0' }).end(),
      (response) => void response.destroy(),
      sends('retry: 10\n\n: heartbeat\n\n', 'destroy'),
      sends('id: 5\n\n: heartbeat\n\n', 'end'),
      sends('id: 6\ndata: {"sequence":6}\n\n', 'end'),
    ]
    const events = client().events({ after: 'latest', types: ['profile.*', 'app.updated'] })
    expect(await take(events, 2)).toEqual([1, 6])
    await events.return()
    expect(server.received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '1', '1', '1', '5'])
    const path = '/facet/v1/events?after=latest&type=profile.*&type=app.updated'
    expect(new Set(server.received.map((request) => request.path))).toEqual(new Set([path]))
    expect(server.received.at(-1)?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer s' })
  })

  it('throws when it is refused later, and when something else answers', async () => {
    const problem = JSON.stringify({ status: 410, code: 'events_pruned', detail: 'Gone.', oldestSequence: 7 })
    turns = [
      sends('id: 1\ndata: {"sequence":1}\n\n', 'end'),
      (response) => void response.writeHead(410, { 'content-type': 'application/problem+json' }).end(problem),
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ]
    const events = client().events()
    expect(await take(events, 1)).toEqual([1])
    const error = await events.next().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ code: 'events_pruned', problem: { oldestSequence: 7 } })
    await expect(client().events().next()).rejects.toMatchObject({ code: 'unexpected_answer' })
  })

  it('ends when its signal aborts: within a part, under way, and between connections', async () => {
    turns = [sends('id: 1\ndata: {"sequence":1}\n\nid: 2\ndata: {"sequence":2}\n\n', 'end')]
    const within = new AbortController()
    const events = client().events({ signal: within.signal })
    await take(events, 1)
    within.abort()
    expect(await events.next()).toEqual({ done: true, value: undefined })

    const closed = Promise.withResolvers<unknown>()
    turns = [(response) => closed.resolve(once(response.writeHead(200, streamType), 'close'))]
    const underWay = new AbortController()
    const next = client().events({ signal: underWay.signal }).next()
    await server.until(() => server.received.length === 2)
    underWay.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    await closed.promise

    turns = [(response) => void response.writeHead(503, { 'retry-after': '50' }).end()]
    const between = new AbortController()
    const waiting = client().events({ signal: between.signal }).next()
    await server.until(() => server.received.length === 3)
    between.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await client().events({ signal: between.signal }).next()).toEqual({ done: true, value: undefined })
    expect(server.received).toHaveLength(3)
  })

  it('closes its connection when its reader leaves', async () => {
    const closed = Promise.withResolvers<unknown>()
    turns = [
      (response) => {
        response.writeHead(200, streamType).write('id: 1\ndata: {"sequence":1}\n\n')
        closed.resolve(once(response, 'close'))
      },
    ]
    for await (const _ of client().events()) break
    await closed.promise
  })
})

describe('a connection', () => {
  const streamOf = (start: (controller: ReadableStreamDefaultController<Uint8Array>) => void) =>
    new Response(new ReadableStream<Uint8Array>({ start }), { headers: { 'content-type': 'text/event-stream' } })

  it('is given up after 45 seconds without a word', async () => {
    vi.useFakeTimers()
    try {
      const signals: AbortSignal[] = []
      const fetch: typeof globalThis.fetch = async (_url, init) => {
        const signal = init?.signal as AbortSignal
        signals.push(signal)
        return streamOf((silent) => signal.addEventListener('abort', () => silent.error(signal.reason)))
      }
      const reader = new AbortController()
      const next = createClient({ baseUrl: '', fetch }).events({ signal: reader.signal }).next()
      await vi.advanceTimersByTimeAsync(44_999)
      expect(signals.map(({ aborted }) => aborted)).toEqual([false])
      await vi.advanceTimersByTimeAsync(1_000)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
      reader.abort()
      expect((await next).done).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('may cut characters anywhere', async () => {
    const bytes = new TextEncoder().encode('data: {"type":"ü🙂"}\n\n')
    const fetch = async () =>
      streamOf((controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      })
    for await (const event of createClient({ baseUrl: '', fetch }).events()) {
      expect(event).toEqual({ type: 'ü🙂' })
      break
    }
  })
})
