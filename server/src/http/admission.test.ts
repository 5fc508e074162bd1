import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { quietLog } from '../../test/helpers/database.ts'
import { epixel } from '../dialects/epixel/plugin.ts'
import { native } from '../dialects/native/plugin.ts'
import { ocamba } from '../dialects/ocamba/plugin.ts'
import { ona } from '../dialects/ona/plugin.ts'
import { original } from '../dialects/original/plugin.ts'
import { oumla } from '../dialects/oumla/plugin.ts'
import { createAdmission } from './admission.ts'
import { createMetrics } from './observe.ts'
import { printedPathTable } from './printed-paths.ts'

const dialects = [native, oumla, ocamba, epixel('/api/v1'), ona, original]
const most = 256
const ageMs = 400
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Said {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** A server that answers when it is told to, and its client. */
async function slowServer() {
  const held: ServerResponse[] = []
  const metrics = createMetrics()
  const admission = createAdmission({
    ...{
      dialects,
      metrics,
      rewrite: printedPathTable(dialects),
      log: quietLog,
      headers: { 'cache-control': 'no-store' },
    },
  })
  const all = Promise.withResolvers<void>()
  const server: Server = createServer((request, response) => {
    if (!admission(request, response)) return
    if (request.url !== '/held') return void response.end('{}')
    held.push(response)
    if (held.length === most) all.resolve()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true })
  ends.push(() => {
    agent.destroy()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const ask = (path: string, headers = {}) =>
    new Promise<Said>((resolve, reject) => {
      get({ port, path, headers, agent }, async (response) => {
        const text = (await response.toArray()).join('')
        resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(text) })
      }).on('error', reject)
    })
  return {
    ask,
    metrics,
    /** Sends a body of so many bytes. */
    post: (bytes: number) =>
      new Promise<Said>((resolve, reject) => {
        const headers = { 'content-length': bytes }
        const sending = request({ port, path: '/facet/v1/profiles', method: 'POST', headers, agent }, (response) => {
          resolve({ status: response.statusCode, headers: response.headers, body: undefined })
          response.resume()
        })
        sending.on('error', reject)
        sending.end('x'.repeat(bytes))
      }),
    /** Ends the connections of all that wait. */
    giveUp: () => held.forEach(({ socket }) => void socket?.destroy()),
    /** Fills every place; gives the answers, and the function that ends them. */
    async fill() {
      const answers = Promise.all(Array.from({ length: most }, () => ask('/held')))
      answers.catch(() => {})
      await all.promise
      return { answers, end: () => held.forEach((response) => void response.end('{}')) }
    },
  }
}

describe('while as much is under way as is answered soon', () => {
  it('every dialect refuses in its own shape, with Retry-After, and takes again when there is room', async () => {
    const { ask, fill, metrics } = await slowServer()
    const { answers, end } = await fill()
    const said = await Promise.all([
      ask('/facet/v1/profiles?email=ada@example.com'),
      ask('/api/v1/profiles?take=1', { 'x-api-key': 'x', 'x-sdk-version': '1' }),
      ask('/oumla/api/v1/profiles'),
      ask('/ocamba/v1/profiles'),
      ask('/epixel/api/v1/user'),
      ask('/ona/api/v1/profiles'),
      ask('/original/v1/user'),
    ])
    end()
    for (const { status, headers } of said) {
      expect(status).toBe(503)
      expect(headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' })
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers['content-type']).toMatch(/json/)
    }
    const [problem, present, ...others] = said.map(({ body }) => body)
    expect(problem).toMatchObject({ code: 'overloaded', status: 503, requestId: said[0]?.headers['x-request-id'] })
    expect(present).toMatchObject({ statusCode: 503, path: '/api/v1/profiles', success: false })
    expect(others).toEqual([
      { message: expect.any(String), errors: [] },
      { code: 503, title: expect.any(String), message: expect.any(String), trace_id: said[3]?.headers['x-request-id'] },
      expect.objectContaining({ status_code: 503 }),
      { detail: expect.any(String) },
      expect.objectContaining({ success: false }),
    ])
    expect((await answers).every(({ status }) => status === 200)).toBe(true)
    expect((await ask('/facet/v1/profiles')).status).toBe(200)
    expect(await metrics.registry.metrics()).toContain('facet_http_requests_refused_total{dialect="oumla"} 2')
  })

  it('probes are answered', async () => {
    const { ask, fill } = await slowServer()
    const { end } = await fill()
    expect((await ask('/readyz')).status).toBe(200)
    end()
  })

  it('the connection of a refused body goes on, and that of a long one ends', async () => {
    const { fill, post } = await slowServer()
    const { end } = await fill()
    const [short, long] = [await post(100), await post(1_000_000)]
    expect([short.status, short.headers.connection]).toEqual([503, 'keep-alive'])
    expect([long.status, long.headers.connection]).toEqual([503, 'close'])
    end()
  })

  it('what clients have given up counts until it is old', async () => {
    const { ask, fill, giveUp } = await slowServer()
    await fill()
    giveUp()
    expect((await ask('/other')).status).toBe(503)
  })

  it('what has been under way for long counts no more', async () => {
    const { ask, fill } = await slowServer()
    const { end } = await fill()
    const since = performance.now()
    expect((await ask('/held-up')).status).toBe(503)
    await expect.poll(() => ask('/other').then(({ status }) => status), { interval: 20 }).toBe(200)
    expect(performance.now() - since).toBeLessThan(ageMs + 500)
    end()
  })
})
