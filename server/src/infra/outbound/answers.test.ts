import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { outboundOf, receive, receiveRaw, sandbox } from '../../../test/helpers/outbound-receiver.ts'
import type { OutboundOptions } from './outbound.ts'

// 127.0.0.1 stands for the public internet, so that live apps can be tried too. ssrf.test.ts has the real rules.
vi.mock('./address-rules.ts', () => ({ isPublicAddress: (address: string) => address === '127.0.0.1' }))

describe('the time for a message', () => {
  it('ends a look-up that hangs', async () => {
    const outbound = outboundOf({ timeoutMs: 50, lookup: () => {} })
    expect(await outbound.post(sandbox('http://hooks.test/'))).toMatchObject({ kind: 'failed', reason: 'timeout' })
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('ends the wait for a status, and the connection with it', async () => {
    const { url, sockets } = await receiveRaw(() => {})
    const outbound = outboundOf({ timeoutMs: 50 })
    const result = await outbound.post(sandbox(url))
    expect(result).toMatchObject({ kind: 'failed', reason: 'timeout', detail: 'hooks.test did not answer in time' })
    expect(result.durationMs).toBeGreaterThanOrEqual(49)
    if (sockets[0]?.destroyed === false) await once(sockets[0], 'close')
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('ends a TLS handshake that hangs, and the connection with it', async () => {
    const { url, sockets } = await receiveRaw(() => {})
    const result = await outboundOf({ timeoutMs: 50 }).post(sandbox(url.replace('http:', 'https:')))
    expect(result).toMatchObject({ kind: 'failed', reason: 'timeout' })
    if (sockets[0]?.destroyed === false) await once(sockets[0], 'close')
  })

  it.each(['HTTP/1.1 200 OK\r\nx-a: b', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 2'])(
    'is not prolonged by a beginning of an answer: %j',
    async (beginning) => {
      const { url } = await receiveRaw((socket) => socket.write(beginning))
      const result = await outboundOf({ timeoutMs: 50 }).post(sandbox(url))
      expect(result).toMatchObject({ kind: 'failed', reason: 'timeout' })
    },
  )

  it('is not prolonged by waiting for a connection', async () => {
    const { url, sockets } = await receiveRaw(() => {})
    const outbound = outboundOf({ timeoutMs: 50, connectionsPerOrigin: 1 })
    const results = await Promise.all([outbound.post(sandbox(url)), outbound.post(sandbox(url))])
    for (const result of results) expect(result).toMatchObject({ kind: 'failed', reason: 'timeout' })
    expect(sockets.length).toBeLessThanOrEqual(2)
    expect(outbound.counts()).toEqual({ origins: 0, idle: 0, posting: 0 })
  })

  it('does not take an answer away: a body that hangs is left after a short while', async () => {
    const { url } = await receiveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'))
    const result = await outboundOf({ bodyTimeoutMs: 50 }).post(sandbox(url))
    expect(result).toMatchObject({ kind: 'answered', status: 200, body: 'abc' })
    expect(result.durationMs).toBeLessThan(10_000)
  })
})

describe('the body of an answer', () => {
  const euro = Buffer.from('€')

  it('is kept to its first 4 KiB, and ends at a whole character', async () => {
    const { url, sockets } = await receive((_request, response) => response.end(`ab${'€'.repeat(5_000)}`))
    const outbound = outboundOf()
    expect(await outbound.post(sandbox(url))).toMatchObject({ kind: 'answered', body: `ab${'€'.repeat(1_364)}` })
    await outbound.post(sandbox(url))
    expect(sockets, 'the rest was read, so the connection was used again').toHaveLength(1)
  })

  it('is broken off when it is far too long, and the answer counts', async () => {
    const { url, sockets } = await receive((_request, response) => response.end('x'.repeat(10_000_000)))
    const outbound = outboundOf()
    for (let count = 0; count < 2; count += 1) {
      expect(await outbound.post(sandbox(url))).toMatchObject({
        kind: 'answered',
        status: 200,
        body: 'x'.repeat(4_096),
      })
    }
    expect(sockets).toHaveLength(2)
  })

  it.each([
    ['a character in two chunks', [euro.subarray(0, 1), euro.subarray(1)], '€'],
    ['bytes that are no text', [Buffer.of(0x61, 0xff, 0x62)], 'a\ufffdb'],
    ['half a character at its end', [Buffer.of(0x61, 0xe2, 0x82)], 'a\ufffd'],
    ['nothing', [], ''],
  ])('is read as UTF-8: %s', async (_what, chunks, body) => {
    const { url } = await receive(async (_request, response) => {
      for (const chunk of chunks) await new Promise((resolve) => response.write(chunk, resolve))
      response.end()
    })
    expect(await outboundOf().post(sandbox(url))).toMatchObject({ kind: 'answered', body })
  })

  it('does not undo the status when it breaks off', async () => {
    const { url } = await receiveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'))
    expect(await outboundOf().post(sandbox(url))).toMatchObject({ kind: 'answered', status: 200, body: 'abc' })
  })
})

describe('what is no answer', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n', 'protocol'],
    ['headers that go wrong', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'protocol'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'protocol'],
    ['a change of protocol', 'HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', 'protocol'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}`, 'protocol'],
    ['nothing', '', 'connection'],
    ['half a status', 'HTTP/1.1 20', 'connection'],
  ])('is told apart: %s', async (_what, bytes, reason) => {
    const { url } = await receiveRaw((socket) => socket.end(bytes))
    expect(await outboundOf().post(sandbox(url))).toMatchObject({ kind: 'failed', reason })
  })

  it('has names of headers that reach no prototype', async () => {
    const names = '__proto__: a\r\n__proto__: b\r\nconstructor: c\r\n'
    const { url } = await receiveRaw((socket) => socket.end(`HTTP/1.1 200 OK\r\n${names}content-length: 0\r\n\r\n`))
    const result = await outboundOf().post(sandbox(url))
    const headers = result.kind === 'answered' ? Object.entries(result.headers) : []
    expect(headers).toEqual(
      expect.arrayContaining([
        ['__proto__', 'a, b'],
        ['constructor', 'c'],
      ]),
    )
  })

  it('is a connection that is refused', async () => {
    const { url, close } = await receive(() => {})
    close()
    const result = await outboundOf().post(sandbox(url))
    expect(result).toMatchObject({ kind: 'failed', reason: 'connection', detail: 'hooks.test refused the connection' })
  })

  it.each([
    ['an error', new Error('ENOTFOUND'), []],
    ['no address', null, []],
  ])('is a name that gives %s', async (_what, error, addresses) => {
    const outbound = outboundOf({ lookup: (_name, _options, callback) => setImmediate(callback, error, addresses) })
    const result = await outbound.post(sandbox('http://hooks.test/'))
    expect(result).toMatchObject({ reason: 'unresolved', detail: 'The name hooks.test could not be resolved' })
  })

  it('is told without the address that a name stands for', async () => {
    const lookup: OutboundOptions['lookup'] = (_name, _options, callback) =>
      setImmediate(callback, null, [{ address: '10.1.2.3', family: 4 }])
    const result = await outboundOf({ lookup }).post(sandbox('http://hooks.test/'))
    expect(result).toMatchObject({ reason: 'refused', detail: 'The address of hooks.test is not public' })
  })
})
