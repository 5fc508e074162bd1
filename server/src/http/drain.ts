import type { FastifyInstance } from 'fastify'

const idleCheckMs = 50

/** Closes servers once the requests in flight are answered; after `timeoutMs` their connections are cut. */
export async function drain(servers: readonly FastifyInstance[], timeoutMs: number): Promise<void> {
  const cutOff = setTimeout(() => {
    for (const { server } of servers) server.closeAllConnections()
  }, timeoutMs)
  // A connection whose last answer was given while closing stays open otherwise, for as long as its client likes.
  const idle = setInterval(() => {
    for (const { server } of servers) server.closeIdleConnections()
  }, idleCheckMs)
  await Promise.all(servers.map((server) => server.close()))
  clearTimeout(cutOff)
  clearInterval(idle)
}
