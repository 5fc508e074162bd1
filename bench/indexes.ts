// `npm run bench:indexes`: what each index of profiles costs a create. Every index is left out in turn, each in a
// database of its own, and pgbench sends the core's own statement to them in turn.
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../server/src/infra/db/migrate.ts'
import { createCleanup } from './cleanup.ts'
import { findPgbench, type Pgbench } from './contestants/pgbench.ts'
import { openCore } from './core.ts'
import { type Database, startDatabase } from './database.ts'
import type { Plan } from './statements.ts'

const rounds = 8
const measureMs = 2_000
const connections = 32
const seededRows = 10_000
const base = 'bench_base'

const cleanup = createCleanup()
const say = (line: string) => process.stderr.write(`${line}\n`)

interface Variant {
  readonly without: string
  readonly pgbench: Pgbench
  /** Creates a second, round by round. */
  readonly rates: number[]
  /** Bytes of write-ahead log a create, round by round. */
  readonly walBytes: number[]
}

async function inDatabase<T>(database: Database, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...database.address, database: name })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A migrated database with some profiles in it, and the statement of a create. */
async function makeBase(database: Database): Promise<readonly Plan[]> {
  await inDatabase(database, 'postgres', (client) => client.query(`create database ${base}`))
  await inDatabase(database, base, migrate)
  const own = createCleanup()
  const named = { ...database, address: { ...database.address, database: base } }
  const core = await openCore(named, { appId: randomUUID(), organizationId: randomUUID() }, seededRows, own)
  await own.run()
  return core.plans.create
}

async function makeVariant(database: Database, without: string, number: number, folder: string): Promise<Variant> {
  const name = `bench_${number}`
  await inDatabase(database, 'postgres', (client) => client.query(`create database ${name} template ${base}`))
  if (without !== '') await inDatabase(database, name, (client) => client.query(`drop index ${without}`))
  const named = { ...database, address: { ...database.address, database: name } }
  const pgbench = findPgbench({ database: named, connections, seededRows, folder }, cleanup)
  if (pgbench === undefined)
    throw new Error('This needs pgbench: install PostgreSQL (Debian: apt-get install postgresql)')
  return { without, pgbench, rates: [], walBytes: [] }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'facet-bench-'))
  chmodSync(folder, 0o711)
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }), 'folder')
  const database = await startDatabase(join(folder, 'database'), say, cleanup)
  const create = await makeBase(database)
  const indexes = await inDatabase(database, base, async (client) => {
    const found = await client.query<{ name: string }>(
      "select indexname as name from pg_indexes where tablename = 'profiles' and indexname <> 'profiles_pkey' order by 1",
    )
    return found.rows.map((row) => row.name)
  })
  const variants: Variant[] = []
  for (const without of ['', ...indexes]) variants.push(await makeVariant(database, without, variants.length, folder))
  for (let round = 0; round < rounds; round++) {
    say(`Round ${round + 1} of ${rounds}`)
    const turn = [...variants.slice(round), ...variants.slice(0, round)]
    for (const variant of turn) await runLeg(database, variant, create)
  }
  print(variants)
}

async function runLeg(
  database: Database,
  { pgbench, rates, walBytes }: Variant,
  create: readonly Plan[],
): Promise<void> {
  const position = () =>
    inDatabase(database, base, (client) => client.query('select pg_current_wal_lsn()::text as lsn'))
  const before = (await position()).rows[0].lsn
  const { perSecond, acknowledged } = await pgbench.run(create, { measureMs, warmupMs: 0 })
  const { rows } = await inDatabase(database, base, (client) =>
    client.query('select (pg_current_wal_lsn() - $1::pg_lsn)::float8 as bytes', [before]),
  )
  rates.push(perSecond)
  walBytes.push(rows[0].bytes / acknowledged)
}

/**
 * Of the rates the best round counts: other work on the machine only ever lowers one. Of the log the median counts,
 * since a checkpoint in a leg adds full pages to it.
 */
function print(variants: readonly Variant[]): void {
  const [full] = variants
  if (full === undefined) throw new Error('Nothing was measured')
  const best = ({ rates }: Variant) => Math.max(...rates)
  const lines = variants.slice(1).map((variant) => {
    const slower = (1 - best(full) / best(variant)) * 100
    const bytes = median(full.walBytes) - median(variant.walBytes)
    return `| \`${variant.without}\` | ${slower.toFixed(0)} % | ${bytes.toFixed(0)} |`
  })
  const wal = median(full.walBytes).toFixed(0)
  const head = [
    `With all indexes: ${best(full).toFixed(0)} creates a second, ${wal} bytes of write-ahead log a create.`,
    '',
    '| index | fewer creates a second with it | bytes of log more a create |',
    '| --- | ---: | ---: |',
  ]
  process.stdout.write(`${[...head, ...lines].join('\n')}\n`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void cleanup.run().finally(() => process.exit(130)))
}
try {
  await measure()
} finally {
  await cleanup.run()
}
