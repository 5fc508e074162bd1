import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { StartError } from '../infra/installation/start-error.ts'
import { type FollowOptions, followFeed } from './follow-feed.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server whose feed ends at 7, and which gives these answers to the streams that are asked for, one after the other. */
async function serve(...answers: Answer[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    if (request.headers.accept === 'application/json') return end()(request, response)
    asked.push(`${request.headers['last-event-id']} ${request.url} ${request.headers.authorization}`)
    answers.shift()?.(request, response)
  })
  server.listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function end(nextAfter = 7): Answer {
  return (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      .end(`{"nextAfter":${nextAfter}}`)
}

/** Says this, and then breaks the connection off, ends the answer, or leaves it open. */
function say(text: string, then: 'break' | 'end' | 'wait'): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 1\n\n${text}`, () => {
      if (then === 'break') response.destroy()
      if (then === 'end') response.end()
    })
  }
}

function refuse(status: number, problem?: object): Answer {
  return (_request, response) => void response.writeHead(status).end(problem && JSON.stringify(problem))
}

/** Follows until `count` events came, and tells what was told meanwhile. */
async function follow(url: string, count: number, options: Partial<FollowOptions> = {}) {
  const stopping = new AbortController()
  const told: string[] = []
  const following = followFeed({
    source: async () => ({ url, secret: 'sk_1' }),
    types: undefined,
    signal: stopping.signal,
    onConnected: () => void told.push('connected'),
    onLost: (reason) => void told.push(`lost: ${reason.replace(url, 'URL').replace(/ \(.*\)/, '')}`),
    async onEvent(json) {
      told.push(json)
      if (--count === 0) stopping.abort()
    },
    ...options,
  })
  await following.catch((error) => error.name === 'AbortError' || Promise.reject(error))
  return told
}

function failureOf(url: string): Promise<Error> {
  return follow(url, 1).then(
    () => new Error('It did not fail'),
    (error) => error,
  )
}

describe('a feed that is followed', () => {
  it('goes on behind the last whole event when the connection breaks, so that none is missed and none comes twice', async () => {
    const { url, asked } = await serve(
      say('id: 8\ndata: a\n\nid: 9\ndata: b', 'break'),
      say('id: 9\ndata: b\n\nid: 12\n\n', 'end'),
      say('id: 13\ndata: c\n\n', 'wait'),
    )
    expect(await follow(url, 3, { types: ['profile.*', 'api_key.created'] })).toEqual([
      ...['connected', 'a', 'lost: URL cannot be reached'],
      ...['connected', 'b', 'lost: URL has ended the connection'],
      ...['connected', 'c'],
    ])
    const query = '/facet/v1/events?type=profile.*%2Capi_key.created Bearer sk_1'
    expect(asked).toEqual([`7 ${query}`, `8 ${query}`, `12 ${query}`])
  })

  it('says once that the connection is lost, and tries on while the server cannot serve', async () => {
    const later = refuse(503, { code: 'server_stopping', detail: 'Later.' })
    const { url, asked } = await serve(say('', 'end'), later, refuse(502), say('id: 8\ndata: a\n\n', 'wait'))
    expect(await follow(url, 1)).toEqual(['connected', 'lost: URL has ended the connection', 'connected', 'a'])
    expect(asked).toHaveLength(4)
  })

  it('takes a connection on which nothing comes for lost', async () => {
    const { url } = await serve(say('', 'wait'), say('id: 8\ndata: a\n\n', 'wait'))
    const told = await follow(url, 1, { quietMs: 1_000 })
    expect(told).toEqual(['connected', 'lost: URL has said nothing for 1 s', 'connected', 'a'])
  })

  it('says why a port cannot be called at all', async () => {
    // The Fetch standard refuses this port before anything is sent.
    const failure = await failureOf('http://127.0.0.1:6000')
    expect(failure).toBeInstanceOf(StartError)
    expect(failure.message).toBe('http://127.0.0.1:6000 cannot be reached (bad port)')
  })

  it('lets an event take its time: only a quiet server is lost', async () => {
    const { url, asked } = await serve(say('id: 8\ndata: a\n\nid: 9\ndata: b\n\n', 'wait'))
    const stopping = new AbortController()
    const slow = async (json: string) => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      if (json === 'b') stopping.abort()
    }
    const following = follow(url, 0, { quietMs: 1_000, signal: stopping.signal, onEvent: slow })
    expect(await following).toEqual(['connected'])
    expect(asked).toHaveLength(1)
  })

  it('asks anew for the address before it tries again', async () => {
    const [old, moved] = [await serve(say('', 'end')), await serve(say('id: 8\ndata: a\n\n', 'wait'))]
    const urls = [old.url, moved.url]
    await follow('', 1, { source: async () => ({ url: urls.shift() ?? '', secret: 'sk_1' }) })
    expect(moved.asked).toHaveLength(1)
  })

  it.each([
    [401, { code: 'credentials_invalid', detail: 'No.' }, /refuses the secret/],
    [403, { code: 'scope_missing', detail: 'It is events:read.' }, /answers 403: It is events:read\./],
    [410, { code: 'events_pruned', detail: 'Gone.' }, /removed events/],
    [400, { code: 'input_invalid', detail: 'No.', errors: [{ path: '/Last-Event-ID' }] }, /fewer events/],
    [404, undefined, /not as Facet does/],
    [302, undefined, /not as Facet does/],
    [503, undefined, /answers 503/],
  ])('explains %i, and ends', async (status, problem, words) => {
    const { url } = await serve(refuse(status, problem))
    const failure = await failureOf(url)
    expect(failure).toBeInstanceOf(StartError)
    expect(failure.message).toMatch(words)
  })

  it('ends with what to do when no server is there', async () => {
    const { url } = await serve()
    const gone = servers.pop() as Server
    gone.close()
    await once(gone, 'close')
    expect(await failureOf(url)).toEqual(new StartError(`No server answers at ${url}: facet start starts one`))
  })
})
