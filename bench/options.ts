import { parseArgs } from 'node:util'
import { type Operation, operations } from './types.ts'

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  /** Profiles that are there before the first leg, and that gets ask for. */
  readonly rows: number
  readonly only: readonly Operation[]
  /** Whether deliveries are measured too. */
  readonly webhooks: boolean
  /** Whether logins are measured too. */
  readonly logins: boolean
  /** Whether pictures are made too. */
  readonly pictures: boolean
  /** Whether wallets are made too. */
  readonly wallets: boolean
  /** Contestants whose name contains this take part. */
  readonly who: string
  /** Seconds that each leg waits for other work on the machine to pause. */
  readonly patience: number
  /** Writes docs/performance.md from this run. */
  readonly write: boolean
  /** Runs the HTTP servers under Node's CPU profiler. */
  readonly profile: boolean
}

/** What holds when the command line says nothing. */
export const defaults = { rounds: 5, seconds: 3, connections: 32, rows: 10_000, patience: 0 } as const

export const usage = `npm run bench -- [options]
  --rounds <n>       rounds of every contestant, in turn (${defaults.rounds})
  --seconds <n>      measured seconds of one leg (${defaults.seconds})
  --connections <n>  connections of the load (${defaults.connections})
  --rows <n>         profiles before the first leg (${defaults.rows})
  --only <text>      only what begins so: create, get, list, webhooks, logins, pictures, wallets
  --who <text>       only contestants whose name contains this: Oumla, native, bare, pgbench
  --patience <n>     wait up to so many seconds before each leg until the rest of the machine is quiet (${defaults.patience})
  --write            write docs/performance.md from this run
  --profile          write CPU profiles of the servers beside the result; the figures then mean little
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
      patience: { type: 'string', default: String(defaults.patience) },
      who: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  const only = operations.filter((operation) => operation.startsWith(values.only))
  const webhooks = 'webhooks'.startsWith(values.only) && values.who === ''
  const logins = 'logins'.startsWith(values.only) && values.who === ''
  const pictures = 'pictures'.startsWith(values.only) && values.who === ''
  const wallets = 'wallets'.startsWith(values.only) && values.who === ''
  if (only.length === 0 && !webhooks && !logins && !pictures && !wallets)
    throw new Error(`--only ${values.only} is the beginning of no operation`)
  if (values.write && (values.only !== '' || values.who !== '' || values.profile)) {
    throw new Error('--write takes a whole run: leave out --only, --who and --profile')
  }
  return {
    rounds: count('rounds', values.rounds, 1000),
    seconds: count('seconds', values.seconds, 600),
    // PostgreSQL takes 100 connections; the servers' pools and the bench itself need about 40 of them.
    connections: count('connections', values.connections, 48),
    rows: count('rows', values.rows, 1_000_000),
    only,
    webhooks,
    logins,
    pictures,
    wallets,
    who: values.who,
    patience: count('patience', values.patience, 600, 0),
    write: values.write,
    profile: values.profile,
  }
}

function count(name: string, text: string, most: number, least = 1): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, not ${text}`)
}
