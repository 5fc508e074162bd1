import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedPostgres } from '../server/src/infra/db/embedded/embedded-postgres.ts'
import type { Cleanup } from './cleanup.ts'

/** The PostgreSQL that all contestants share. */
export interface Database {
  /** `host` is the folder of a Unix socket. */
  readonly address: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly database: string
  }
  readonly url: string
  readonly postmasterPid: number
}

/** Starts Facet's own embedded PostgreSQL, with the settings that Facet gives it, in a folder of the bench. */
export async function startDatabase(dataDir: string, say: (line: string) => void, cleanup: Cleanup): Promise<Database> {
  const opening = openEmbeddedPostgres({ dataDir, role: 'main', say })
  // Before it is open: a Ctrl-C meanwhile must not leave a server behind.
  cleanup.add(async () => (await opening.catch(() => undefined))?.release())
  const { connection, clusterDir } = await opening
  const { host, port, user, password, database } = connection
  const url = `postgresql://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
  const [pid = ''] = readFileSync(join(clusterDir, 'postmaster.pid'), 'latin1').split('\n', 1)
  return { address: connection, url, postmasterPid: Number(pid) }
}
