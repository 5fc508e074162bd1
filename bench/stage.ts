import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionsOfEach } from '../server/src/config/connections.ts'
import { readConfig } from '../server/src/config.ts'
import type { Cleanup } from './cleanup.ts'
import { type Bare, startBare } from './contestants/bare.ts'
import { type Facet, startFacet } from './contestants/facet.ts'
import { findPgbench, type Pgbench } from './contestants/pgbench.ts'
import { type Core, openCore } from './core.ts'
import { type Database, startDatabase } from './database.ts'
import { type Load, startLoad } from './load-client.ts'
import type { Options } from './options.ts'
import { type Receiver, startReceiver } from './receiver-client.ts'

/** Everything that runs while contestants are measured. */
export interface Stage {
  readonly folder: string
  readonly database: Database
  readonly core: Core
  readonly load: Load
  readonly receiver: Receiver
  readonly facet: Facet
  readonly bare: Bare
  readonly pgbench: Pgbench | undefined
}

/** Where results go; git ignores it. */
export const resultsFolder = join(import.meta.dirname, 'results')

/** Starts the database, the servers and the load generator, and makes the first profiles. */
export async function openStage(options: Options, say: (line: string) => void, cleanup: Cleanup): Promise<Stage> {
  mkdirSync(resultsFolder, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'facet-bench-'))
  // When root runs this, PostgreSQL is another user who has to come through.
  chmodSync(folder, 0o711)
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }))
  const nodeFlags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${resultsFolder}`] : []

  say('Starting PostgreSQL and the servers …')
  const database = await startDatabase(join(folder, 'database'), say, cleanup)
  const receiver = await startReceiver(cleanup)
  const facet = await startFacet(
    { dataDir: join(folder, 'facet'), databaseUrl: database.url, nodeFlags, webhookTarget: receiver.host },
    cleanup,
  )
  say(`Making ${options.rows} profiles …`)
  const core = await openCore(database, facet, options.rows, cleanup)
  // As many connections as Facet opens by default.
  const order = { address: database.address, connections: connectionsOfEach(readConfig({})), plans: core.plans }
  const bare = await startBare(order, nodeFlags, cleanup)
  const { connections, rows } = options
  const pgbench = findPgbench({ database, connections, seededRows: rows, folder }, cleanup)
  const load = startLoad(cleanup)

  return { folder, database, core, load, receiver, facet, bare, pgbench }
}
