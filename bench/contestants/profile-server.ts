/**
 * Facet's core behind the least HTTP: a GET reads a profile, a POST does one dear thing. It shows what the core makes of the
 * dear thing, and what that does to reads of the same process.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Ctx } from '../../server/src/core/context.ts'
import { newId } from '../../server/src/core/ids.ts'
import { createProfile, getProfile } from '../../server/src/core/profiles/profiles.service.ts'
import { openPool } from '../../server/src/infra/db/pool.ts'
import { contextOf, quiet } from '../core.ts'
import type { Database } from '../database.ts'

/** What such a server is told when it starts. */
export interface ProfileServerOrder {
  readonly address: Database['address']
  readonly connections: number
}

const profiles = 1_000

/** Serves, and tells its parent the port. `prepare` gives what a POST does. */
export async function serveProfiles(
  { address, connections }: ProfileServerOrder,
  parts: Partial<Ctx>,
  prepare: (contextNow: () => Ctx) => Promise<() => Promise<unknown>>,
): Promise<void> {
  const pool = openPool({ address, connections, log: quiet })
  // An app of its own, so that what is made here is in nobody's count.
  const app = { appId: newId(), organizationId: newId() }
  const contextNow = () => ({ ...contextOf(pool, app), ...parts })
  const post = await prepare(contextNow)
  const ids: string[] = []
  while (ids.length < profiles) ids.push((await createProfile(contextNow(), { username: `bench-${ids.length}` })).id)

  const answer = async (method: string | undefined, response: ServerResponse) => {
    if (method === 'POST') return send(response, 200, await post())
    const value = ids[Math.floor(Math.random() * ids.length)] ?? ''
    send(response, 200, await getProfile(contextNow(), { by: 'id', value }))
  }
  const server = createServer((request, response) => {
    request.resume()
    answer(request.method, response).catch((error: Error) => send(response, 500, { message: error.message }))
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('SIGTERM', () => {
    server.close(() => pool.close().then(() => process.exit(0)))
    server.closeAllConnections()
  })
  // The bench that would use us is gone.
  process.on('disconnect', () => process.exit(0))
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
