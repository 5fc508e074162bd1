import { median } from '../quantiles.ts'
import { type Spread, spreadOf } from '../summary.ts'
import type { Table } from '../tables.ts'
import { fixed, ratioText, whole } from '../texts.ts'
import { type Verdict, verdict, verdictOfSoundness } from '../verdict.ts'
import type { ScaleLeg } from './scale.ts'

const wanted = { read: 0.8, create: 0.6, createAim: 0.8, p99Ms: 25 }

/** What one operation was at each size. */
interface Line {
  readonly operation: string
  readonly kind: ScaleLeg['kind']
  /** Median rates, from the least size to the greatest. */
  readonly rates: readonly number[]
  /** In the closed loop at the greatest size: the median of the rounds. */
  readonly p99Ms: number
  /** By the clock at the greatest size; null for what is not asked so. */
  readonly clockP99Ms: Spread | null
  /** Of the greatest size to the least, within each round. */
  readonly ratio: Spread
}

function powersOf(legs: readonly ScaleLeg[]): number[] {
  return [...new Set(legs.map(({ power }) => power))].sort((a, b) => a - b)
}

function linesOf(legs: readonly ScaleLeg[]): Line[] {
  const powers = powersOf(legs)
  const [least, greatest] = [powers[0], powers.at(-1)]
  return [...new Set(legs.map(({ operation }) => operation))].map((operation) => {
    const own = legs.filter((leg) => leg.operation === operation)
    const at = (power: number | undefined) => own.filter((leg) => leg.power === power)
    const ratios = at(greatest).map((leg) => {
      const base = at(least).find(({ round }) => round === leg.round)
      return leg.perSecond / (base?.perSecond ?? Number.NaN)
    })
    const clocked = at(greatest).flatMap(({ clockP99Ms }) => (clockP99Ms === null ? [] : [clockP99Ms]))
    return {
      operation,
      kind: own[0]?.kind ?? 'read',
      rates: powers.map((power) => median(at(power).map(({ perSecond }) => perSecond))),
      p99Ms: median(at(greatest).map(({ p99Ms }) => p99Ms)),
      clockP99Ms: clocked.length === 0 ? null : spreadOf(clocked),
      ratio: spreadOf(ratios),
    }
  })
}

const sizeOf = (power: number | undefined) => `10^${power}`

/** Every operation at every size. */
export function scaleTable(legs: readonly ScaleLeg[]): Table {
  const powers = powersOf(legs)
  const sizes = powers.map(sizeOf)
  const greatest = sizes.at(-1)
  const head = [
    'operation',
    ...sizes.map((size) => `a second at ${size}`),
    `${greatest} ÷ ${sizes[0]}`,
    `p99 ms at ${greatest}`,
    `by the clock at ${greatest}: p99 ms`,
  ]
  const cells = linesOf(legs).map(({ operation, rates, ratio, p99Ms, clockP99Ms }) => [
    operation,
    ...rates.map(whole),
    ratioText(ratio),
    fixed(p99Ms, 1),
    fixed(clockP99Ms?.median ?? null, 1),
  ])
  return { title: 'by size', words: 1, cells: [head, ...cells] }
}

/** What is wanted of the greatest size; nothing of what is only told. */
export function scaleVerdicts(legs: readonly ScaleLeg[]): Verdict[] {
  const powers = powersOf(legs)
  const sizes = `10^${powers.at(-1)} ÷ ${sizeOf(powers[0])}`
  const lines = linesOf(legs)
  const reads = lines.filter(({ kind }) => kind === 'read')
  const [slowest] = reads.toSorted((a, b) => a.ratio.median - b.ratio.median)
  const create = lines.find(({ kind }) => kind === 'create')
  const [latest] = lines
    .filter(({ clockP99Ms }) => clockP99Ms !== null)
    .toSorted((a, b) => (b.clockP99Ms?.median ?? 0) - (a.clockP99Ms?.median ?? 0))
  if (slowest === undefined || create === undefined || latest === undefined || latest.clockP99Ms === null) return []
  const below = reads.filter(({ ratio }) => ratio.median < wanted.read)
  const names = below.length === 0 ? '' : `; below it: ${below.map(({ operation }) => operation).join(', ')}`
  const missing = legs.reduce((sum, leg) => sum + (leg.missing ?? 0), 0)
  const errors = legs.reduce((sum, leg) => sum + leg.errors, 0)
  return [
    verdict(
      `Reads, ${sizes}: of ${reads.length} the one that loses most (${slowest.operation})`,
      `${ratioText(slowest.ratio)}${names}`,
      String(wanted.read),
      below.length === 0,
    ),
    verdict(
      `Create as Oumla, ${sizes}`,
      ratioText(create.ratio),
      `${wanted.create}, aim ${wanted.createAim}`,
      create.ratio.median >= wanted.create,
    ),
    verdict(
      `First page, page by cursor at any depth and exact total at ${sizeOf(powers.at(-1))}, by the clock: the greatest p99 (${latest.operation})`,
      `${latest.clockP99Ms.median.toFixed(1)} ms`,
      `at most ${wanted.p99Ms} ms`,
      latest.clockP99Ms.median <= wanted.p99Ms,
    ),
    verdictOfSoundness(
      'Creates of all sizes that are stored or counted and not acknowledged, or the other way',
      whole(missing),
      'none',
      missing === 0,
    ),
    verdictOfSoundness('Requests of all sizes that failed or were refused', whole(errors), 'none', errors === 0),
  ]
}
