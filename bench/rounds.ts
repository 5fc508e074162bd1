import { setTimeout as wait } from 'node:timers/promises'
import { cpuOfEndedChildren, cpuOfFamilies, cpuOfMachine } from './cpu.ts'
import { watchMemory } from './memory.ts'
import type { Options } from './options.ts'
import type { Stage } from './stage.ts'
import { type CpuSeconds, type Entry, type Leg, type LegTime, operations } from './types.ts'
import { undisturbed } from './undisturbed.ts'

/** Before the first round: code is compiled by then. */
const firstWarmup: LegTime = { warmupMs: 0, measureMs: 1_000 }
/** At the beginning of each leg: its connections are open by then. */
const warmupMs = 300
/** What counts as quiet: for this long, less than this share of one core. */
const quietForMs = 400
const quietCores = 0.15

/**
 * Measures everyone in turn, round by round, so that whatever disturbs the machine disturbs all alike. Contestants of one
 * operation follow each other, and each round another one begins.
 */
export async function runRounds(
  entries: readonly Entry[],
  stage: Stage,
  options: Options,
  say: (line: string) => void,
): Promise<Leg[]> {
  say('Warming up …')
  // pgbench has nothing to compile.
  for (const entry of entries) if (entry.kind !== 'pgbench') await entry.run(firstWarmup)
  const time = { warmupMs, measureMs: options.seconds * 1_000 }
  const legs: Leg[] = []
  for (let round = 1; round <= options.rounds; round++) {
    await undisturbed('signing in', stage.people.renewAccesses, say)
    for (const operation of operations) {
      const contestants = entries.filter((entry) => entry.operation === operation)
      for (const entry of rotated(contestants, round - 1)) {
        await waitForQuiet(options.patience * 1_000)
        const what = `${operation}, ${entry.contestant}`
        const leg = await undisturbed(what, () => runLeg(entry, stage, time, round), say)
        legs.push(leg)
        say(progressOf(leg, options.rounds))
      }
    }
  }
  return legs
}

async function runLeg(entry: Entry, stage: Stage, time: LegTime, round: number): Promise<Leg> {
  const before = entry.operation === 'create' ? await entry.countStored() : undefined
  const memoryAtMost = watchMemory(entry.serverPids)
  const cpuSince = watchCpu(entry.serverPids, stage)
  const { cpuSeconds, ...measured } = await entry.run(time)
  const cpu = cpuSince(cpuSeconds)
  const memoryBytes = memoryAtMost()
  const after = before && (await entry.countStored())
  // What is left to number of this leg is not the next one's to carry.
  await stage.core.numberEvents()
  const stored = before && after && { rows: after.rows - before.rows, counted: after.counted - before.counted }
  const { operation, contestant, kind } = entry
  return { round, operation, contestant, kind, ...measured, cpu, memoryBytes, stored: stored ?? null }
}

/** Gives the function that ends the watch; the HTTP load says itself what it used, pgbench is a child that has ended. */
export function watchCpu(serverPids: readonly number[], stage: Stage): (loadSeconds: number | undefined) => CpuSeconds {
  const read = () => ({
    wall: performance.now() / 1_000,
    ended: cpuOfEndedChildren(),
    server: cpuOfFamilies(serverPids),
    database: cpuOfFamilies(stage.postmasterPids),
    machine: cpuOfMachine(),
  })
  const before = read()
  return (loadSeconds) => {
    const after = read()
    const grown = (name: 'ended' | 'server' | 'database' | 'machine') => {
      const [from, to] = [before[name], after[name]]
      return from === undefined || to === undefined ? null : to - from
    }
    const load = loadSeconds ?? grown('ended')
    const [server, database, machine] = [grown('server'), grown('database'), grown('machine')]
    const ours = (load ?? 0) + (server ?? 0) + (database ?? 0)
    const others = machine === null ? null : Math.max(0, machine - ours)
    return { load, server, database, others, wall: after.wall - before.wall }
  }
}

/** Waits until the rest of the machine is nearly idle, for as long as the options have patience. */
export async function waitForQuiet(patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    const before = cpuOfMachine()
    await wait(quietForMs)
    const after = cpuOfMachine()
    if (before === undefined || after === undefined) return
    if ((after - before) / (quietForMs / 1_000) < quietCores) return
  }
}

/** The list, begun at another place. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

function progressOf(leg: Leg, rounds: number): string {
  const rate = `${Math.round(leg.perSecond)}/s`
  const others = leg.cpu.others === null ? '' : `, others ${Math.round((leg.cpu.others / leg.cpu.wall) * 100)} %`
  const errors = leg.errors === 0 ? '' : `, ${leg.errors} errors, the first: ${leg.firstError ?? 'not told'}`
  return `  round ${leg.round}/${rounds}  ${leg.operation.padEnd(22)}  ${leg.contestant.padEnd(27)} ${rate.padStart(9)}${others}${errors}`
}
