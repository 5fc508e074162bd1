import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../server/src/infra/db/embedded/embedded-postgres.ts'
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
  cleanup.add(async () => {
    const opened = await opening.catch(() => undefined)
    if (opened !== undefined) await end(opened)
  }, 'database')
  const { connection, clusterDir } = await opening
  const { host, port, user, password, database } = connection
  const url = `postgresql://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
  return { address: connection, url, postmasterPid: postmasterPidOf(clusterDir) }
}

function postmasterPidOf(clusterDir: string): number {
  const [pid = ''] = readFileSync(join(clusterDir, 'postmaster.pid'), 'latin1').split('\n', 1)
  return Number(pid)
}

/** Its last checkpoint can take longer than an end may. Nobody reads this cluster again, so it need not be finished. */
const checkpointMs = 1_000

async function end({ clusterDir, release }: EmbeddedPostgres): Promise<void> {
  const pid = postmasterPidOf(clusterDir)
  const timer = setTimeout(() => process.kill(pid, 'SIGQUIT'), checkpointMs)
  await release().finally(() => clearTimeout(timer))
}

/**
 * Brings the write-ahead log to what it is on a server that has run for some time: as many segments as it may take are there to be used
 * again. A new one is filled with zeros first, and every commit waits for it.
 */
export async function wearLogIn({ address }: Database): Promise<void> {
  const client = new pg.Client(address)
  await client.connect()
  try {
    const { rows } = await client.query<{ segments: number }>(`select (pg_size_bytes(current_setting('max_wal_size'))
      / pg_size_bytes(current_setting('wal_segment_size')))::integer as segments`)
    for (let i = 0; i < (rows[0]?.segments ?? 0); i++) {
      await client.query('select pg_logical_emit_message(false, $1, $1)', ['bench'])
      await client.query('select pg_switch_wal()')
    }
    // Once to let go of them, once more to have them named anew.
    await client.query('checkpoint')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}
