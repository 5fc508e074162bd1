import { Client } from 'pg'
import { codeOf, messageOf } from './run.ts'
import { databaseName, roleName, socketPort } from './settings.ts'
import { isPrivate } from './socket-folder.ts'
import type { Site } from './types.ts'

export type Attempt =
  | { kind: 'connected'; client: Client }
  /** Nobody listens there. */
  | { kind: 'absent' }
  /** Somebody listens and cannot serve yet, or no longer. */
  | { kind: 'busy'; why: string }
  /** The server is up and does not take our password. */
  | { kind: 'refused'; why: string }

/** One attempt to connect to Facet's database over the socket in the folder; makes the database when it is missing. */
export async function tryConnect(site: Site, socketDir: string, applicationName: string): Promise<Attempt> {
  if (!(await isPrivate(socketDir, site.account))) return { kind: 'absent' }
  const attempt = await connectTo(databaseName, site, socketDir, applicationName)
  if (attempt.kind !== 'busy' || attempt.code !== '3D000') return attempt
  const other = await connectTo('postgres', site, socketDir, applicationName)
  if (other.kind !== 'connected') return other
  try {
    await other.client.query(`CREATE DATABASE ${databaseName} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  } catch (error) {
    // Somebody else makes it at the same time.
    if (!['42P04', '23505', '55006'].includes(codeOf(error) ?? '')) return { kind: 'busy', why: messageOf(error) }
  } finally {
    await other.client.end().catch(() => {})
  }
  return connectTo(databaseName, site, socketDir, applicationName)
}

async function connectTo(
  database: string,
  site: Site,
  socketDir: string,
  applicationName: string,
): Promise<Attempt & { code?: string }> {
  const client = new Client({
    host: socketDir,
    port: socketPort,
    user: roleName,
    password: site.password,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    // Given so that pg does not look into the environment (PGSSLMODE, PGOPTIONS).
    ssl: false,
    options: '-c statement_timeout=0',
  })
  // A dying connection must not end the process; whoever holds the client listens to its end.
  client.on('error', () => {})
  try {
    await client.connect()
    return { kind: 'connected', client }
  } catch (error) {
    client.end().catch(() => {})
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') return { kind: 'absent' }
    if (code === '28P01' || code === '28000') return { kind: 'refused', why: messageOf(error) }
    return { kind: 'busy', why: messageOf(error), ...(code ? { code } : {}) }
  }
}
