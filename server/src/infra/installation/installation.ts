import { mkdir } from 'node:fs/promises'
import type pg from 'pg'
import { connectionsOfEach } from '../../config/connections.ts'
import type { Config } from '../../config.ts'
import type { SystemCtx } from '../../core/context.ts'
import type { Log } from '../../core/ports.ts'
import { EmbeddedPostgresError, openEmbeddedPostgres } from '../db/embedded/embedded-postgres.ts'
import { migrate, pendingMigrations, wasSetUp, withSetupLock } from '../db/migrate.ts'
import { type DatabaseAddress, openPool, type PooledDb, requestLockTimeoutMs } from '../db/pool.ts'
import { installJobQueue } from '../jobs/queue.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'
import { asEmbeddedError, asUrlError } from './database-errors.ts'
import { type FirstStart, prepareStart } from './first-start.ts'
import { openCredentialsKey } from './master-key.ts'
import { StartError } from './start-error.ts'

/** A database that is migrated and whose key is at hand, as the server and the command line both need it. */
export interface Installation {
  readonly address: DatabaseAddress
  readonly db: PooledDb
  readonly keys: CredentialsKey
  /** Migrations that this start applied. */
  readonly applied: readonly string[]
  /** There when this is the start of a server. */
  readonly firstStart: FirstStart | undefined
  close(): Promise<void>
}

export interface InstallationOptions {
  readonly config: Config
  readonly log: Log
  /** `main` for the server of a data folder, `visitor` for a command that works beside it. */
  readonly role: 'main' | 'visitor'
  /** Whether to bring the database up to date first, or to refuse one that is not. */
  readonly prepares: boolean
  /** For the start of a server: what it makes when that is not there. */
  readonly makes?: { readonly wantsSandbox: boolean }
  /** Progress in plain words. */
  readonly say: (line: string) => void
  /** The embedded server is gone for good, or another process took the data folder. */
  readonly onLost?: (reason: string) => void
  /** Gives the opening up; it then rejects, after it has let go of everything. */
  readonly signal?: AbortSignal
}

/** The database has nothing of Facet's yet. */
export class NotSetUpError extends StartError {}

const leastVersion = 150_000

/** Opens the installation: the database, its migrations, its key. Throws StartError for what an operator can mend. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { config, log, signal } = options
  const database =
    config.databaseUrl === undefined ? await openEmbedded(options) : await external(config.databaseUrl, options)
  const db = openPool({
    address: database.address,
    connections: connectionsOfEach(config),
    log,
    // Of the server: a command has the time that it takes.
    ...(options.role === 'main' && { lockTimeoutMs: requestLockTimeoutMs }),
  })
  const close = async () => {
    await db.close()
    await database.release()
  }
  try {
    const ready = await withSetupLock(
      database.address,
      (client) => setUp(client, { address: database.address, db }, options),
      signal,
    )
    signal?.throwIfAborted()
    return { address: database.address, db, ...ready, close }
  } catch (error) {
    await close()
    throw config.databaseUrl === undefined ? asEmbeddedError(error) : asUrlError(error, config.databaseUrl)
  }
}

async function setUp(
  client: pg.Client,
  { address, db }: Pick<Installation, 'address' | 'db'>,
  { config, log, prepares, makes, say }: InstallationOptions,
): Promise<Pick<Installation, 'applied' | 'keys' | 'firstStart'>> {
  await refuseUnfit(client)
  if (!prepares) await refuseUnprepared(client)
  const { applied } = prepares ? await migrate(client) : { applied: [] }
  if (prepares) await installJobQueue(address)
  if (applied.length > 0) say(`Migrated the database (${applied.length} ${applied.length === 1 ? 'step' : 'steps'})`)
  const keys = await openCredentialsKey(client, config, { makes: prepares })
  const ctx: SystemCtx = {
    db,
    keys,
    log,
    publicUrl: config.publicUrl,
    now: new Date(),
    actor: { kind: 'system', id: 'first-start' },
    requestId: null,
  }
  return { applied, keys, firstStart: makes && (await prepareStart(ctx, makes)) }
}

async function refuseUnfit(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string; schemas: boolean; grant: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
       has_database_privilege(current_database(), 'create')
         or (exists (select from pg_tables where schemaname = 'graphile_worker' and tablename = 'migrations')
           and exists (select from pg_tables where schemaname = 'auth' and tablename = 'operators')) as schemas,
       format('grant create on database %I to %I', current_database(), current_user) as grant`,
  )
  const { version, encoding, schemas, grant } = rows[0] ?? {}
  if (Number(version) < leastVersion) {
    throw new StartError('DATABASE_URL leads to a PostgreSQL older than 15: upgrade it, or use another')
  }
  if (encoding !== 'UTF8') {
    throw new StartError(
      `DATABASE_URL leads to a database with the encoding ${encoding}: use one made with create database … template template0 encoding 'UTF8'`,
    )
  }
  if (!schemas) {
    throw new StartError(`DATABASE_URL's user may not make the schemas of the job queue and of operators: ${grant}`)
  }
}

async function refuseUnprepared(client: pg.Client): Promise<void> {
  if ((await pendingMigrations(client)).length === 0) return
  throw (await wasSetUp(client))
    ? new StartError('The database is not up to date with this version of Facet: run facet migrate')
    : new NotSetUpError('The database is not set up yet: run facet migrate, or facet start')
}

interface OpenDatabase {
  readonly address: DatabaseAddress
  release(): Promise<void>
}

async function external(connectionString: string, { config, prepares }: InstallationOptions): Promise<OpenDatabase> {
  if (prepares) await makeDataDir(config.dataDir)
  return { address: { connectionString }, release: async () => {} }
}

async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(`FACET_DATA_DIR: ${dataDir} cannot be made (${code}): give its parent to this user`, error)
  }
}

async function openEmbedded({ config, log, role, say, onLost, signal }: InstallationOptions): Promise<OpenDatabase> {
  try {
    const server = await openEmbeddedPostgres({
      dataDir: config.dataDir,
      role,
      say,
      signal,
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
