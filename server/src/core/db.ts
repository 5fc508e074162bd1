import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import type { OffsetPage } from './pagination.ts'
import type { Tables } from './tables.ts'

/** The database as the core sees it. Every statement is prepared once a connection, under a name made of its text. */
export interface Db {
  readonly inTransaction: boolean
  /** Runs one statement. Throws DatabaseError, or DomainFault `database_unavailable`, `query_too_slow`, `change_blocked`. */
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>
  /** Runs work on one connection between BEGIN and COMMIT; rolls back and rethrows when it throws. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Tells every process that listens on the channel, once it is committed. Throws the same. */
  notify(channel: string, payload: string): Promise<void>
  /** Calls the handler with what this process tells so, once the transaction has ended, however it did, and before who told it goes on. */
  onNotify(handler: (channel: string, payload: string) => void): void
}

/** A statement that PostgreSQL refused. `constraint` is the constraint's stem, without a shard's number. */
export class DatabaseError extends Error {
  readonly sqlState: string
  readonly constraint: string | undefined

  constructor(message: string, sqlState: string, constraint: string | undefined, cause: unknown) {
    super(message, { cause })
    this.name = 'DatabaseError'
    this.sqlState = sqlState
    this.constraint = constraint
  }
}

/** Builds statements for what is not hot; run them with `run`. It has no connection of its own. */
export const sqlBuilder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

const pageSizes = [16, 64, 256]

/**
 * The first `limit` rows of an ordered query; `parameter` holds the limit. Throws RangeError above 256. The number is there for the
 * planner: for a bare parameter it expects a tenth of the table, so that a general plan looks dear and the statement
 * is planned anew each time, which takes longer than running it. One of three numbers, and not the
 * limit itself, since each text is prepared on each connection.
 */
export function firstRows(query: string, limit: number, parameter: string): string {
  const most = pageSizes.find((size) => limit <= size)
  if (most === undefined) throw new RangeError(`A page of ${limit} rows`)
  return `select * from (${query} limit ${most}) page limit ${parameter}`
}

const reaches = [16, 256, 4_096, 16_384]

/**
 * One page of an ordered query; the parameters hold its `skip` and `take`. Throws RangeError for more than 256 rows. How far it reaches is
 * told the planner in steps too, up to 16,384: it would expect a tenth of the table to be skipped.
 */
export function pageRows(
  query: string,
  { skip, take }: OffsetPage,
  parameters: { skip: string; take: string },
): string {
  const reach = reaches.find((size) => skip + take <= size)
  const near = reach === undefined ? query : `select * from (${query} limit ${reach}) near`
  return firstRows(`${near} offset ${parameters.skip}::bigint`, take, parameters.take)
}

/** Runs a built statement and gives its rows. */
export function run<Row>(ctx: { readonly db: Db }, statement: Compilable<Row>): Promise<Row[]> {
  const { sql, parameters } = statement.compile()
  return ctx.db.query<Row>(sql, parameters)
}
