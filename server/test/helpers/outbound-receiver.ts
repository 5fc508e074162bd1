import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { createOutbound, type OpenOutbound, type OutboundOptions } from '../../src/infra/outbound/outbound.ts'

const closing: (() => unknown)[] = []

/** Does this after the test, the last said first. */
export function afterTest(close: () => unknown): void {
  closing.push(close)
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** An outbound that is closed after the test, and for which every name is 127.0.0.1. */
export function outboundOf(options: Partial<OutboundOptions> = {}): OpenOutbound {
  const outbound = createOutbound({ allow: [], lookup: localLookup, ...options })
  afterTest(() => outbound.close(0))
  return outbound
}

export function localLookup(
  _name: string,
  _options: unknown,
  callback: (error: null, addresses: LookupAddress[]) => void,
): void {
  setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }])
}

/** A server that messages are posted to, closed after the test. */
export interface Receiver {
  readonly port: number
  readonly url: string
  /** Every connection that was ever taken. */
  readonly sockets: Socket[]
  close(): void
}

export async function listenAsReceiver(server: Server, scheme = 'http'): Promise<Receiver> {
  const sockets: Socket[] = []
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  afterTest(close)
  return { port, url: `${scheme}://hooks.test:${port}/hook`, sockets, close }
}

export function receive(listener: RequestListener): Promise<Receiver> {
  return listenAsReceiver(createHttpServer(listener))
}

/** A receiver that speaks no HTTP of itself: `answer` is given each connection once something has come on it. */
export function receiveRaw(answer: (socket: Socket) => void): Promise<Receiver> {
  return listenAsReceiver(createTcpServer((socket) => socket.once('data', () => answer(socket))))
}

/** A message of a sandbox app. */
export function sandbox(url: string, body = '{"a":1}') {
  return {
    url,
    body,
    mode: 'sandbox',
    group: 'a',
    headers: { 'content-type': 'application/json', 'Webhook-Id': 'msg_1' },
  } as const
}
