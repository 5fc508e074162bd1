import { type ClockPart, type ClockRound, muchLoad, overloadMs, overloadTimes, wantedHalfP99Ms } from './clock.ts'
import { gapsText } from './gaps.ts'
import { type PhaseResult, windowMs } from './load-phase.ts'
import { spreadOf } from './summary.ts'
import { percent, spread, whole } from './texts.ts'
import { type Verdict, verdict, verdictOfSoundness } from './verdict.ts'

const wantedAnswered = 0.75
const aimAnswered = 0.9
const wantedRefusedMs = 50
const wantedRecoveryMs = 1_000
const wantedOffered = 0.95
const ms = (value: number) => `${value.toFixed(1)} ms`
const most = (rounds: readonly ClockRound[], read: (round: ClockRound) => number) => Math.max(...rounds.map(read))

/** Of creates by the clock. */
export function verdictsOfClock(part: ClockPart): Verdict[] {
  if (part.rounds.length === 0) return []
  return [...halfVerdicts(part), ...overloadVerdicts(part), ...clockSoundness(part)]
}

const processesText = (processes: number) => (processes === 1 ? 'one process' : `${processes} processes`)

function halfVerdicts({ processes, peak, gaps, rounds }: ClockPart): Verdict[] {
  const p99Ms = spreadOf(rounds.map(({ half }) => half.p99Ms))
  const before = sum(rounds, ({ half }) => half.refused.count)
  const late = sum(rounds, unservedLate)
  const databaseMs = rounds.flatMap(({ database }) => (database === undefined ? [] : [database.p99Ms]))
  const ofDatabase =
    databaseMs.length === 0
      ? ''
      : `of pgbench at this rate, just before each round: ${spread(spreadOf(databaseMs), ms)}; `
  const who = processesText(processes)
  return [
    verdict(
      `Create as Oumla by the clock, ${who}, at ${whole(peak / 2)} a second, half of the peak: p99`,
      `${spread(p99Ms, ms)} (${ofDatabase}${gapsText(gaps)})`,
      `at most ${wantedHalfP99Ms} ms`,
      p99Ms.median <= wantedHalfP99Ms,
    ),
    verdict(
      `At half of the peak, ${who}: refused`,
      `${whole(before)} before the overload, ${whole(late)} after it once all was as usual again`,
      'none',
      before + late === 0,
    ),
  ]
}

function overloadVerdicts({ processes, peak, refusing, rounds }: ClockPart): Verdict[] {
  const text = `At ${overloadTimes} × the peak, ${processesText(processes)}`
  const offered = spreadOf(rounds.map(({ overload }) => overload.sent / overload.due))
  const offeredPerSecond = spreadOf(rounds.map(({ overload }) => (overload.sent * 1_000) / overloadMs))
  const answered = spreadOf(rounds.map(({ overload }) => overload.acknowledgedPerSecond / peak))
  const refusals = sum(rounds, ({ overload }) => overload.refused.count)
  const refusedMs = most(rounds, ({ overload }) => overload.refused.p99Ms)
  const recovery = rounds.map(({ recoveryMs }) => recoveryMs)
  const left =
    refusing === null
      ? ''
      : ` (a server of node:http that only refuses takes ${percent(refusing)} of a core for what is over the peak)`
  const slowest = recovery.includes(null) ? null : Math.max(...recovery.map(Number))
  return [
    verdict(
      `${text}: offered, of what was due, the rest finding no connection`,
      `${spread(offered, percent)}, ${spread(offeredPerSecond, whole)} a second`,
      `${percent(wantedOffered)} in every round`,
      offered.min >= wantedOffered,
    ),
    verdict(
      `${text}: answered, of the peak`,
      `${spread(answered, percent)}${left}`,
      `${percent(wantedAnswered)}, aim ${percent(aimAnswered)}`,
      answered.median >= wantedAnswered,
    ),
    verdict(
      `${text}: time to refuse, p99 of the slowest round, of ${whole(refusals)} refused in all`,
      `${ms(refusedMs)}, the slowest of all ${ms(most(rounds, ({ overload }) => overload.refused.maxMs))}`,
      `at most ${wantedRefusedMs} ms, and some to be refused`,
      refusals > 0 && refusedMs <= wantedRefusedMs,
    ),
    verdict(
      `After it, ${processesText(processes)}, at half of the peak: as usual again, in the slowest round`,
      slowest === null ? 'not before the round ended' : `in ${slowest} ms`,
      `within ${wantedRecoveryMs} ms`,
      slowest !== null && slowest <= wantedRecoveryMs,
    ),
  ]
}

function clockSoundness({ processes, rounds }: ClockPart): Verdict[] {
  const who = processesText(processes)
  const failed = (read: (round: ClockRound) => PhaseResult) =>
    sum(rounds, (round) => read(round).errors + read(round).refused.withoutRetryAfter)
  const [half, overload, after] = [failed((r) => r.half), failed((r) => r.overload), failed((r) => r.after)]
  const missing = sum(rounds, (round) => round.missing)
  return [
    verdictOfSoundness(
      `By the clock, ${who}: neither answered nor refused with 503 and Retry-After`,
      `${whole(half)} at half of the peak, ${whole(overload)} at ${overloadTimes} × the peak, ${whole(after)} after it`,
      'none',
      half + overload + after === 0,
    ),
    verdictOfSoundness(
      `Acknowledged and not stored, or stored and not acknowledged, by the clock, ${who}`,
      whole(missing),
      'none',
      missing === 0,
    ),
  ]
}

/** What was refused, or failed, after the overload once answers were as usual again, or in all when they never were. */
function unservedLate({ after, recoveryMs }: ClockRound): number {
  return after.windows.slice((recoveryMs ?? 0) / windowMs).reduce((total, { unserved }) => total + unserved, 0)
}

/** What is to be said of the load generator where it is too busy to be on time. */
export function loadWarnings({ processes, rounds }: ClockPart): string[] {
  const share = Math.max(0, ...rounds.flatMap(({ loadShare }) => [loadShare.half, loadShare.overload]))
  return share <= muchLoad
    ? []
    : [
        `The load generator took up to ${percent(share)} of a core by the clock (${processesText(processes)}): it may have been late itself.`,
      ]
}

function sum(rounds: readonly ClockRound[], read: (round: ClockRound) => number): number {
  return rounds.reduce((total, round) => total + read(round), 0)
}
