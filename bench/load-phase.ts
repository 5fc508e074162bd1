import type { Phase } from './load-open.ts'
import { latenciesOf } from './quantiles.ts'
import type { Latencies } from './types.ts'

export const windowMs = 100

/** What became of the requests of one phase of an open loop. Times of answers count from when each was due. */
export interface PhaseResult extends Latencies {
  readonly due: number
  readonly sent: number
  /** Found no connection when they were due. */
  readonly lost: number
  /** Answered as is expected. */
  readonly acknowledged: number
  readonly acknowledgedPerSecond: number
  readonly maxMs: number
  readonly refused: Refused
  readonly errors: number
  readonly firstError?: string
  /** Of the load itself: how long after its time it came to a request. */
  readonly latenessP99Ms: number
  /** By when the requests were due, 100 ms each. */
  readonly windows: readonly Window[]
}

/** Answers of 503. Their times count from the sending: how soon the server says no. */
export interface Refused extends Latencies {
  readonly count: number
  readonly withoutRetryAfter: number
  readonly maxMs: number
}

export interface Window {
  /** Answered as is expected; of these p99Ms, 0 where there is none. */
  readonly acknowledged: number
  readonly p99Ms: number
  /** Refused or failed. */
  readonly unserved: number
}

interface Times {
  readonly dueAt: number
  readonly sentAt: number
  readonly now: number
}

export interface PhaseTally {
  came(lateMs: number): void
  lost(): void
  sent(): void
  answered(status: number, text: () => string, times: Times): void
  failed(message: string, dueAt: number): void
  result(): PhaseResult
}

const retryAfter = /\r\nretry-after: *\d+\r\n/i

/** Counts for one phase, which began at `from`. */
export function createPhaseTally({ perSecond, ms }: Phase, expectedStatus: number, from: number): PhaseTally {
  const windows = Array.from({ length: Math.ceil(ms / windowMs) }, () => ({ times: [] as number[], unserved: 0 }))
  const windowOf = (dueAt: number) => windows[Math.min(windows.length - 1, Math.floor((dueAt - from) / windowMs))]
  const refusedMs: number[] = []
  const lateMs: number[] = []
  const counts = { sent: 0, lost: 0, acknowledged: 0, errors: 0, withoutRetryAfter: 0 }
  let firstError: string | undefined
  const failed = (message: string, dueAt: number) => {
    counts.errors++
    firstError ??= message
    const window = windowOf(dueAt)
    if (window !== undefined) window.unserved++
  }
  return {
    failed,
    came(late) {
      lateMs.push(late)
    },
    lost() {
      counts.lost++
    },
    sent() {
      counts.sent++
    },
    answered(status, text, { dueAt, sentAt, now }) {
      const window = windowOf(dueAt)
      if (window === undefined) return
      if (status === expectedStatus) {
        counts.acknowledged++
        window.times.push(now - dueAt)
      } else if (status === 503) {
        refusedMs.push(now - sentAt)
        window.unserved++
        if (!retryAfter.test(text())) counts.withoutRetryAfter++
      } else failed(`${status}: ${text().slice(0, 300)}`, dueAt)
    },
    result() {
      const all = windows.flatMap(({ times }) => times)
      const { sent, lost, acknowledged, errors, withoutRetryAfter } = counts
      return {
        ...{ due: Math.ceil((perSecond * ms) / 1_000), sent, lost, acknowledged, errors },
        acknowledgedPerSecond: (acknowledged / ms) * 1_000,
        ...latenciesOf(all),
        maxMs: all.at(-1) ?? 0,
        refused: {
          ...{ count: refusedMs.length, withoutRetryAfter },
          ...latenciesOf(refusedMs),
          maxMs: refusedMs.at(-1) ?? 0,
        },
        ...(firstError === undefined ? {} : { firstError }),
        latenessP99Ms: latenciesOf(lateMs).p99Ms,
        windows: windows.map(({ times, unserved }) => {
          return { acknowledged: times.length, p99Ms: latenciesOf(times).p99Ms, unserved }
        }),
      }
    },
  }
}
