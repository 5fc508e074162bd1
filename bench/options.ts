import { parseArgs } from 'node:util'
import { type Operation, operations } from './types.ts'

/** What is measured beside the contestants' operations. */
export const parts = ['clock', 'scale', 'webhooks', 'logins', 'pictures', 'wallets'] as const
export type Part = (typeof parts)[number]

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  /** Profiles that are there before the first leg, and that gets ask for. */
  readonly rows: number
  readonly only: readonly Operation[]
  readonly parts: readonly Part[]
  /** Contestants whose name contains this take part. */
  readonly who: string
  /** The sizes of the scale part: how many profiles, as powers of ten. */
  readonly scale: readonly number[]
  /** Seconds that each leg waits for other work on the machine to pause. */
  readonly patience: number
  /** Writes docs/performance.md from this run. */
  readonly write: boolean
  /** FACET_WORKERS of the Facet that everything but the sizes is asked of. */
  readonly workers: string
}

/** What holds when the command line says nothing. */
export const defaults = {
  rounds: 5,
  seconds: 2,
  connections: 32,
  rows: 10_000,
  scale: '4,5,6,7',
  patience: 0,
  workers: '1',
} as const

export const usage = `npm run bench -- [options]
  --rounds <n>       rounds of every contestant, in turn (${defaults.rounds}); the parts have at most three
  --seconds <n>      measured seconds of one leg (${defaults.seconds})
  --connections <n>  connections of the load (${defaults.connections})
  --rows <n>         profiles before the first leg (${defaults.rows})
  --only <text>      only what begins so: create, get, list, ${parts.join(', ')}
  --who <text>       only contestants whose name contains this: Oumla, native, Ona, bare, pgbench, …
  --scale <n,n>      how many profiles the scale part has, as powers of ten (${defaults.scale})
  --patience <n>     wait up to so many seconds before each leg until the rest of the machine is quiet (${defaults.patience})
  --workers <n|auto> FACET_WORKERS of Facet, but for the scale part's (${defaults.workers})
  --write            write docs/performance.md from this run, if it is sound; not with --only, --who, --scale or --workers

Exit codes: 0 all that is wanted was reached; 1 the run failed, or is not sound, since rows were lost or requests failed; 2 an option is
wrong; 3 the run is sound, and something that is wanted was not reached or could not be judged.
`

/** Reads the command line. Throws Error with words for the person at the terminal. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: String(defaults.rounds) },
      seconds: { type: 'string', default: String(defaults.seconds) },
      connections: { type: 'string', default: String(defaults.connections) },
      rows: { type: 'string', default: String(defaults.rows) },
      only: { type: 'string', default: '' },
      who: { type: 'string', default: '' },
      scale: { type: 'string', default: defaults.scale },
      patience: { type: 'string', default: String(defaults.patience) },
      workers: { type: 'string', default: defaults.workers },
      write: { type: 'boolean', default: false },
    },
  })
  const only = operations.filter((operation) => operation.startsWith(values.only))
  const chosen = values.who === '' ? parts.filter((part) => part.startsWith(values.only)) : []
  if (only.length === 0 && chosen.length === 0)
    throw new Error(`--only ${values.only} is the beginning of nothing that is measured`)
  const part = values.only !== '' || values.who !== '' || values.scale !== defaults.scale
  if (values.write && (part || values.workers !== defaults.workers))
    throw new Error('--write takes a whole and usual run: leave out --only, --who, --scale and --workers')
  return {
    rounds: count('rounds', values.rounds, 1000),
    seconds: count('seconds', values.seconds, 600),
    // PostgreSQL takes 100 connections; the servers' pools and the bench itself need about 40 of them.
    connections: count('connections', values.connections, 48),
    rows: count('rows', values.rows, 1_000_000),
    only,
    parts: chosen,
    who: values.who,
    // 10^7 profiles are 8 GB with their indexes.
    scale: values.scale.split(',').map((power) => count('scale', power, 7, 2)),
    patience: count('patience', values.patience, 600, 0),
    write: values.write,
    // The embedded PostgreSQL has no more connections for them than that.
    workers: values.workers === 'auto' ? 'auto' : String(count('workers', values.workers, 9)),
  }
}

/** The parts are of many legs each, or of long ones: three rounds of them tell enough. */
export function partRounds({ rounds }: Options): number {
  return Math.min(rounds, 3)
}

function count(name: string, text: string, most: number, least = 1): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, not ${text}`)
}
