import type { Cleanup } from '../cleanup.ts'
import type { Load } from '../load-client.ts'
import type { PhaseResult } from '../load-phase.ts'
import { type Options, partRounds } from '../options.ts'
import { rotated, waitForQuiet } from '../rounds.ts'
import type { Stage } from '../stage.ts'
import type { Latencies, Stored } from '../types.ts'
import { undisturbed } from '../undisturbed.ts'
import { type ScaleOperation, scaleOperations } from './operations.ts'
import { openSites, type Site } from './sites.ts'

/** One operation at one size, in one round. */
export interface ScaleLeg extends Latencies {
  readonly round: number
  readonly operation: string
  readonly kind: ScaleOperation['kind']
  readonly power: number
  /** Of the closed loop, as are the latencies. */
  readonly perSecond: number
  /** Answers of 503 among them, in both loops. */
  readonly errors: number
  readonly firstError?: string
  /** At a usual rate, by the clock; null for what is not asked so. */
  readonly clockP99Ms: number | null
  /** How many creates more, or fewer, are stored or counted than were acknowledged; null for reads. */
  readonly missing: number | null
}

const warmupMs = 200
const measureMs = 500
const clockPerSecond = 500
const clockMs = 500
const clockConnections = 32
/**
 * Before the first round, for each operation at each size: code is compiled by then, connections are open, and most of what gets ask for
 * was asked for before.
 */
const firstMs = { read: 1_500, 'deep skip': 300, create: 300 } as const

/** Measures every read, and creates, in databases of each size, one size after the other within each operation of a round. */
export async function measureScale(
  stage: Stage,
  options: Options,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<ScaleLeg[]> {
  const sites = await openSites(options.scale, stage.folder, say, cleanup)
  const renewAll = () =>
    undisturbed('signing in', () => Promise.all(sites.all.map(({ people }) => people.renewAccesses())), say)
  say('Warming up …')
  await renewAll()
  for (const operation of scaleOperations) {
    for (const site of sites.all)
      await closed(stage.load, operation, site, { warmupMs: 0, measureMs: firstMs[operation.kind] })
  }
  const legs: ScaleLeg[] = []
  for (let round = 1; round <= partRounds(options); round++) {
    await renewAll()
    for (const operation of scaleOperations) {
      const own: ScaleLeg[] = []
      const there = rotated(sites.all, round - 1)
      // There and back: what the machine loses meanwhile, it takes from all sizes alike.
      for (const site of [...there, ...there.toReversed()]) {
        await site.settle()
        await waitForQuiet(options.patience * 1_000)
        const what = `${operation.name} at 10^${site.power}`
        own.push(await undisturbed(what, () => runLeg(stage.load, operation, site, round), say))
      }
      const both = there.map(({ power }) => together(own.filter((leg) => leg.power === power)))
      legs.push(...both)
      say(progressOf(both, round, partRounds(options)))
    }
  }
  return legs
}

/** The two legs of one operation at one size as one: their mean rate, and the longer times. */
function together(legs: readonly ScaleLeg[]): ScaleLeg {
  const [first] = legs
  if (first === undefined) throw new Error('The leg is missing')
  const most = (read: (leg: ScaleLeg) => number) => Math.max(...legs.map(read))
  const sum = (read: (leg: ScaleLeg) => number) => legs.reduce((total, leg) => total + read(leg), 0)
  const firstError = legs.find((leg) => leg.firstError !== undefined)?.firstError
  return {
    ...first,
    perSecond: sum(({ perSecond }) => perSecond) / legs.length,
    p50Ms: most(({ p50Ms }) => p50Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    p999Ms: most(({ p999Ms }) => p999Ms),
    errors: sum(({ errors }) => errors),
    ...(firstError === undefined ? {} : { firstError }),
    clockP99Ms: first.clockP99Ms === null ? null : most(({ clockP99Ms }) => clockP99Ms ?? 0),
    missing: first.missing === null ? null : sum(({ missing }) => missing ?? 0),
  }
}

async function runLeg(load: Load, operation: ScaleOperation, site: Site, round: number): Promise<ScaleLeg> {
  const writes = operation.kind === 'create'
  const before = writes ? await site.countStored() : undefined
  const { acknowledged, cpuSeconds: _, ...measured } = await closed(load, operation, site, { warmupMs, measureMs })
  const after = before && (await site.countStored())
  const { name, kind, byTheClock } = operation
  const clocked = byTheClock ? await askClocked(load, operation, site) : undefined
  const firstError = measured.firstError ?? clocked?.firstError
  return {
    ...{ round, operation: name, kind, power: site.power, ...measured },
    clockP99Ms: clocked?.p99Ms ?? null,
    errors: measured.errors + (clocked === undefined ? 0 : clocked.errors + clocked.refused.count),
    ...(firstError === undefined ? {} : { firstError }),
    missing: before && after ? missingOf(before, after, acknowledged) : null,
  }
}

function closed(
  load: Load,
  { ask, connections }: ScaleOperation,
  { facet, draws, rows }: Site,
  time: { readonly warmupMs: number; readonly measureMs: number },
) {
  const { host, port } = facet
  return load.measure({ host, port, ...ask(facet, draws, rows), ...time, connections, seededRows: 0 })
}

async function askClocked(load: Load, { ask }: ScaleOperation, { facet, draws, rows }: Site): Promise<PhaseResult> {
  const { host, port } = facet
  const phases = [{ perSecond: clockPerSecond, ms: clockMs, whenBusy: 'wait' }] as const
  const leg = { host, port, ...ask(facet, draws, rows), connections: clockConnections, seededRows: 0, phases }
  const {
    phases: [found],
  } = await load.measureByTheClock(leg)
  if (found === undefined) throw new Error('The phase is missing')
  return found
}

function missingOf(before: Stored, after: Stored, acknowledged: number): number {
  const [rows, counted] = [after.rows - before.rows, after.counted - before.counted]
  return Math.max(Math.abs(rows - acknowledged), Math.abs(counted - acknowledged))
}

function progressOf(legs: readonly ScaleLeg[], round: number, rounds: number): string {
  const sorted = legs.toSorted((a, b) => a.power - b.power)
  const rates = sorted.map(({ power, perSecond }) => `10^${power} ${Math.round(perSecond)}/s`)
  const errors = legs.find(({ firstError }) => firstError !== undefined)?.firstError
  return `  round ${round}/${rounds}  ${(legs[0]?.operation ?? '').padEnd(30)} ${rates.join('  ')}${errors === undefined ? '' : `  AN ERROR: ${errors}`}`
}
