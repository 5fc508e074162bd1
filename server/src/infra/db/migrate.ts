import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { StartError } from '../installation/start-error.ts'
import type { DatabaseAddress } from './pool.ts'

const folder = new URL('../../../migrations/', import.meta.url)
// Every start of every node takes it in turn. The bytes of 'facet'.
const migrationLock = 0x66_61_63_65_74n

/** Migrations that this start applied, by file name. */
export interface MigrationReport {
  readonly applied: readonly string[]
}

/** No connection to the database; the cause says why, and may repeat the address with its password. */
export class ConnectError extends Error {
  constructor(cause: unknown) {
    super('The database gives no connection', { cause })
    this.name = 'ConnectError'
  }
}

/**
 * Runs work while no other node migrates or makes first-start data: under one session advisory lock, which a crash
 * frees. The signal cuts the connection, also while the lock is another node's. Throws ConnectError.
 */
export async function withSetupLock<T>(
  address: DatabaseAddress,
  work: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  const client = await connect(address)
  const cut = () => void client.end().catch(() => {})
  signal?.addEventListener('abort', cut)
  try {
    signal?.throwIfAborted()
    await client.query('select pg_advisory_lock($1)', [migrationLock.toString()])
    return await work(client)
  } finally {
    signal?.removeEventListener('abort', cut)
    await client.end().catch(() => {})
  }
}

async function connect(address: DatabaseAddress): Promise<pg.Client> {
  try {
    const client = new pg.Client({ ...address, application_name: 'facet setup', connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    await client.connect()
    return client
  } catch (error) {
    throw new ConnectError(error)
  }
}

/**
 * Applies the migrations that the database has not seen, each in a transaction. Forward only; a database that is
 * ahead of this code is left as it is, since old nodes run on while new ones come. Throws StartError.
 */
export async function migrate(client: pg.Client): Promise<MigrationReport> {
  await client.query(
    `create table if not exists schema_migrations (
       name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
  )
  const pending = await pendingMigrations(client)
  for (const migration of pending) await apply(client, migration)
  return { applied: pending.map(({ name }) => name) }
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Whether any start or `facet migrate` has ever worked on the database. */
export async function wasSetUp(client: pg.Client): Promise<boolean> {
  return (await appliedMigrations(client)).size > 0
}

/** The migrations that the database has not seen. Throws StartError when a file that was applied has been changed since. */
export async function pendingMigrations(client: pg.Client): Promise<Migration[]> {
  const known = await appliedMigrations(client)
  const pending: Migration[] = []
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
    const sql = await readFile(new URL(name, folder), 'utf8')
    const checksum = createHash('sha256').update(sql).digest('hex')
    const before = known.get(name)
    if (before === undefined) pending.push({ name, sql, checksum })
    else if (before !== checksum) {
      throw new StartError(
        `Migration ${name} was changed after it had been applied. Restore the file; write a new one.`,
      )
    }
  }
  return pending
}

async function appliedMigrations(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const table = await client.query<{ name: string | null }>("select to_regclass('schema_migrations') as name")
  if (table.rows[0]?.name === null) return new Map()
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations',
  )
  return new Map(rows.map((row) => [row.name, row.checksum]))
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of statementsOf(sql)) await client.query(statement)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new StartError(`Migration ${name} failed: ${(error as Error).message}`, error)
  }
}

/** One statement a query: Citus refuses several DDL commands in one. Files hold no `;` but at the end of statements. */
function statementsOf(sql: string): string[] {
  const bare = sql.replace(/^\s*--.*$/gm, '')
  return bare
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
