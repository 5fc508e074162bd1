import { type ClockPart, type ClockRound, muchLoad, overloadTimes, wantedHalfP99Ms } from './clock.ts'
import { names } from './entries.ts'
import type { Setting } from './facts.ts'
import type { AbsentPeer, Peer } from './peers/peers.ts'
import { mismatchesOf, ratioBetween, type Spread, spreadOf } from './summary.ts'
import { percent, ratioText, spread, whole } from './texts.ts'
import type { Leg, Operation } from './types.ts'
import { type Verdict, verdict } from './verdict.ts'

/** Of the closed loop. What took no part has no verdict. */
export function verdictsOfLegs(legs: readonly Leg[], peers: readonly (Peer | AbsentPeer)[]): Verdict[] {
  return [createVerdict(legs), ...getVerdicts(legs), ...peers.flatMap((peer) => peerVerdicts(legs, peer.name))].filter(
    (found) => found !== undefined,
  )
}

function createVerdict(legs: readonly Leg[]): Verdict | undefined {
  const ratio = ratioBetween(legs, 'create', names.oumla, names.pgbench)
  return ratio === null
    ? undefined
    : verdict('Create as Oumla ÷ pgbench, one row a statement', ratioText(ratio), '1.0, aim 1.3', ratio.median >= 1)
}

const quickGets = [names.nativeByReference, names.nativeById, names.ocamba, names.onaByToken]
const signedGets = [names.original, names.epixel]
const wantedOfQuick = 0.8
const wantedOfSigned = 0.6
const wantedApart = 0.15

function getVerdicts(legs: readonly Leg[]): Verdict[] {
  const toBare = (name: string) => ratioBetween(legs, 'get', name, names.bare)
  const atLeast = (least: number) => (name: string) => {
    const ratio = toBare(name)
    return ratio === null
      ? []
      : [verdict(`Get, ${name} ÷ bare`, ratioText(ratio), String(least), ratio.median >= least)]
  }
  const quick = quickGets.map(toBare).filter((ratio) => ratio !== null)
  const apart = Math.max(...quick.map((ratio) => ratio.median)) / Math.min(...quick.map((ratio) => ratio.median)) - 1
  const near = verdict(
    'Gets of the native API, Ocamba and Ona by Token, the quickest above the slowest',
    percent(apart),
    `at most ${percent(wantedApart)}`,
    apart <= wantedApart,
  )
  return [
    ...quickGets.flatMap(atLeast(wantedOfQuick)),
    ...(quick.length === quickGets.length ? [near] : []),
    ...signedGets.flatMap(atLeast(wantedOfSigned)),
  ]
}

const toPeers: readonly (readonly [Operation, string, number])[] = [
  ['create', names.native, 1],
  ['get', names.nativeByReference, 1],
  ['list, page by cursor', names.native, 1],
]
const aimOfCreate = 5

function peerVerdicts(legs: readonly Leg[], peer: string): Verdict[] {
  return toPeers.flatMap(([operation, facet, least]) => {
    const ratio = ratioBetween(legs, operation, facet, peer)
    if (ratio === null) return []
    const wanted = operation === 'create' ? `more than ${least}, aim ${aimOfCreate}` : `more than ${least}`
    return [
      verdict(
        `${operation[0]?.toUpperCase()}${operation.slice(1)}, ${facet} ÷ ${peer}`,
        ratioText(ratio),
        wanted,
        ratio.median > least,
      ),
    ]
  })
}

const wantedAnswered = 0.75
const aimAnswered = 0.9
const wantedRefusedMs = 50
const wantedRecoveryMs = 1_000

/** Of creates by the clock. */
export function verdictsOfClock({ peak, rounds }: ClockPart): Verdict[] {
  if (rounds.length === 0) return []
  const of = (read: (round: ClockRound) => number): Spread => spreadOf(rounds.map(read))
  const p99 = of(({ half }) => half.p99Ms)
  const answered = of(({ overload }) => overload.acknowledgedPerSecond / peak)
  const refused = of(({ overload }) => overload.refused.p99Ms)
  const failures = sum(rounds, ({ overload }) => overload.errors + overload.refused.withoutRetryAfter)
  const refusals = sum(rounds, ({ overload }) => overload.refused.count)
  const recovery = rounds.map(({ recoveryMs }) => recoveryMs)
  const slowest = recovery.includes(null) ? null : Math.max(...recovery.map(Number))
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const halfText = `Create as Oumla by the clock at ${whole(peak / 2)} a second, half of the peak: p99`
  const overloadText = `At ${overloadTimes} × the peak`
  return [
    verdict(halfText, spread(p99, ms), `at most ${wantedHalfP99Ms} ms`, p99.median <= wantedHalfP99Ms),
    verdict(
      `${overloadText}: answered, of the peak`,
      spread(answered, percent),
      `${percent(wantedAnswered)}, aim ${percent(aimAnswered)}`,
      answered.median >= wantedAnswered,
    ),
    verdict(
      `${overloadText}: time to refuse, p99, of ${whole(refusals)} refused`,
      spread(refused, ms),
      `at most ${wantedRefusedMs} ms, and some to be refused`,
      refusals > 0 && refused.median <= wantedRefusedMs,
    ),
    verdict(
      `${overloadText}: neither answered nor refused with 503 and Retry-After`,
      whole(failures),
      'none',
      failures === 0,
    ),
    verdict(
      'After it, at half of the peak: as usual again, in the slowest round',
      slowest === null ? 'not before the round ended' : `in ${slowest} ms`,
      `within ${wantedRecoveryMs} ms`,
      slowest !== null && slowest <= wantedRecoveryMs,
    ),
    verdict(
      'Acknowledged and not stored, or stored and not acknowledged, by the clock',
      whole(sum(rounds, ({ missing }) => missing)),
      'none',
      rounds.every(({ missing }) => missing === 0),
    ),
  ]
}

/** What is to be said of the load generator where it is too busy to be on time. */
export function loadWarnings({ rounds }: ClockPart): string[] {
  const share = Math.max(0, ...rounds.flatMap(({ loadShare }) => [loadShare.half, loadShare.overload]))
  return share <= muchLoad
    ? []
    : [`The load generator took up to ${percent(share)} of a core by the clock: it may have been late itself.`]
}

function sum(rounds: readonly ClockRound[], read: (round: ClockRound) => number): number {
  return rounds.reduce((total, round) => total + read(round), 0)
}

/** Of what was acknowledged in every leg of writes, and of the settings by which it stays. */
export function verdictsOfDurability(legs: readonly Leg[], settings: readonly Setting[]): Verdict[] {
  const writes = legs.filter(({ stored }) => stored !== null)
  const off = mismatchesOf(writes).length
  const acknowledged = writes.reduce((sum, leg) => sum + leg.acknowledged, 0)
  const decisive = settings.filter(({ name }) => ['fsync', 'synchronous_commit'].includes(name))
  const asStored = verdict(
    `Legs of creates after which rows or count are not what was acknowledged, ${whole(acknowledged)} in all`,
    `${off} of ${writes.length}`,
    'none',
    off === 0,
  )
  return [
    ...(writes.length === 0 ? [] : [asStored]),
    verdict(
      'PostgreSQL says',
      decisive.map(({ name, value }) => `${name} ${value}`).join(', '),
      'both on',
      decisive.length === 2 && decisive.every(({ value }) => value === 'on'),
    ),
  ]
}
