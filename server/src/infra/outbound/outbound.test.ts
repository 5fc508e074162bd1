import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import {
  afterTest,
  listenAsReceiver,
  localLookup,
  outboundOf,
  type Receiver,
  receive,
  receiveRaw,
  sandbox,
} from '../../../test/helpers/outbound-receiver.ts'
import { makeCertificate } from '../../../test/helpers/test-certificate.ts'
import type { OutboundOptions } from './outbound.ts'

// 127.0.0.1 stands for the public internet, so that live apps can be tried too. ssrf.test.ts has the real rules.
vi.mock('./address-rules.ts', () => ({ isPublicAddress: (address: string) => address === '127.0.0.1' }))

describe('a message', () => {
  it('is posted as it is given, with its length, to the path and the query', async () => {
    const requests: [IncomingMessage, string][] = []
    const { url, port } = await receive(async (request, response) => {
      requests.push([request, await text(request)])
      response.writeHead(202, { 'x-a': ['1', '2'], 'set-cookie': 'secret=1', 'x-b': 'b' }).end('Grüße')
    })
    const given = sandbox(`${url}?a=b%20c#fragment`, '{"name":"Zoë"}')
    const headers = { ...given.headers, Host: 'evil.test', Connection: 'close', 'Content-Length': '1' }
    const result = await outboundOf().post({ ...given, headers })
    expect(result).toMatchObject({
      kind: 'answered',
      status: 202,
      body: 'Grüße',
      headers: { 'x-a': '1, 2', 'x-b': 'b' },
    })
    expect(result).toHaveProperty('durationMs', expect.any(Number))
    expect(result).not.toHaveProperty('headers.set-cookie')
    const [[request, body] = []] = requests
    expect(body).toBe('{"name":"Zoë"}')
    expect(request).toMatchObject({ method: 'POST', url: '/hook?a=b%20c', httpVersion: '1.1' })
    expect(request?.headers).toEqual({
      host: `hooks.test:${port}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'accept-encoding': 'identity',
      'content-length': '15',
    })
  })

  it('with a header that cannot be sent fails, and nothing is thrown', async () => {
    const { url, sockets } = await receive((_request, response) => response.end())
    const result = await outboundOf().post({ ...sandbox(url), headers: { 'x-a': 'a\r\nb: c' } })
    expect(result).toMatchObject({ kind: 'failed', reason: 'protocol' })
    expect(sockets).toHaveLength(0)
  })

  it('is not posted anew when it is answered with a redirect', async () => {
    const paths: (string | undefined)[] = []
    const { url } = await receive((request, response) => {
      paths.push(request.url)
      response.writeHead(308, { location: '/else' }).end()
    })
    const result = await outboundOf().post(sandbox(url))
    expect(result).toMatchObject({ kind: 'answered', status: 308, headers: { location: '/else' } })
    expect(paths).toEqual(['/hook'])
  })
})

describe('connections', () => {
  it('are kept: messages that follow each other share one', async () => {
    const { url, sockets } = await receive((_request, response) => response.end('ok'))
    const outbound = outboundOf()
    for (let count = 0; count < 20; count += 1) await outbound.post(sandbox(`${url}/${count}`))
    expect(sockets).toHaveLength(1)
    expect(outbound.counts()).toEqual({ origins: 1, idle: 1, posting: 0 })
  })

  it('to an origin are at most as many as set; further messages wait and are all posted', async () => {
    const { url, sockets } = await receive((_request, response) => setImmediate(() => response.end()))
    const outbound = outboundOf({ connectionsPerOrigin: 3 })
    const results = await Promise.all(Array.from({ length: 40 }, () => outbound.post(sandbox(url))))
    expect(results.filter(({ kind }) => kind === 'answered')).toHaveLength(40)
    expect(sockets).toHaveLength(3)
  })

  it('of one group keep no other group waiting', async () => {
    const { url } = await receive((request, response) => {
      if (request.url === '/quick') response.end()
    })
    const outbound = outboundOf({ connectionsPerOrigin: 1, timeoutMs: 300 })
    const slow = outbound.post({ ...sandbox(new URL('/slow', url).href), group: 'a' })
    const [same, other] = await Promise.all([
      outbound.post({ ...sandbox(new URL('/quick', url).href), group: 'a' }),
      outbound.post({ ...sandbox(new URL('/quick', url).href), group: 'b' }),
    ])
    expect([(await slow).kind, same.kind, other.kind]).toEqual(['failed', 'failed', 'answered'])
  })

  it('that fail make room for the messages that wait', async () => {
    const { url } = await receiveRaw((socket) => socket.destroy())
    const outbound = outboundOf({ connectionsPerOrigin: 1 })
    const results = await Promise.all(Array.from({ length: 5 }, () => outbound.post(sandbox(url))))
    for (const result of results) expect(result).toMatchObject({ kind: 'failed', reason: 'connection' })
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('carry one message at a time', async () => {
    let now = 0
    let most = 0
    const { url } = await receive((_request, response) => {
      now += 1
      most = Math.max(most, now)
      setImmediate(() => {
        now -= 1
        response.end()
      })
    })
    const outbound = outboundOf({ connectionsPerOrigin: 1 })
    await Promise.all(Array.from({ length: 10 }, () => outbound.post(sandbox(url))))
    expect(most).toBe(1)
  })

  it('that the receiver closes are forgotten, and the next message opens another', async () => {
    const { url, sockets } = await receive((_request, response) => response.end())
    const outbound = outboundOf()
    await outbound.post(sandbox(url))
    sockets[0]?.end()
    await vi.waitFor(() => expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 }))
    expect(await outbound.post(sandbox(url))).toMatchObject({ kind: 'answered' })
    expect(sockets).toHaveLength(2)
  })

  it('are closed when nobody used them for the time that is set', async () => {
    const { url, sockets } = await receive((_request, response) => response.end())
    const outbound = outboundOf({ keepAliveMs: 20 })
    await outbound.post(sandbox(url))
    await once(sockets[0] as Socket, 'close')
    await vi.waitFor(() => expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 }))
  })

  it('stay few when origins are many: the longest idle are closed', async () => {
    const { port, sockets } = await receive((_request, response) => response.end())
    const outbound = outboundOf({ idleConnections: 10 })
    const post = (origin: number) => outbound.post(sandbox(`http://o${origin}.test:${port}/`))
    for (let origin = 0; origin < 300; origin += 1) expect(await post(origin)).toMatchObject({ kind: 'answered' })
    expect(outbound.counts()).toEqual({ origins: 10, idle: 10, posting: 0 })
    await vi.waitFor(() => expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(10))
    await post(299)
    expect(sockets, 'the newest was kept').toHaveLength(300)
  })

  it('leave nothing behind for origins that never answer', async () => {
    const outbound = outboundOf({ lookup: (_name, _options, callback) => setImmediate(callback, new Error('no'), []) })
    await Promise.all(Array.from({ length: 300 }, (_, index) => outbound.post(sandbox(`http://o${index}.test/`))))
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })
})

function live(url: string) {
  return { ...sandbox(url), mode: 'live' } as const
}

describe('TLS', () => {
  const own = makeCertificate(['hooks.test', 'second.test'])

  function receiveSecurely(certificate = own): Promise<Receiver> {
    return listenAsReceiver(
      createHttpsServer(certificate, (_request, response) => response.end('ok')),
      'https',
    )
  }

  it('reaches live apps whose certificate is trusted and made for the name', async () => {
    const { url, sockets } = await receiveSecurely()
    const outbound = outboundOf({ ca: [own.cert] })
    for (let count = 0; count < 3; count += 1) {
      expect(await outbound.post(live(url))).toMatchObject({ kind: 'answered', status: 200, body: 'ok' })
    }
    expect(sockets).toHaveLength(1)
  })

  it.each(['sandbox', 'live'] as const)('is refused in %s mode when the certificate is unknown', async (mode) => {
    const { url } = await receiveSecurely()
    const other = makeCertificate(['hooks.test'])
    for (const outbound of [outboundOf(), outboundOf({ ca: [other.cert] })]) {
      expect(await outbound.post({ ...sandbox(url), mode })).toMatchObject({ kind: 'failed', reason: 'tls' })
    }
  })

  it('is refused when the certificate is for another name, which a header cannot change', async () => {
    const { url } = await receiveSecurely()
    const message = { ...live(url.replace('hooks.test', 'third.test')), headers: { host: 'hooks.test' } }
    const result = await outboundOf({ ca: [own.cert] }).post(message)
    const detail = 'No TLS connection to third.test could be made (ERR_TLS_CERT_ALTNAME_INVALID)'
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls', detail })
  })

  it('is verified even where the environment switches that off', async () => {
    const { url } = await receiveSecurely()
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    afterTest(() => vi.unstubAllEnvs())
    expect(await outboundOf().post(live(url))).toMatchObject({ kind: 'failed', reason: 'tls' })
  })

  it('fails as TLS where the receiver speaks none', async () => {
    const { url } = await receive((_request, response) => response.end())
    const result = await outboundOf().post(live(url.replace('http:', 'https:')))
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls' })
  })

  it('has connections of its own for live and for sandbox apps', async () => {
    const { url, port, sockets } = await receiveSecurely()
    const outbound = outboundOf({ ca: [own.cert], allow: [`second.test:${port}`] })
    for (let count = 0; count < 2; count += 1) {
      for (const mode of ['sandbox', 'live'] as const) {
        expect(await outbound.post({ ...sandbox(url), mode })).toMatchObject({ kind: 'answered' })
        const allowed = await outbound.post({ ...sandbox(url.replace('hooks', 'second')), mode })
        expect(allowed).toMatchObject({ kind: 'answered' })
      }
    }
    expect(sockets).toHaveLength(4)
    expect(outbound.counts()).toEqual({ origins: 4, idle: 4, posting: 0 })
  })
})

describe('close', () => {
  it('lets messages under way end, and takes no more', async () => {
    let answer = () => {}
    const { url, sockets } = await receive((_request, response) => {
      answer = () => response.end('late')
    })
    const outbound = outboundOf()
    const posted = outbound.post(sandbox(url))
    await vi.waitFor(() => expect(sockets).toHaveLength(1))
    const closed = outbound.close(10_000)
    expect(await outbound.post(sandbox(url))).toMatchObject({ kind: 'failed', reason: 'connection' })
    await vi.waitFor(() => {
      answer()
      expect(outbound.counts().posting).toBe(0)
    })
    expect(await posted).toMatchObject({ kind: 'answered', body: 'late' })
    await closed
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('breaks off what takes longer, also what waits or connects, and leaves no connection', async () => {
    const { url, sockets } = await receiveRaw(() => {})
    const hangs: OutboundOptions['lookup'] = (name, options, callback) => {
      if (name !== 'hang.test') localLookup(name, options, callback)
    }
    const outbound = outboundOf({ connectionsPerOrigin: 2, lookup: hangs })
    const urls = [url, url, url, url, 'http://hang.test/']
    const posted = urls.map((to) => outbound.post(sandbox(to)))
    await vi.waitFor(() => expect(sockets).toHaveLength(2))
    await outbound.close(10)
    const detail = 'The message was broken off, as this server is stopping'
    for (const result of await Promise.all(posted)) {
      expect(result).toMatchObject({ kind: 'failed', reason: 'connection', detail })
    }
    await vi.waitFor(() => expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]))
    expect(sockets).toHaveLength(2)
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('ends idle connections at once', async () => {
    const { url, sockets } = await receive((_request, response) => response.end())
    const outbound = outboundOf()
    await outbound.post(sandbox(url))
    await outbound.close(60_000)
    if (sockets[0]?.destroyed === false) await once(sockets[0], 'close')
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })
})
