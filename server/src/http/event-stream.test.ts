import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { type EventStream, type EventStreamOptions, openEventStream, prefersEventStream } from './event-stream.ts'

describe('Accept', () => {
  it.each([
    'text/event-stream',
    'text/event-stream; charset=utf-8',
    'TEXT/Event-Stream',
    'text/event-stream, */*',
    'text/event-stream, application/json;q=0.9',
    'application/json;q=0.1, text/event-stream;q=0.2',
    'text/*',
  ])('asks for a stream: %s', (accept) => expect(prefersEventStream(accept)).toBe(true))

  it.each([
    undefined,
    '',
    '*/*',
    'application/json',
    'application/json, text/event-stream',
    'text/event-stream, application/json',
    'text/event-stream;q=0.5, */*',
    'text/event-stream;q=0',
    'text/event-stream;q=x',
    'text/html,application/xhtml+xml,*/*;q=0.8',
  ])('asks for JSON: %s', (accept) => expect(prefersEventStream(accept)).toBe(false))
})

let app: FastifyInstance | undefined
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await app?.close()
  app = undefined
})

/** A reader, and the stream that it opened. */
async function open(options: Partial<EventStreamOptions> = {}) {
  const opened = Promise.withResolvers<{ stream: EventStream; server: Socket }>()
  const [closed, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()]
  app = Fastify()
  app.addHook('onResponse', async (_request, reply) => answered.resolve(reply.statusCode))
  app.get('/', (request, reply) => {
    reply.header('x-request-id', 'r')
    const stream = openEventStream(reply, { onClose: closed.resolve, ...options })
    opened.resolve({ stream, server: request.raw.socket })
    return reply
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const reader = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  sockets.push(reader)
  reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  return { ...(await opened.promise), reader, closed: closed.promise, answered: answered.promise }
}

/** Reads until the text has come. */
async function readUntil(reader: Socket, text: string): Promise<string> {
  let received = ''
  // Only the end is looked at: what comes may be large.
  while (!received.includes(text)) received = received.slice(-1_000) + (await once(reader, 'data'))[0]
  return received
}

/** More than the buffers of the system between two sockets of this machine hold. */
const tooMuch = `data: ${'x'.repeat(32 * 1024 * 1024)}\n\n`

describe('an event stream', () => {
  it('has the headers of its reply and its own at once, and sends a comment while there is nothing to send', async () => {
    const { reader } = await open({ heartbeatMs: 10 })
    const received = await readUntil(reader, ': heartbeat\n\n')
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(received).toMatch(/\r\nx-request-id: r\r\n/)
    expect(received).toMatch(/\r\ncontent-type: text\/event-stream\r\n/)
  })

  it('waits for a reader that takes nothing, and cuts it after its time', async () => {
    const { stream, server, reader, closed } = await open({ stalledMs: 300 })
    reader.pause()
    const begun = performance.now()
    await stream.send(tooMuch)
    expect(performance.now() - begun).toBeGreaterThan(250)
    await closed
    expect(server.destroyed).toBe(true)
  })

  it('goes on when a reader takes again', async () => {
    const { stream, reader } = await open()
    reader.pause()
    const waiting = stream.send(tooMuch)
    reader.resume()
    await waiting
    await stream.send('data: last\n\n')
    await readUntil(reader, 'data: last\n\n')
  })

  it('drops what a reader has not taken when it is ended, and frees whoever waits', async () => {
    const { stream, server, reader, closed } = await open()
    reader.pause()
    const waiting = stream.send(tooMuch)
    stream.end()
    await closed
    await waiting
    expect(server.destroyed).toBe(true)
    await stream.send('data: late\n\n')
  })

  it('is an answer like any other to the hooks, whether the server ends it or its reader leaves', async () => {
    const first = await open()
    await first.stream.send('data: 1\n\n')
    first.stream.end()
    expect(await first.answered).toBe(200)
    await first.closed
    await app?.close()
    const second = await open()
    await second.stream.send('data: 1\n\n')
    second.reader.destroy()
    expect(await second.answered).toBe(200)
    await second.closed
  })
})
