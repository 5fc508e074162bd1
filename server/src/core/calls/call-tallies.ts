import type { AnsweredCall, CallTally } from './calls.types.ts'
import { bucketCount, bucketOf } from './latencies.rules.ts'

const minuteMs = 60_000

/** How many calls of a tally are kept as they are: a flood costs no more than these. */
const kept = { failures: 10, successes: 5 }

/** The tallies that one process holds until they are written. */
export interface CallTallies {
  add(appId: string, call: AnsweredCall): void
  /** Every tally, which is then held no more. */
  take(): CallTally[]
  /** Holds tallies again, added to those that came meanwhile. */
  putBack(tallies: readonly CallTally[]): void
  /** How many calls had no room: in tallies past `most`, new ones or put back. */
  readonly dropped: number
}

/** Makes room for `most` tallies. */
export function createCallTallies(most: number): CallTallies {
  let byApp = new Map<string, CallTally[]>()
  let size = 0
  let dropped = 0

  /** The tally that is meant, made if need be; undefined when there is no room for it. */
  function tallyOf(appId: string, dialect: string, beginMs: number): CallTally | undefined {
    let own = byApp.get(appId)
    // From the end: the minute that runs, of a few dialects.
    const found = own?.findLast((tally) => tally.minuteMs === beginMs && tally.dialect === dialect)
    if (found !== undefined || size >= most) return found
    if (own === undefined) {
      own = []
      byApp.set(appId, own)
    }
    const tally = newTally(appId, dialect, beginMs)
    own.push(tally)
    size++
    return tally
  }

  return {
    add(appId, call) {
      const tally = tallyOf(appId, call.dialect, call.atMs - (call.atMs % minuteMs))
      if (tally === undefined) dropped++
      else addCall(tally, call)
    },
    take() {
      const taken = [...byApp.values()].flat()
      byApp = new Map()
      size = 0
      return taken
    },
    putBack(tallies) {
      for (const tally of tallies) {
        const into = tallyOf(tally.appId, tally.dialect, tally.minuteMs)
        if (into === undefined) dropped += tally.requests
        else addTally(into, tally)
      }
    },
    get dropped() {
      return dropped
    },
  }
}

function newTally(appId: string, dialect: string, beginMs: number): CallTally {
  const latencies = new Array<number>(bucketCount).fill(0)
  const counts = { requests: 0, errors: 0, serverErrors: 0 }
  return { appId, dialect, minuteMs: beginMs, ...counts, latencies, failures: [], successes: [] }
}

function addCall(tally: CallTally, call: AnsweredCall): void {
  const failed = call.status >= 400
  tally.requests++
  if (failed) tally.errors++
  if (call.status >= 500) tally.serverErrors++
  addAt(tally.latencies, bucketOf(call.ms), 1)
  const calls = failed ? tally.failures : tally.successes
  if (calls.length < (failed ? kept.failures : kept.successes)) calls.push(call)
}

function addTally(into: CallTally, other: CallTally): void {
  into.requests += other.requests
  into.errors += other.errors
  into.serverErrors += other.serverErrors
  for (const [bucket, count] of other.latencies.entries()) addAt(into.latencies, bucket, count)
  into.failures.push(...other.failures.slice(0, kept.failures - into.failures.length))
  into.successes.push(...other.successes.slice(0, kept.successes - into.successes.length))
}

function addAt(counts: number[], index: number, count: number): void {
  counts[index] = (counts[index] ?? 0) + count
}
