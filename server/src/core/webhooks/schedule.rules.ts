import type { OutboundResult } from '../ports.ts'
import type { DisabledReason } from './webhooks.types.ts'

/** When what failed is tried again, and when it is given up. */
export interface RetrySchedule {
  /** The waits after the first, second, … failed attempt; after one more failure a delivery is given up. */
  readonly delaysMs: readonly number[]
  /** Each wait is longer or shorter by up to this share. */
  readonly jitter: number
  /** An endpoint that failed for so long, and never succeeded in between, is disabled. */
  readonly disableAfterMs: number
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const longestWaitMs = 24 * hour

/** The schedule that is promised: ten attempts over some three days, five days until an endpoint is disabled. */
export const promisedSchedule: RetrySchedule = {
  delaysMs: [5 * second, 5 * minute, ...[0.5, 2, 5, 10, 14, 20, 24].map((hours) => hours * hour)],
  jitter: 0.1,
  disableAfterMs: 5 * 24 * hour,
}

/** What follows from an attempt. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'retry'; readonly dueAt: Date }
  | { readonly outcome: 'failed'; readonly disable?: DisabledReason }

/**
 * Judges an attempt, the `round`-th (from 1) since the schedule began. Only a 2xx status is a success. `Retry-After`
 * makes a wait longer, up to 24 hours, and never shorter (RFC 9110 section 10.2.3). 410 means: never again.
 */
export function judge(result: OutboundResult, round: number, now: Date, schedule: RetrySchedule): Verdict {
  if (result.kind === 'answered') {
    if (result.status >= 200 && result.status < 300) return { outcome: 'delivered' }
    if (result.status === 410) return { outcome: 'failed', disable: 'gone' }
  }
  const delayMs = schedule.delaysMs[round - 1]
  if (delayMs === undefined) return { outcome: 'failed' }
  const jitteredMs = delayMs * (1 + schedule.jitter * (2 * Math.random() - 1))
  const askedMs = result.kind === 'answered' ? retryAfterMs(result.headers['retry-after'], now) : 0
  return { outcome: 'retry', dueAt: new Date(now.getTime() + Math.max(jitteredMs, Math.min(askedMs, longestWaitMs))) }
}

/** `Retry-After` in milliseconds from now: seconds, or a date (RFC 9110 section 5.6.7); 0 for what is neither. */
export function retryAfterMs(header: string | undefined, now: Date): number {
  if (header === undefined) return 0
  if (/^\d+$/.test(header)) return Number(header) * second
  // Date.parse alone would take "1" and "May" for dates.
  const at = /^[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime())
}
