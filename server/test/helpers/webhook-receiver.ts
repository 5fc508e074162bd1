import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that a receiver got. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly at: number
}

/** A server that webhooks are sent to. */
export interface WebhookReceiver {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly received: readonly Received[]
  /** Resolves once `predicate` holds; looked at with every request. */
  until(predicate: () => boolean): Promise<void>
  close(): Promise<void>
}

export type Answer = (request: Received, response: ServerResponse) => void

/** Answers 204. */
export const accept: Answer = (_request, response) => void response.writeHead(204).end()

/** Opens a receiver on a free loopback port. */
export async function openReceiver(answer: Answer = accept): Promise<WebhookReceiver> {
  const received: Received[] = []
  const watchers = new Set<() => void>()
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const got = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
        at: performance.now(),
      }
      received.push(got)
      answer(got, response)
      for (const watcher of [...watchers]) watcher()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    until(predicate) {
      if (predicate()) return Promise.resolve()
      return new Promise((resolve) => {
        const watcher = () => {
          if (!predicate()) return
          watchers.delete(watcher)
          resolve()
        }
        watchers.add(watcher)
      })
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
