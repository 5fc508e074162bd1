/**
 * Facet's core behind the least HTTP: a POST is a login by the right password, a GET reads a profile. It shows what the core
 * makes of a password hash, and what hashes do to reads of the same process.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { registerPerson } from '../../server/src/core/credentials/credentials.service.ts'
import { login } from '../../server/src/core/credentials/logins.service.ts'
import { newId } from '../../server/src/core/ids.ts'
import { createProfile, getProfile } from '../../server/src/core/profiles/profiles.service.ts'
import { openPool } from '../../server/src/infra/db/pool.ts'
import { createCredentialsKey } from '../../server/src/infra/keys/credentials-key.ts'
import { createPasswords } from '../../server/src/infra/passwords/passwords.ts'
import { contextOf, quiet } from '../core.ts'
import type { Database } from '../database.ts'

/** What the login server is told when it starts. */
export interface LoginOrder {
  readonly address: Database['address']
  readonly connections: number
}

const profiles = 1_000

async function serve({ address, connections }: LoginOrder): Promise<void> {
  const pool = openPool({ address, connections, log: quiet })
  // An app of its own, so that what is made here is in nobody's count.
  const app = { appId: newId(), organizationId: newId() }
  const keys = createCredentialsKey(randomBytes(32))
  const contextNow = () => ({ ...contextOf(pool, app), keys, passwords })
  const passwords = createPasswords()
  const person = { name: 'bench', password: 'correct horse battery', address: '127.0.0.1' }
  await registerPerson(contextNow(), { profile: { username: person.name }, password: person.password })
  const ids: string[] = []
  while (ids.length < profiles) ids.push((await createProfile(contextNow(), { username: `bench-${ids.length}` })).id)

  const answer = async (method: string | undefined, response: ServerResponse) => {
    if (method === 'POST') return send(response, 200, { id: (await login(contextNow(), person)).id })
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
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

process.once('message', (order: LoginOrder) => serve(order))
// The bench that would use us is gone.
process.on('disconnect', () => process.exit(0))
