/** Receives webhooks in a process of its own, and remembers when each began to arrive. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What arrived since the last report: the reference of the profile that a message is about, and when. */
export interface Arrivals {
  readonly references: readonly string[]
  /** Milliseconds since 1970, with fractions. */
  readonly times: readonly number[]
}

let references: string[] = []
let times: number[] = []

const server = createServer((request, response) => {
  const at = performance.timeOrigin + performance.now()
  let body = ''
  request.setEncoding('latin1')
  request.on('data', (part) => {
    body += part
  })
  request.on('end', () => {
    references.push(/"reference":"([^"]+)"/.exec(body)?.[1] ?? '')
    times.push(at)
    response.writeHead(204).end()
  })
})
// A connection may be idle between two rounds.
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

process.on('message', (order: 'count' | 'report') => {
  if (order === 'count') {
    process.send?.(times.length)
    return
  }
  process.send?.({ references, times } satisfies Arrivals)
  references = []
  times = []
})
process.on('disconnect', () => process.exit())
