import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { clientOf } from '../test/contract/epixel/client.ts'
import { listenOnLoopback, quietPorts, steadyNotices, testConfig } from '../test/helpers/api.ts'
import { quietLog, useDatabase } from '../test/helpers/database.ts'
import { pictureProcessesOf, tellsOfProcesses } from '../test/helpers/picture-processes.ts'
import { type App, buildApp } from './app.ts'
import { issueApiKey } from './core/api-keys/api-keys.service.ts'
import { appScopes } from './core/api-keys/sandbox.service.ts'

const database = useDatabase()
const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close(1_000)
})

async function build(trustedProxies: readonly string[] = []): Promise<App> {
  const { db, keys } = database
  const config = { ...testConfig, trustedProxies }
  const app = await buildApp({ config, db, keys, notices: steadyNotices, ...quietPorts, log: quietLog })
  apps.push(app)
  return app
}

async function open(trustedProxies: readonly string[] = []): Promise<string> {
  return listenOnLoopback((await build(trustedProxies)).server)
}

/** Sends a request from a loopback address of its own, as another machine would. */
async function ask(url: string, headers: Record<string, string | string[]> = {}, from = '127.0.0.1') {
  const [answer] = (await once(get(url, { headers, localAddress: from, agent: false }), 'response')) as [
    IncomingMessage,
  ]
  answer.resume()
  return answer
}

/** How many requests the address of this one has left, when it brings no key. */
async function leftFor(base: string, forwardedFor: string | undefined, from?: string): Promise<number> {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const answer = await ask(`${base}/facet/v1/profiles`, headers, from)
  expect(answer.statusCode).toBe(401)
  return Number(/r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1])
}

describe('requests without a key', () => {
  it('count for the peer of their connection, whatever they say of themselves, while no proxy is named', async () => {
    const url = await open()
    const first = await leftFor(url, undefined)
    for (const [index, text] of ['198.51.100.1', '198.51.100.2, 198.51.100.3', '127.0.0.9'].entries()) {
      expect(await leftFor(url, text)).toBe(first - index - 1)
    }
  })

  it('count for the peer when that is none of the proxies that are named', async () => {
    const url = await open(['127.0.0.2', '10.0.0.0/8'])
    const first = await leftFor(url, undefined)
    expect(await leftFor(url, '198.51.100.1')).toBe(first - 1)
    expect(await leftFor(url, '127.0.0.2')).toBe(first - 2)
  })

  it('count for the client that a trusted proxy names', async () => {
    const url = await open(['127.0.0.2'])
    const first = await leftFor(url, '198.51.100.1', '127.0.0.2')
    expect(await leftFor(url, '198.51.100.2', '127.0.0.2')).toBe(first)
    expect(await leftFor(url, '198.51.100.1', '127.0.0.2')).toBe(first - 1)
    expect(await leftFor(url, '2001:db8::1', '127.0.0.2')).toBe(first)
    expect(await leftFor(url, undefined, '127.0.0.2')).toBe(first)
  })

  it('count for the last address of a chain that no trusted proxy has, so that what the client wrote is passed over', async () => {
    const url = await open(['127.0.0.0/29', '10.0.0.0/8'])
    const first = await leftFor(url, '198.51.100.1', '127.0.0.2')
    const spoofed = [
      '6.6.6.6, 198.51.100.1',
      '10.0.0.1, 198.51.100.1',
      '198.51.100.9, 198.51.100.1, 10.1.2.3, 127.0.0.3',
    ]
    for (const [index, chain] of [...spoofed, 'nonsense, 198.51.100.1, 10.0.0.1'].entries()) {
      expect(await leftFor(url, chain, '127.0.0.2')).toBe(first - index - 1)
    }
    expect(await leftFor(url, '6.6.6.6', '127.0.0.2')).toBe(first)
    // Past the range: a stranger.
    expect(await leftFor(url, '198.51.100.1', '127.0.0.9')).toBe(first)
    expect(await leftFor(url, '198.51.100.2', '127.0.0.9')).toBe(first - 1)
  })

  it('count for the proxy when their URL cannot be read, apart from those of its clients', async () => {
    const url = await open(['127.0.0.2'])
    const first = await leftFor(url, '198.51.100.1', '127.0.0.2')
    const answer = await ask(`${url}/facet/v1/%zz`, { 'x-forwarded-for': '198.51.100.1' }, '127.0.0.2')
    expect(answer.statusCode).toBe(400)
    expect(await leftFor(url, '198.51.100.1', '127.0.0.2')).toBe(first - 1)
    expect(await leftFor(url, undefined, '127.0.0.2')).toBe(first - 1)
  })
})

describe('a request line and headers', () => {
  const names = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => String(index).padStart(length, 'n')).join(',')

  it('may hold 1,000 user names of the longest kind, with percent-encoded commas', async () => {
    const url = await open()
    const query = encodeURIComponent(names(1_000, 30))
    expect(query.length).toBeGreaterThan(32_000)
    expect((await ask(`${url}/facet/v1/openapi.json?users=${query}`)).statusCode).not.toBe(431)
    expect((await ask(`${url}/healthz?users=${query}`)).statusCode).toBe(200)
    expect((await ask(`${url}/healthz`, { x: 'x'.repeat(60_000) })).statusCode).toBe(200)
  })

  it('are answered with 431 past 64 KiB, and the connection ends', async () => {
    const url = await open()
    for (const answer of [
      await ask(`${url}/healthz?users=${names(3_000, 30)}`),
      await ask(`${url}/healthz`, { x: 'x'.repeat(66_000) }),
    ]) {
      expect(answer.statusCode).toBe(431)
      if (!answer.destroyed) await once(answer, 'close')
      expect((await ask(`${url}/healthz`)).statusCode).toBe(200)
    }
  })
})

describe('close', () => {
  it.runIf(tellsOfProcesses)('leaves no process behind that makes pictures', async () => {
    const app = await build()
    const ctx = await database.newApp()
    const apiKey = await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: appScopes, expiresAt: null })
    const client = clientOf(app, { ctx, apiKey })
    const { access } = await client.person('ada.l')
    const none = { bytes: Buffer.alloc(9) }
    const answer = await client.post('/user/profile-image/', { image: none, cropped_image: none }, access)
    expect(answer.statusCode).toBe(400)
    expect(pictureProcessesOf(process.pid)).not.toEqual([])
    await app.close(1_000)
    expect(pictureProcessesOf(process.pid)).toEqual([])
  })
})
