import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { DatabaseError, type Db } from '../../core/db.ts'
import { DomainFault } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'

/** Where a database is: a URL, or the parts of a local one. */
export type DatabaseAddress =
  | { readonly connectionString: string }
  | {
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      readonly database: string
      /** Said of a Unix socket, so that PGSSLMODE of the environment does not ask for TLS on it. */
      readonly ssl?: false
    }

export interface PoolOptions {
  readonly address: DatabaseAddress
  readonly connections: number
  readonly log: Log
  /**
   * Prefer an index even where a table is empty: for statements on tables that shrink to nothing and grow in bursts,
   * since a plan that is prepared while such a table is empty stays when it is full.
   */
  readonly byIndex?: boolean
  /** How long a statement waits for what another transaction holds; it fails with `change_blocked` then. Unset: as long as it may take. */
  readonly lockTimeoutMs?: number
}

/** The Db over a pool, with what its owner needs to end it. */
export interface PooledDb extends Db {
  /** Ends idle connections, and waits a second for those that still work for somebody who has gone. */
  close(): Promise<void>
}

const connectTimeoutMs = 5_000
const closeTimeoutMs = 1_000
const statementTimeoutMs = 30_000
/** Of statements that a request waits for: longer than PostgreSQL takes to find a deadlock, which it tells better. */
export const requestLockTimeoutMs = 2_000

/** Opens a pool. Nothing is connected before the first statement. */
export function openPool({ address, connections, log, byIndex = false, lockTimeoutMs }: PoolOptions): PooledDb {
  const pool = new pg.Pool({
    ...address,
    max: connections,
    application_name: 'facet',
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    // Of a server that does not answer at all.
    query_timeout: statementTimeoutMs + connectTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    ...(lockTimeoutMs !== undefined && { lock_timeout: lockTimeoutMs }),
    ...(byIndex && { options: '-c enable_seqscan=off' }),
  })
  // Without a listener, a server that ends idle connections would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'An idle database connection ended'))
  const handlers: NoticeHandler[] = []
  const tell: NoticeHandler = (...notice) => {
    for (const handler of handlers) handler(...notice)
  }
  return {
    inTransaction: false,
    query: (text, values) => execute(pool, text, values),
    async transaction(work) {
      const told: Notice[] = []
      try {
        return await inTransaction(pool, work, told)
      } finally {
        // Of a commit that fails nobody knows whether it took place.
        for (const notice of told) tell(...notice)
      }
    },
    async notify(...notice) {
      await execute(pool, notifyText, notice)
      tell(...notice)
    },
    onNotify: (handler) => void handlers.push(handler),
    close: async () => void (await Promise.race([pool.end(), wait(closeTimeoutMs, undefined, { ref: false })])),
  }
}

type Notice = readonly [channel: string, payload: string]
type NoticeHandler = (...notice: Notice) => void

/** A statement of its own: on Citus one that touches a table runs where its rows are, and nobody listens there. */
const notifyText = 'select pg_notify($1, $2)'

async function inTransaction<T>(pool: pg.Pool, work: (db: Db) => Promise<T>, told: Notice[]): Promise<T> {
  const client = await pool.connect().catch((error) => Promise.reject(translate(error)))
  const db: Db = {
    inTransaction: true,
    query: (text, values) => execute(client, text, values),
    transaction: (inner) => inner(db),
    async notify(...notice) {
      await execute(client, notifyText, notice)
      told.push(notice)
    },
    onNotify() {
      throw new Error('A transaction has no handlers: they are of what outlives it')
    },
  }
  let broken: Error | undefined
  // An idle connection in a transaction that ends would otherwise be an uncaught error.
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await execute(client, 'begin', [])
    const result = await work(db)
    await commit(client)
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/**
 * Commits, or throws: of a transaction in which a statement failed, PostgreSQL makes a rollback and calls it done.
 */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((error) => Promise.reject(translate(error)))
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back: a statement in it had failed')
}

const names = new Map<string, string>()

/** A statement's name: a hash of its text, so that one text is prepared once a connection. */
function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 22)
    names.set(text, name)
  }
  return name
}

async function execute<Row>(target: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[]): Promise<Row[]> {
  try {
    const result = await target.query({ name: nameOf(text), text, values: values as unknown[] })
    return result.rows
  } catch (error) {
    throw translate(error)
  }
}

/** Classes and states in which the server is there but cannot serve: shutting down, starting, full, timed out. */
const unavailableStates = /^(08|53|57P|58|25P03)/
const queryCanceled = '57014'
const lockNotAvailable = '55P03'
const blockedRetryMs = 1_000

/**
 * The core's error for a driver's: DatabaseError for what the server refused, `database_unavailable` when it could not
 * be asked. After a lost connection the outcome of a write is unknown, so it is never repeated here.
 */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    if (error.code === lockNotAvailable) {
      return new DomainFault({ code: 'change_blocked', retryAfterMs: blockedRetryMs }, error)
    }
    if (error.code === queryCanceled) return new DomainFault({ code: 'query_too_slow' }, error)
    if (unavailableStates.test(error.code)) return new DomainFault({ code: 'database_unavailable' }, error)
    return new DatabaseError(error.message, error.code, constraintStem(error), error)
  }
  // A value that the driver cannot write is a mistake of ours, not an outage.
  if (error instanceof TypeError || error instanceof RangeError) return error
  return new DomainFault({ code: 'database_unavailable' }, error)
}

/**
 * The name of the broken constraint. On Citus the field is empty and the message names the shard's constraint, which
 * is ours with the shard's number behind it.
 */
function constraintStem(error: pg.DatabaseError): string | undefined {
  const name = error.constraint ?? /constraint "([^"]+)"/.exec(error.message)?.[1]
  return name?.replace(/_\d{5,}$/, '')
}
