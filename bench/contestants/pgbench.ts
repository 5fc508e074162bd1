import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { countSlots } from '../../server/src/core/count-slots.ts'
import { type Cleanup, endChild } from '../cleanup.ts'
import type { Database } from '../database.ts'
import { latenciesOf } from '../quantiles.ts'
import { firstSeeded, newReferences } from '../references.ts'
import type { Drawn, Plan } from '../statements.ts'
import type { Latencies, LegTime, Measured } from '../types.ts'

const debianFolder = '/usr/lib/postgresql'
/** The share of transactions whose latency is written down: writing all of them would slow it. */
const sampledShare = 0.1
/** Two threads, as there are two cores for the 32 connections of the usual run. */
const threads = 2

export interface Pgbench {
  readonly version: string
  /** Runs the plans of one operation as one script: as often as it can, or so many times a second, and latencies count from when each was due. */
  run(plans: readonly Plan[], time: LegTime, perSecond?: number): Promise<Measured>
}

export interface PgbenchOptions {
  readonly database: Database
  readonly connections: number
  readonly seededRows: number
  readonly folder: string
}

/** The machine's pgbench, or undefined when it has none. */
export function findPgbench(options: PgbenchOptions, cleanup: Cleanup): Pgbench | undefined {
  for (const path of candidates()) {
    try {
      const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
      return {
        version,
        run: (plans, time, perSecond) => runPgbench(path, plans, { time, perSecond }, options, cleanup),
      }
    } catch {}
  }
  return undefined
}

function candidates(): string[] {
  try {
    const newestFirst = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a))
    return [...newestFirst.map((version) => join(debianFolder, version, 'bin/pgbench')), 'pgbench']
  } catch {
    return ['pgbench']
  }
}

async function runPgbench(
  path: string,
  plans: readonly Plan[],
  { time, perSecond }: { readonly time: LegTime; readonly perSecond: number | undefined },
  { database, connections, seededRows, folder }: PgbenchOptions,
  cleanup: Cleanup,
): Promise<Measured> {
  const { host, port, user, password, database: name } = database.address
  const own = await mkdtemp(join(folder, 'pgbench-'))
  const script = join(own, 'script.sql')
  const { text, constants } = scriptOf(plans, seededRows)
  await writeFile(script, text)
  // It counts in whole seconds and has no warm-up; it reports each second, and the first is left out.
  const seconds = 1 + Math.ceil(time.measureMs / 1_000)
  const flags = ['-n', '-M', 'prepared', '-c', connections, '-j', threads, '-T', seconds, '-P', 1, '-f', script]
  const sampling = ['-l', '--log-prefix', join(own, 'log'), '--sampling-rate', sampledShare]
  const pace = perSecond === undefined ? [] : ['-R', Math.round(perSecond)]
  const fixed = constants.flatMap((constant) => ['-D', constant])
  const where = ['-h', host, '-p', port, '-U', user, name]
  const running = promisify(execFile)(path, [...flags, ...pace, ...sampling, ...fixed, ...where].map(String), {
    env: { ...process.env, PGPASSWORD: password },
  })
  cleanup.add(() => endChild(running.child))
  try {
    const { stdout, stderr } = await running
    return { ...readOutput(stdout, stderr), ...(await readLatencies(own)) }
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

/** How pgbench draws a parameter: its own variables, and SQL where it has no such type. */
const drawing: Record<Drawn, { readonly set: string; readonly sql: string }> = {
  id: { set: '', sql: 'uuidv7()' },
  eventId: { set: '', sql: 'uuidv7()' },
  uid: { set: '\\set uid random(100000000000, 999999999999)', sql: ':uid' },
  longId: {
    set: '\\set tail random(0, 9999999999)',
    sql: '(floor(extract(epoch from now())) * 10000000000 + :tail)',
  },
  number: { set: '\\set number random(1, 9007199254740991)', sql: ':number' },
  at: { set: '', sql: 'now()' },
  reference: {
    set: `\\set reference random(${newReferences.least}, ${newReferences.most})`,
    sql: ':reference',
  },
  // One for each connection: two that took the same one would wait for each other's commit.
  slot: { set: `\\set slot :client_id % ${countSlots}`, sql: ':slot' },
}

interface Script {
  readonly text: string
  /** Variables that stay as they are, for the command line. */
  readonly constants: readonly string[]
}

function scriptOf(plans: readonly Plan[], seededRows: number): Script {
  const seeded = `\\set reference random(${firstSeeded}, ${firstSeeded + seededRows - 1})`
  const constants: string[] = []
  const lines = plans.flatMap((plan, order) => {
    const names = [...new Set(plan.drawn.map(({ as }) => as))]
    const creates = names.includes('id')
    const sets = names.map((name) => (name === 'reference' && !creates ? seeded : drawing[name].set))
    return [...sets.filter((set) => set !== ''), `${statementOf(plan, order, constants)};`]
  })
  return { text: `${lines.join('\n')}\n`, constants }
}

/**
 * The statement with pgbench's names for its parameters. What stays the same is a parameter too, as it is for the
 * servers: a constant in the text would let PostgreSQL plan better than it can for them. Only null is written out.
 */
function statementOf({ text, values, drawn }: Plan, order: number, constants: string[]): string {
  const names = new Map(drawn.map(({ index, as }) => [index, as]))
  return text.replace(/\$(\d+)/g, (_, number: string) => {
    const index = Number(number) - 1
    const name = names.get(index)
    if (name !== undefined) return drawing[name].sql
    const value = values[index]
    if (value === null || value === undefined) return 'null'
    const constant = `constant_${order}_${number}`
    constants.push(`${constant}=${Array.isArray(value) ? `{${value.join(',')}}` : value}`)
    return `:${constant}`
  })
}

function readOutput(stdout: string, stderr: string): Omit<Measured, keyof Latencies> {
  const processed = /transactions actually processed: (\d+)/.exec(stdout)?.[1]
  if (processed === undefined) throw new Error(`pgbench said nothing of what it did:\n${stderr}`)
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0)
  const rates = [...stderr.matchAll(/^progress: [\d.]+ s, ([\d.]+) tps/gm)].map((match) => Number(match[1]))
  // On a machine that stands still for a while it may come to say something once only.
  const measured = rates.length > 1 ? rates.slice(1) : rates
  if (measured.length === 0) throw new Error(`pgbench reported no progress:\n${stderr}`)
  return {
    perSecond: measured.reduce((sum, rate) => sum + rate, 0) / measured.length,
    acknowledged: Number(processed),
    errors: failed,
  }
}

/** Latencies of the sampled transactions past the first second; a line's third field is one in microseconds. */
async function readLatencies(folder: string): Promise<Latencies> {
  const files = readdirSync(folder).filter((name) => name.startsWith('log'))
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))
  const samples = texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.split(' ').map(Number))
    .map(([, , micros = Number.NaN, , second = 0, fraction = 0]) => ({
      ms: micros / 1_000,
      at: second + fraction / 1e6,
    }))
    .filter(({ ms }) => !Number.isNaN(ms))
  const first = samples.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
  return latenciesOf(samples.filter(({ at }) => at >= first + 1).map(({ ms }) => ms))
}
