import { median } from './quantiles.ts'
import { type CpuSeconds, type Kind, type Leg, type Operation, operations } from './types.ts'

type CpuPart = Exclude<keyof CpuSeconds, 'wall'>

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** One line of the table. */
export interface Row {
  readonly operation: Operation
  readonly contestant: string
  readonly kind: Kind
  readonly perSecond: Spread
  /** Medians over the rounds of the ratio within each round. */
  readonly toBare: Spread | null
  readonly toPgbench: Spread | null
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** The most that the server's processes held in any of its legs. */
  readonly memoryBytes: number | null
  readonly errors: number
  /** CPU time over passed time: 1 is one core. */
  readonly cpuShare: Record<CpuPart, number | null>
  /** CPU time over requests. Other work on the machine moves it less than it moves rates. */
  readonly cpuMicros: Record<Exclude<CpuPart, 'others'>, number | null>
}

/** A create leg after which the database did not hold exactly what was acknowledged. */
export interface Mismatch {
  readonly round: number
  readonly contestant: string
  readonly acknowledged: number
  readonly rows: number
  readonly counted: number
}

/** The lines of the table, in the order in which the legs first ran. */
export function summarize(legs: readonly Leg[]): Row[] {
  const firstRound = legs.filter((leg) => leg.round === 1)
  return operations.flatMap((operation) => {
    const names = firstRound.filter((leg) => leg.operation === operation).map((leg) => leg.contestant)
    return names.map((contestant) =>
      rowOf(
        legs.filter((leg) => leg.operation === operation),
        contestant,
      ),
    )
  })
}

/** Create legs whose acknowledged writes are not what was stored. */
export function mismatchesOf(legs: readonly Leg[]): Mismatch[] {
  return legs.flatMap(({ round, contestant, acknowledged, stored }) =>
    stored === null || (stored.rows === acknowledged && stored.counted === acknowledged)
      ? []
      : [{ round, contestant, acknowledged, ...stored }],
  )
}

function rowOf(legs: readonly Leg[], contestant: string): Row {
  const own = legs.filter((leg) => leg.contestant === contestant)
  const [first] = own
  if (first === undefined) throw new Error(`${contestant} ran no leg`)
  return {
    operation: first.operation,
    contestant,
    kind: first.kind,
    perSecond: spreadOf(own.map((leg) => leg.perSecond)),
    toBare: ratio(
      own,
      legs.filter((leg) => leg.kind === 'bare'),
    ),
    toPgbench: ratio(
      own,
      legs.filter((leg) => leg.kind === 'pgbench'),
    ),
    p50Ms: median(own.map((leg) => leg.p50Ms)),
    p99Ms: median(own.map((leg) => leg.p99Ms)),
    p999Ms: median(own.map((leg) => leg.p999Ms)),
    memoryBytes: mostOf(own.map((leg) => leg.memoryBytes)),
    errors: own.reduce((sum, leg) => sum + leg.errors, 0),
    cpuShare: {
      load: shareOf(own, 'load'),
      server: shareOf(own, 'server'),
      database: shareOf(own, 'database'),
      others: shareOf(own, 'others'),
    },
    cpuMicros: {
      load: microsOf(own, 'load'),
      server: microsOf(own, 'server'),
      database: microsOf(own, 'database'),
    },
  }
}

function shareOf(legs: readonly Leg[], part: CpuPart): number | null {
  return medianOrNull(legs.map(({ cpu }) => (cpu[part] === null ? null : cpu[part] / cpu.wall)))
}

function microsOf(legs: readonly Leg[], part: CpuPart): number | null {
  return medianOrNull(
    legs.map(({ cpu, acknowledged }) =>
      cpu[part] === null || acknowledged === 0 ? null : (cpu[part] * 1e6) / acknowledged,
    ),
  )
}

/** What one contestant's rate is to another's in an operation; null where one of them took no part. */
export function ratioBetween(legs: readonly Leg[], operation: Operation, one: string, other: string): Spread | null {
  const of = (name: string) => legs.filter((leg) => leg.operation === operation && leg.contestant === name)
  return ratio(of(one), of(other))
}

/** The ratios within each round: its legs ran seconds apart, so the machine was the same for both. */
function ratio(own: readonly Leg[], others: readonly Leg[]): Spread | null {
  const ratios = own.flatMap((leg) => {
    const other = others.find(({ round }) => round === leg.round)
    return other === undefined || other.perSecond === 0 ? [] : [leg.perSecond / other.perSecond]
  })
  return ratios.length === 0 ? null : spreadOf(ratios)
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

function mostOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function medianOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : median(known)
}
