import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, isIPv6, Socket, type Server as TcpServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { forbiddenAddresses, forbiddenHosts, trickyUrls } from '../../../test/helpers/forbidden-urls.ts'
import type * as rules from './address-rules.ts'
import type { Lookup } from './open-client.ts'
import { createOutbound, type OpenOutbound } from './outbound.ts'

/** Addresses that stand for public ones, as a test has none. Empty but where a test says otherwise. */
const standIns = vi.hoisted(() => new Set<string>())
vi.mock('./address-rules.ts', async (original) => {
  const { isPublicAddress } = await original<typeof rules>()
  return { isPublicAddress: (address: string) => standIns.has(address) || isPublicAddress(address) }
})

const message = { group: 'a', headers: { 'content-type': 'application/json' }, body: '{}' }
const publicAddress = '93.184.215.14'

/** The canary takes TCP connections and counts them; it is there to see none. */
const canaries: TcpServer[] = []
let port = 0
let connections = 0
/** The addresses that any socket of this process tried to connect to. */
const attempts: string[] = []

async function listenAsCanary(host: string): Promise<void> {
  const server = createTcpServer((socket) => {
    connections += 1
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
  })
  server.listen(port, host)
  await once(server, 'listening')
  canaries.push(server)
  port = (server.address() as AddressInfo).port
}

beforeAll(async () => {
  // Every address of this machine, so that 127.0.0.2 and 0.0.0.0 lead to it too.
  await listenAsCanary('0.0.0.0')
  await listenAsCanary('::1').catch(() => {})
  const emit: (event: string, ...args: unknown[]) => boolean = Socket.prototype.emit
  vi.spyOn(Socket.prototype, 'emit').mockImplementation(function (this: Socket, event: string, ...args: unknown[]) {
    if (event === 'connectionAttempt') attempts.push(String(args[0]))
    return emit.call(this, event, ...args)
  })
})

afterAll(() => {
  vi.restoreAllMocks()
  for (const server of canaries) server.close()
})

beforeEach(() => {
  connections = 0
  attempts.length = 0
})

const open: OpenOutbound[] = []
afterEach(async () => {
  standIns.clear()
  for (const outbound of open.splice(0)) await outbound.close(0)
})

/** An outbound with a resolver of the test's own; a name that it does not know is the canary's. */
function outboundOf(allow: string[] = [], answers: Record<string, string[] | string[][]> = {}) {
  const lookups: string[] = []
  const lookup: Lookup = (hostname, _options, callback) => {
    const asked = lookups.filter((name) => name === hostname).length
    lookups.push(hostname)
    const list = answers[hostname] ?? ['127.0.0.1']
    const addresses = (Array.isArray(list[0]) ? (list[asked] ?? list.at(-1) ?? []) : list) as string[]
    setImmediate(callback, null, addresses.map(asLookupAddress))
  }
  const outbound = createOutbound({ allow, lookup, timeoutMs: 5_000 })
  open.push(outbound)
  return { outbound, lookups }
}

function asLookupAddress(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 }
}

/** Posts the URL as both modes may, and expects no connection and no attempt at one. */
async function expectRefused(outbound: OpenOutbound, url: string): Promise<void> {
  for (const [mode, text] of variants(url)) {
    const result = await outbound.post({ ...message, url: text, mode })
    expect(result, `${mode} ${JSON.stringify(text)}`).toMatchObject({ kind: 'failed', reason: 'refused' })
    expect(JSON.stringify(result), 'the detail names no address that was looked up').not.toContain(publicAddress)
  }
  expect(attempts, url).toEqual([])
}

function variants(url: string): ['sandbox' | 'live', string][] {
  // Live apps speak https only; with http it would be refused for that alone.
  const secure = url.replace(/^http:/i, 'https:')
  return [...new Set([url, secure])].flatMap((text) => [
    ['sandbox', text],
    ['live', text],
  ])
}

const literals = Object.entries(forbiddenHosts)
const payloads = new Set<string>()

describe('an outbound request to a place that is not public', () => {
  it.each(literals)('is refused before any connection: %s', async (_kind, hosts) => {
    const { outbound, lookups } = outboundOf()
    for (const host of hosts) {
      for (const url of [`http://${host}:${port}/`, `http://${host}/hook?a=b`]) {
        await expectRefused(outbound, url)
        expect(outbound.refusal(url, 'sandbox'), url).toMatch(/^(?:address|malformed)$/)
        expect(outbound.refusal(url, 'live'), url).toBeDefined()
        payloads.add(url)
      }
    }
    expect(lookups, 'what needs no look-up is refused without one').toEqual([])
    expect(connections).toBe(0)
  })

  it.each(Object.entries(trickyUrls))('is refused however it is disguised: %s', async (_kind, urlsFor) => {
    const { outbound } = outboundOf()
    for (const url of urlsFor(port)) {
      await expectRefused(outbound, url)
      payloads.add(url)
    }
    expect(connections).toBe(0)
  })

  it('is refused when its name resolves to a forbidden address, alone or among public ones', async () => {
    const answers: Record<string, string[]> = { 'empty.test': [''], 'garbage.test': ['127.0.0.1 ', 'x'] }
    for (const [index, address] of forbiddenAddresses.entries()) {
      answers[`alone-${index}.test`] = [address]
      answers[`first-${index}.test`] = [address, publicAddress]
      answers[`last-${index}.test`] = [publicAddress, '2606:4700::1111', address]
    }
    const { outbound, lookups } = outboundOf([], answers)
    for (const name of Object.keys(answers)) {
      const url = `http://${name}:${port}/`
      expect(outbound.refusal(url, 'sandbox')).toBeUndefined()
      await expectRefused(outbound, url)
      payloads.add(url)
    }
    expect(new Set(lookups)).toEqual(new Set(Object.keys(answers)))
    expect(connections).toBe(0)
  })

  it('was tried with at least 300 different URLs', () => {
    expect(payloads.size).toBeGreaterThanOrEqual(300)
  })
})

describe('a name that changes its address', () => {
  it('is judged anew for each connection, by the very addresses that the socket then connects to', async () => {
    standIns.add('127.0.0.1')
    const { outbound, lookups } = outboundOf([], {
      'rebind.test': [['127.0.0.1'], ['127.0.0.2'], ['::1'], ['10.0.0.1']],
    })
    const post = () => outbound.post({ ...message, url: `http://rebind.test:${port}/`, mode: 'sandbox' })
    expect(await post()).toMatchObject({ kind: 'answered', status: 204 })
    // The canary ends its connections, so each further post needs a new one.
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await post()).toMatchObject({ kind: 'failed', reason: 'refused' })
    }
    expect(lookups).toHaveLength(4)
    expect(attempts).toEqual(['127.0.0.1'])
    expect(connections).toBe(1)
  })
})

describe('the local targets of the settings', () => {
  let receiver: Server
  let allowed = ''
  let answer: RequestListener
  const requests: string[] = []

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`)
      answer(request, response)
    })
    receiver.listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    allowed = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    requests.length = 0
    answer = (_request, response) => response.end()
  })
  afterAll(() => receiver.close())

  it('lead sandbox apps to the canary, which then counts: so the tests above can fail', async () => {
    const { outbound } = outboundOf([`127.0.0.1:${port}`, `canary.test:${port}`])
    for (const host of ['127.0.0.1', '2130706433', 'canary.test']) {
      const result = await outbound.post({ ...message, url: `http://${host}:${port}/`, mode: 'sandbox' })
      expect(result).toMatchObject({ kind: 'answered', status: 204 })
    }
    expect(connections).toBe(3)
    expect(attempts).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
  })

  it.each([301, 302, 303, 307, 308])('lead nowhere else by a redirect %i', async (status) => {
    const { outbound } = outboundOf([allowed])
    const canary = `127.0.0.1:${port}`
    const places = [
      `http://${canary}/`,
      `//${canary}/`,
      `https://${canary}/`,
      `http://[::1]:${port}/`,
      '/elsewhere',
      '',
    ]
    for (const location of places) {
      answer = (_request, response) => response.writeHead(status, { location }).end()
      const result = await outbound.post({ ...message, url: `http://${allowed}/hook`, mode: 'sandbox' })
      expect(result).toMatchObject({ kind: 'answered', status, headers: { location } })
    }
    expect(requests).toEqual(places.map(() => 'POST /hook'))
    expect(connections).toBe(0)
  })

  it('open no other host and no other port', async () => {
    const { outbound } = outboundOf([allowed, `hook.test:${allowed.split(':')[1]}`])
    const own = allowed.split(':')[1]
    const urls = [`http://127.0.0.1:${port}/`, `http://localhost:${own}/`, `http://127.0.0.2:${own}/`]
    urls.push(`http://[::ffff:127.0.0.1]:${own}/`, `http://${allowed}@127.0.0.1:${port}/`, `http://other.test:${own}/`)
    urls.push(
      `http://x@${allowed}/`,
      `http://hook.test.:${own}/`,
      `http://a.hook.test:${own}/`,
      `http://hook.test:${port}/`,
    )
    for (const url of urls) await expectRefused(outbound, url)
    expect(requests).toEqual([])
    expect(connections).toBe(0)
  })

  it('are closed to live apps', async () => {
    const { outbound } = outboundOf([allowed, `localhost:${port}`, `hook.test:${port}`, `[::1]:${port}`])
    for (const url of [`https://${allowed}/`, `https://localhost:${port}/`, `https://hook.test:${port}/`]) {
      const result = await outbound.post({ ...message, url, mode: 'live' })
      expect(result, url).toMatchObject({ kind: 'failed', reason: 'refused' })
    }
    expect(outbound.refusal(`https://${allowed}/`, 'live')).toBe('address')
    expect(outbound.refusal(`http://${allowed}/`, 'live')).toBe('not_https')
    expect(outbound.refusal(`http://${allowed}/`, 'sandbox')).toBeUndefined()
    expect(attempts).toEqual([])
    expect(connections).toBe(0)
  })
})
