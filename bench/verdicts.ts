import { names } from './entries.ts'
import type { Setting } from './facts.ts'
import type { Options } from './options.ts'
import type { Stage } from './stage.ts'
import { mismatchesOf, ratioBetween } from './summary.ts'
import { percent, ratioText, whole } from './texts.ts'
import type { Leg, Operation } from './types.ts'
import { notJudged, type Verdict, verdict, verdictOfSoundness } from './verdict.ts'

/** Of the closed loop. What was not asked to take part has no verdict. */
export function verdictsOfLegs(
  legs: readonly Leg[],
  { peers, pgbench }: Pick<Stage, 'peers' | 'pgbench'>,
  { only, who }: Options,
): Verdict[] {
  const noPgbench = pgbench === undefined && only.includes('create') && names.pgbench.includes(who)
  return [
    ...(noPgbench ? [notJudged(createText, 'there is no pgbench on this machine')] : createVerdict(legs)),
    ...getVerdicts(legs),
    ...peers.flatMap((peer) =>
      'error' in peer
        ? [notJudged(`Create, get and list ÷ ${peer.name}`, `it took no part (${firstLine(peer.error)})`)]
        : peerVerdicts(legs, peer.name),
    ),
  ]
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''
const createText = 'Create as Oumla ÷ pgbench, one row a statement'

function createVerdict(legs: readonly Leg[]): Verdict[] {
  const ratio = ratioBetween(legs, 'create', names.oumla, names.pgbench)
  return ratio === null ? [] : [verdict(createText, ratioText(ratio), '1.0, aim 1.3', ratio.median >= 1)]
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

/** Of what was acknowledged in every leg of writes, of what failed, and of the settings by which it stays. */
export function verdictsOfDurability(legs: readonly Leg[], settings: readonly Setting[]): Verdict[] {
  const writes = legs.filter(({ stored }) => stored !== null)
  const off = mismatchesOf(writes).length
  const acknowledged = writes.reduce((sum, leg) => sum + leg.acknowledged, 0)
  const decisive = settings.filter(({ name }) => ['fsync', 'synchronous_commit'].includes(name))
  const errors = legs.reduce((sum, leg) => sum + leg.errors, 0)
  const asStored = verdictOfSoundness(
    `Legs of creates after which rows or count are not what was acknowledged, ${whole(acknowledged)} in all`,
    `${off} of ${writes.length}`,
    'none',
    off === 0,
  )
  return [
    ...(writes.length === 0 ? [] : [asStored]),
    ...(legs.length === 0
      ? []
      : [verdictOfSoundness('Requests of the closed loop that failed', whole(errors), 'none', errors === 0)]),
    verdictOfSoundness(
      'PostgreSQL says',
      decisive.map(({ name, value }) => `${name} ${value}`).join(', '),
      'both on',
      decisive.length === 2 && decisive.every(({ value }) => value === 'on'),
    ),
  ]
}
