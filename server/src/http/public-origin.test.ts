import { once } from 'node:events'
import { connect } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, steadyNotices } from '../../test/helpers/api.ts'
import { useDatabase } from '../../test/helpers/database.ts'
import type { Ctx } from '../core/context.ts'
import { createHostDirectory } from '../core/organizations/hosts.directory.ts'
import { makeDefaultApp, updateApp } from '../core/organizations/organizations.service.ts'
import type { Services } from './dialect.ts'
import { findAppOfHost } from './principal.ts'
import { originOf } from './public-origin.ts'

const database = useDatabase()
const closers: (() => Promise<void>)[] = []
let shop: Ctx
let installation: Ctx

beforeAll(async () => {
  const text = 'insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)'
  await database.db.query(text, ['test', Buffer.alloc(1)])
  shop = await database.newApp()
  const hosts = ['shop.example.com', 'xn--bcher-kva.example', '192.168.1.5', '[2001:db8::1]']
  await updateApp(shop, shop.appId, { hosts })
  installation = await database.newApp()
  await makeDefaultApp(database.system(), installation.appId)
})
afterAll(async () => {
  for (const close of closers) await close()
})

/** A server that says which app a request is for, and what links to it begin with: for that app, or the one in the path. */
async function open(publicUrl: string | undefined, trustProxy: string[] = []): Promise<{ url: string; port: number }> {
  const hosts = createHostDirectory(database.db, steadyNotices, publicUrl)
  const services = { hosts, publicUrl } as Services
  const server: FastifyInstance = Fastify({ trustProxy })
  closers.push(() => server.close())
  server.get<{ Params: { app: string } }>('/:app', async (request) => {
    const app = await findAppOfHost(services, request)
    const appId = request.params.app === 'own' ? app?.appId : request.params.app
    return { appId: app?.appId ?? null, origin: appId === undefined ? null : await originOf(services, request, appId) }
  })
  const url = await listenOnLoopback(server)
  return { url, port: Number(new URL(url).port) }
}

/** Sends a request head as it stands, and gives the status and what the server said. */
async function ask(port: number, lines: readonly string[], path = '/own', version = '1.1') {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.write(
    Buffer.from(`GET ${path} HTTP/${version}\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`, 'latin1'),
  )
  await once(socket, 'close')
  const status = Number(text.split(' ')[1])
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return {
    status,
    text,
    ...(status === 200 ? (JSON.parse(body) as { appId: string | null; origin: string | null }) : {}),
  }
}

const publicUrl = 'https://profiles.example.com/base'

describe('the app of a request', () => {
  it.each([
    'shop.example.com',
    'SHOP.example.com',
    'shop.example.com.',
    'shop.example.com:8080',
    'xn--bcher-kva.example',
    '192.168.1.5:4000',
    '[2001:db8::1]',
    '[2001:DB8:0::1]:4000',
  ])('is the one that lists the host: %s', async (host) => {
    const { port } = await open(publicUrl)
    expect(await ask(port, [`Host: ${host}`])).toMatchObject({ status: 200, appId: shop.appId })
  })

  it.each(['localhost', 'localhost:4000', 'a.localhost', '127.0.0.1:4000', '[::1]:4000', 'profiles.example.com:99'])(
    'is the default app: %s',
    async (host) => {
      const { port } = await open(publicUrl)
      expect(await ask(port, [`Host: ${host}`])).toMatchObject({ status: 200, appId: installation.appId })
    },
  )

  const malformed = ['', ':', ':80', 'a b', 'shop.example.com/', 'shop.example.com/x', 'http://shop.example.com']
  malformed.push(
    'shop.example.com:',
    'shop.example.com:0',
    'shop.example.com:65536',
    'shop.example.com:8o',
    'shop.example.com:80:80',
  )
  malformed.push(
    'user@shop.example.com',
    'user:pw@shop.example.com',
    'shop.example.com@evil.example',
    'shop.example.com#',
  )
  malformed.push('shop.example.com?x', 'shop.example.com\\', 'shop%2eexample.com', 'shop.example.com,evil.example', '*')
  malformed.push(
    'shop.example.com, shop.example.com',
    'shop.example.com evil',
    'b\u00fccher.example',
    '\u00e9',
    'shop..example.com',
  )
  malformed.push(
    '::1',
    '[::1',
    '[::1]x',
    '[::1%lo]',
    '[zz]',
    '"shop.example.com"',
    "shop.example.com'",
    'shop.example.com"><script>',
  )
  malformed.push(
    'shop.example.com\t.evil',
    `${'a'.repeat(300)}.example`,
    'a'.repeat(4_000),
    'evil.example',
    '256.1.1.1',
  )

  it.each(malformed)('is nobody for %j, which stands in no answer', async (host) => {
    const { port } = await open(publicUrl)
    for (const path of ['/own', `/${shop.appId}`]) {
      const answer = await ask(port, [`Host: ${host}`], path)
      // What is no header at all is refused before.
      if (answer.status === 400) continue
      const origin = path === '/own' ? null : publicUrl
      expect(answer).toMatchObject({ status: 200, appId: null, origin })
      if (host.length > 3) expect(answer.text).not.toContain(host)
    }
  })

  it('is nobody without a Host, and with several, though they be the same', async () => {
    const { port } = await open(publicUrl)
    const listed = 'Host: shop.example.com'
    expect(await ask(port, [])).toMatchObject({ status: 400 })
    expect(await ask(port, [], '/own', '1.0')).toMatchObject({ status: 200, appId: null })
    for (const second of [listed, 'host: evil.example', 'HOST: localhost']) {
      for (const lines of [
        [listed, second],
        [second, 'X: y', listed],
      ]) {
        expect(await ask(port, lines)).toMatchObject({ status: 200, appId: null, origin: null })
      }
    }
  })

  it.each(['X-Forwarded-Host: shop.example.com', 'Forwarded: host=shop.example.com', 'X-Host: shop.example.com'])(
    'is never found by %s, though a trusted proxy sent it',
    async (line) => {
      const { port } = await open(publicUrl, ['127.0.0.1'])
      expect(await ask(port, ['Host: evil.example', line])).toMatchObject({ status: 200, appId: null })
      expect(await ask(port, ['Host: localhost', line])).toMatchObject({ appId: installation.appId })
    },
  )
})

describe('the origin of links', () => {
  it.each([
    ['shop.example.com', 'http://shop.example.com'],
    ['SHOP.example.com.:8080', 'http://shop.example.com:8080'],
    ['shop.example.com:080', 'http://shop.example.com'],
    ['[2001:DB8:0::1]:4000', 'http://[2001:db8::1]:4000'],
    ['localhost:4000', 'http://localhost:4000'],
    ['127.1:4000', 'http://127.0.0.1:4000'],
  ])('is the host that the client named, where that is the app of the request: %s', async (host, origin) => {
    const { port } = await open(publicUrl)
    expect(await ask(port, [`Host: ${host}`])).toMatchObject({ status: 200, origin })
  })

  it("is FACET_PUBLIC_URL for the installation's own host, whatever port the client names", async () => {
    const { port } = await open(publicUrl)
    expect(await ask(port, ['Host: profiles.example.com:99'])).toMatchObject({ origin: publicUrl })
  })

  it('is FACET_PUBLIC_URL for a host that the app does not list, another app of the same server may', async () => {
    const { port } = await open(publicUrl)
    for (const host of ['shop.example.com', 'evil.example', 'profiles.example.com']) {
      expect(await ask(port, [`Host: ${host}`], `/${installation.appId}`)).toMatchObject({ origin: publicUrl })
    }
    expect(await ask(port, ['Host: localhost:4000'], `/${shop.appId}`)).toMatchObject({
      origin: 'http://localhost:4000',
    })
  })

  it('is the address at which the request came in, without a FACET_PUBLIC_URL', async () => {
    const { port } = await open(undefined)
    const origin = `http://127.0.0.1:${port}`
    for (const host of ['evil.example', 'profiles.example.com']) {
      expect(await ask(port, [`Host: ${host}`], `/${shop.appId}`)).toMatchObject({ origin })
    }
  })

  it.each([
    ['X-Forwarded-Proto: https', 'https://shop.example.com'],
    ['X-Forwarded-Proto: HTTPS', 'https://shop.example.com'],
    ['X-Forwarded-Proto: http, https', 'https://shop.example.com'],
    ['X-Forwarded-Proto: https, http', 'http://shop.example.com'],
    ['X-Forwarded-Proto: javascript', 'http://shop.example.com'],
    ['X-Forwarded-Proto: https://evil.example/', 'http://shop.example.com'],
    ['X-Forwarded-Proto:', 'http://shop.example.com'],
  ])('has the scheme that a trusted proxy names, and no other: %s', async (line, origin) => {
    const [trusting, alone] = [await open(publicUrl, ['127.0.0.1']), await open(publicUrl, ['10.0.0.1'])]
    const lines = ['Host: shop.example.com', line]
    expect(await ask(trusting.port, lines)).toMatchObject({ origin })
    expect(await ask(alone.port, lines)).toMatchObject({ origin: 'http://shop.example.com' })
  })
})
