import { mkdir } from 'node:fs/promises'
import pg from 'pg'
import type { Config } from '../../config.ts'
import type { Sandbox } from '../../core/api-keys/sandbox.service.ts'
import { ensureSandbox } from '../../core/api-keys/sandbox.service.ts'
import type { SystemCtx } from '../../core/context.ts'
import type { Log } from '../../core/ports.ts'
import { EmbeddedPostgresError, openEmbeddedPostgres } from '../db/embedded/embedded-postgres.ts'
import { migrate, pendingMigrations, withSetupLock } from '../db/migrate.ts'
import { type DatabaseAddress, openPool, type PooledDb } from '../db/pool.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'
import { openCredentialsKey } from './master-key.ts'
import { StartError } from './start-error.ts'

/** A database that is migrated and whose key is at hand, as the server and the command line both need it. */
export interface Installation {
  readonly address: DatabaseAddress
  readonly db: PooledDb
  readonly keys: CredentialsKey
  /** Migrations that this start applied. */
  readonly applied: readonly string[]
  /** There when this start was asked for it and its key was not revoked. */
  readonly sandbox: Sandbox | undefined
  close(): Promise<void>
}

export interface InstallationOptions {
  readonly config: Config
  readonly log: Log
  /** `main` for the server of a data folder, `visitor` for a command that works beside it. */
  readonly role: 'main' | 'visitor'
  /** Whether to bring the database up to date first, or to refuse one that is not. */
  readonly prepares: boolean
  /** Whether to make the sandbox when there is none. */
  readonly wantsSandbox?: boolean
  /** Progress in plain words. */
  readonly say: (line: string) => void
  /** The embedded server is gone for good, or another process took the data folder. */
  readonly onLost?: (reason: string) => void
}

const leastVersion = 150_000

/** Opens the installation: the database, its migrations, its key. Throws StartError for what an operator can mend. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { config, log } = options
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const database = config.databaseUrl === undefined ? await openEmbedded(options) : external(config.databaseUrl)
  const db = openPool({ address: database.address, connections: config.databaseConnections, log })
  const close = async () => {
    await db.close()
    await database.release()
  }
  try {
    const ready = await withSetupLock(database.address, (client) => setUp(client, db, options))
    return { address: database.address, db, ...ready, close }
  } catch (error) {
    await close()
    throw config.databaseUrl === undefined ? error : asUrlError(error)
  }
}

async function setUp(
  client: pg.Client,
  db: PooledDb,
  { config, log, prepares, wantsSandbox, say }: InstallationOptions,
): Promise<Pick<Installation, 'applied' | 'keys' | 'sandbox'>> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version")
  if (Number(rows[0]?.version) < leastVersion) {
    throw new StartError('DATABASE_URL leads to a PostgreSQL older than 15: upgrade it, or use another')
  }
  if (!prepares && (await pendingMigrations(client)).length > 0) {
    throw new StartError('The database is not up to date with this version of Facet: run facet migrate')
  }
  const { applied } = prepares ? await migrate(client) : { applied: [] }
  if (applied.length > 0) say(`Migrated the database (${applied.length} ${applied.length === 1 ? 'step' : 'steps'})`)
  const keys = await openCredentialsKey(client, config)
  const ctx: SystemCtx = { db, keys, log, now: new Date() }
  return { applied, keys, sandbox: wantsSandbox ? await ensureSandbox(ctx) : undefined }
}

interface OpenDatabase {
  readonly address: DatabaseAddress
  release(): Promise<void>
}

function external(connectionString: string): OpenDatabase {
  return { address: { connectionString }, release: async () => {} }
}

async function openEmbedded({ config, log, role, say, onLost }: InstallationOptions): Promise<OpenDatabase> {
  try {
    const server = await openEmbeddedPostgres({
      dataDir: config.dataDir,
      role,
      say,
      onEvent(event) {
        if (event.kind === 'lost') onLost?.(event.reason)
        else log.warn({}, event.kind === 'down' ? 'The embedded PostgreSQL is down' : 'The embedded PostgreSQL is back')
      },
    })
    return { address: { ...server.connection, ssl: false }, release: () => server.release() }
  } catch (error) {
    throw error instanceof EmbeddedPostgresError ? new StartError(error.message, error) : error
  }
}

/** One line for a database that cannot be used; its URL may hold a password and is not repeated. */
function asUrlError(error: unknown): unknown {
  if (error instanceof StartError) return error
  if (error instanceof pg.DatabaseError) {
    return new StartError(`DATABASE_URL leads to a PostgreSQL that refused: ${error.message}`, error)
  }
  const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
  const unreachable = /^E[A-Z]+$|timeout|terminated/i.test(reason)
  return unreachable
    ? new StartError(`DATABASE_URL cannot be reached (${reason}): is PostgreSQL running there?`, error)
    : error
}
