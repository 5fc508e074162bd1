import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { mostYoung } from '../server/src/http/admission.ts'
import type { Cleanup } from './cleanup.ts'
import { createsOf } from './contestants/dialects.ts'
import type { Facet } from './contestants/facet.ts'
import { names } from './entries.ts'
import { type Gaps, measureGaps } from './gaps.ts'
import type { LoadCost } from './load-client.ts'
import type { OpenLeg, OpenResult, Phase } from './load-open.ts'
import { type PhaseResult, type Window, windowMs } from './load-phase.ts'
import { type Options, partRounds } from './options.ts'
import { median } from './quantiles.ts'
import { measureRefusing } from './refusing.ts'
import { waitForQuiet } from './rounds.ts'
import { type Stage, startBeside } from './stage.ts'
import type { Latencies, Leg } from './types.ts'
import { undisturbed } from './undisturbed.ts'

/** What one round of creates by the clock found: at half of the peak, at three times of it, and at half of it again. */
export interface ClockRound {
  readonly half: PhaseResult
  /** Of pgbench, which sends a row a statement from C and without HTTP, at the same rate just before; undefined where there is none. */
  readonly database: Latencies | undefined
  readonly overload: PhaseResult
  readonly after: PhaseResult
  /** From the end of the overload until answers are as they were; null when they were not before the round ended. */
  readonly recoveryMs: number | null
  /** What the load generator took of one core, at half of the peak and in the overload and behind it. */
  readonly loadShare: { readonly half: number; readonly overload: number }
  /** How far the rows and the count are from what was acknowledged; 0 in a sound run. */
  readonly missing: number
}

/** Creates by the clock of one Facet. */
export interface ClockPart {
  /** How many of its processes serve HTTP. */
  readonly processes: number
  /** Its answers a second of the closed loop, as all contestants are asked. */
  readonly peak: number
  /** Of the machine itself, just before. */
  readonly gaps: Gaps
  /** The share of a core that a server which only refuses takes for what is over the peak in the overload; null where it is not known. */
  readonly refusing: number | null
  readonly rounds: readonly ClockRound[]
}

export const overloadTimes = 3
/** Of the Facet that is started for this, beside the first one, on the same PostgreSQL. */
const connectionsOfWide = 16
const halfConnections = 64
/** As many as all processes take at once, and as many as one takes for what is refused. */
export const overloadConnections = (processes: number) => mostYoung * (processes + 1)
const warmupMs = 1_000
const halfMs = 10_000
export const overloadMs = 5_000
const afterMs = 3_000
/** Answers are as they were when so many windows in a row are. */
const steadyWindows = 3
/** What the load is warned of: the rest of a core it needs to be on time. */
export const muchLoad = 0.8

interface Site {
  readonly facet: Facet
  readonly processes: number
  readonly peak: number
}

/**
 * Measures creates as Oumla by the clock, at rates that follow from the peak of the closed loop: of the Facet of the other parts, and, where
 * there are more cores, of one with a process for each.
 */
export async function measureByTheClock(
  stage: Stage,
  options: Options,
  legs: readonly Leg[],
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<ClockPart[]> {
  const sites = await openSites(stage, options, legs, cleanup)
  const parts: (Pick<ClockPart, 'processes' | 'peak' | 'refusing'> & { rounds: ClockRound[] })[] = []
  for (const { facet, processes, peak } of sites) {
    const asked = { ...createsOf(facet).oumla, connections: overloadConnections(processes), seededRows: 0 }
    const refusing = await measureRefusing(stage.load, asked, (overloadTimes - 1) * peak, cleanup)
    parts.push({ processes, peak, refusing, rounds: [] })
  }
  const gaps = await measureGaps(cleanup)
  for (let round = 1; round <= partRounds(options); round++) {
    for (const [index, site] of sites.entries()) {
      await waitForQuiet(options.patience * 1_000)
      const found = await undisturbed('by the clock', () => runRound(stage, site), say)
      parts[index]?.rounds.push(found)
      say(`${round}/${partRounds(options)}  ${progressOf(site, found)}`)
    }
  }
  return parts.map((part) => ({ ...part, gaps }))
}

function progressOf({ processes, peak }: Site, { half, database, overload, recoveryMs }: ClockRound): string {
  const besideDatabase = database === undefined ? '' : ` (pgbench ${database.p99Ms.toFixed(1)})`
  const { acknowledgedPerSecond, refused, lost, errors, firstError } = overload
  const failed = `${errors} errors${firstError === undefined ? '' : ` (${firstError})`}`
  return `by the clock  processes: ${processes}, half of ${Math.round(peak)}/s: p99 ${half.p99Ms.toFixed(1)} ms${besideDatabase}  ${overloadTimes} ×: ${Math.round(acknowledgedPerSecond)}/s answered, ${refused.count} refused, ${lost} without a connection, ${failed}  recovered in ${recoveryMs ?? '–'} ms`
}

async function openSites(stage: Stage, options: Options, legs: readonly Leg[], cleanup: Cleanup): Promise<Site[]> {
  const { facet } = stage
  const cores = availableParallelism()
  const processes = options.workers === 'auto' ? cores : Number(options.workers)
  const usual = { facet, processes, peak: peakIn(legs) ?? (await measurePeak(stage, options, facet)) }
  if (processes >= cores) return [usual]
  const wide = await startBeside(stage, { workers: String(cores), databaseConnections: connectionsOfWide }, cleanup)
  return [usual, { facet: wide, processes: cores, peak: await measurePeak(stage, options, wide) }]
}

function peakIn(legs: readonly Leg[]): number | undefined {
  const creates = legs.filter(({ operation, contestant }) => operation === 'create' && contestant === names.oumla)
  return creates.length === 0 ? undefined : median(creates.map((leg) => leg.perSecond))
}

/** Where the creates themselves were not measured in this run. */
async function measurePeak({ load }: Stage, { connections, seconds }: Options, facet: Facet): Promise<number> {
  const { host, port } = facet
  const closed = { host, port, ...createsOf(facet).oumla, connections, seededRows: 0 }
  const { perSecond } = await load.measure({ ...closed, warmupMs, measureMs: seconds * 1_000 })
  return perSecond
}

async function runRound(stage: Stage, { facet, processes, peak }: Site): Promise<ClockRound> {
  // What was left to be written before would be written meanwhile, and a commit waits for the disk to have all of it.
  await promisify(execFile)('sync')
  const database = await stage.pgbench?.run(stage.core.plans.create, { warmupMs: 0, measureMs: halfMs }, peak / 2)
  await stage.core.numberEvents()
  const before = await stage.core.countStored()
  const halfOfPeak = { perSecond: peak / 2, whenBusy: 'wait' } as const
  const first = await run(stage, facet, halfConnections, [
    { ...halfOfPeak, ms: warmupMs },
    { ...halfOfPeak, ms: halfMs },
  ])
  const second = await run(stage, facet, overloadConnections(processes), [
    { perSecond: overloadTimes * peak, ms: overloadMs, whenBusy: 'lose' },
    { ...halfOfPeak, ms: afterMs },
  ])
  const after = await stage.core.countStored()
  const [, half] = first.phases
  const [overload, recovery] = second.phases
  if (half === undefined || overload === undefined || recovery === undefined) throw new Error('A phase is missing')
  const phases = [...first.phases, ...second.phases]
  const grown = { rows: after.rows - before.rows, counted: after.counted - before.counted }
  return {
    ...{ half, database, overload, after: recovery },
    recoveryMs: recoveryOf(recovery.windows, half.windows),
    loadShare: { half: shareOf(first, warmupMs + halfMs), overload: shareOf(second, overloadMs + afterMs) },
    missing: missingOf(phases, grown.rows) || missingOf(phases, grown.counted),
  }
}

function run(
  { load }: Stage,
  facet: Facet,
  connections: number,
  phases: readonly Phase[],
): Promise<OpenResult & LoadCost> {
  const { host, port } = facet
  const leg: OpenLeg = { host, port, ...createsOf(facet).oumla, connections, seededRows: 0, phases }
  return load.measureByTheClock(leg)
}

function shareOf({ cpuSeconds }: LoadCost, ms: number): number {
  return (cpuSeconds * 1_000) / ms
}

/** A request whose connection broke may have been done; none that was acknowledged may be missing. */
function missingOf(phases: readonly PhaseResult[], stored: number): number {
  const acknowledged = phases.reduce((sum, phase) => sum + phase.acknowledged, 0)
  const unsure = phases.reduce((sum, phase) => sum + phase.errors, 0)
  if (stored < acknowledged) return acknowledged - stored
  return Math.max(0, stored - acknowledged - unsure)
}

/**
 * When the first of some windows in a row begins that are as those before the overload: all served, and their p99 within twice the usual
 * one or 10 ms.
 */
function recoveryOf(windows: readonly Window[], usual: readonly Window[]): number | null {
  const most = Math.max(wantedHalfP99Ms, 2 * median(usual.map(({ p99Ms }) => p99Ms)))
  const isUsual = (window: Window | undefined) =>
    window !== undefined && window.acknowledged > 0 && window.unserved === 0 && window.p99Ms <= most
  const first = windows.findIndex((_, index) =>
    Array.from({ length: steadyWindows }, (_, more) => windows[index + more]).every(isUsual),
  )
  return first === -1 ? null : first * windowMs
}

/** What creates at half of the peak are to take at most, but for one in a hundred. */
export const wantedHalfP99Ms = 10
