import { describe, expect, it } from 'vitest'
import type { OutboundResult } from '../ports.ts'
import { judge, promisedSchedule, type RetrySchedule, retryAfterMs } from './schedule.rules.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const minute = 60_000
const hour = 60 * minute
const answered = (status: number, headers: Record<string, string> = {}): OutboundResult => ({
  ...{ kind: 'answered', status, headers, body: '', durationMs: 5 },
})
const failed: OutboundResult = { kind: 'failed', reason: 'timeout', detail: 'No answer', durationMs: 15_000 }

function waitMs(result: OutboundResult, round: number, schedule: RetrySchedule = promisedSchedule): number {
  const verdict = judge(result, round, now, schedule)
  if (verdict.outcome !== 'retry') throw new Error(`It is ${verdict.outcome}`)
  return verdict.dueAt.getTime() - now.getTime()
}

describe('an attempt', () => {
  it.each([200, 201, 204, 299])('that is answered with %i has delivered', (status) => {
    expect(judge(answered(status), 1, now, promisedSchedule)).toEqual({ outcome: 'delivered' })
  })

  it.each([100, 199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])(
    'that is answered with %i is tried again',
    (status) => {
      expect(judge(answered(status), 1, now, promisedSchedule).outcome).toBe('retry')
    },
  )

  it.each([
    [1, 5_000],
    [2, 5 * minute],
    [3, 30 * minute],
    [4, 2 * hour],
    [5, 5 * hour],
    [6, 10 * hour],
    [7, 14 * hour],
    [8, 20 * hour],
    [9, 24 * hour],
  ])('that is the %i. and fails is tried again after %i ms, give or take a tenth', (round, expected) => {
    const waits = Array.from({ length: 200 }, () => waitMs(failed, round))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(expected * 0.9 - 1)
    expect(Math.max(...waits)).toBeLessThanOrEqual(expected * 1.1 + 1)
    // Not all alike, so that what failed together does not come back together.
    expect(new Set(waits).size).toBeGreaterThan(50)
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(expected * 0.1)
  })

  it('that is the tenth and fails is the last', () => {
    expect(judge(failed, 10, now, promisedSchedule)).toEqual({ outcome: 'failed' })
  })

  it('that is answered with 410 is the last, and the endpoint is to be disabled', () => {
    expect(judge(answered(410), 1, now, promisedSchedule)).toEqual({ outcome: 'failed', disable: 'gone' })
  })
})

describe('Retry-After', () => {
  it('makes a wait longer, and never shorter', () => {
    expect(waitMs(answered(503, { 'retry-after': '3600' }), 1)).toBe(hour)
    expect(waitMs(answered(429, { 'retry-after': '1' }), 2)).toBeGreaterThan(4 * minute)
  })

  it('counts up to a day', () => {
    expect(waitMs(answered(503, { 'retry-after': '99999999' }), 1)).toBe(24 * hour)
  })

  it('does not make more attempts than there are', () => {
    expect(judge(answered(503, { 'retry-after': '60' }), 10, now, promisedSchedule)).toEqual({ outcome: 'failed' })
  })

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sun, 22 Nov 2026 10:01:00 GMT', 60_000],
    ['Sunday, 22-Nov-26 10:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['-5', 0],
    ['1.5', 0],
    ['soon', 0],
    ['', 0],
  ])('of %j is %i ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })

  it('that is not there is none', () => {
    expect(retryAfterMs(undefined, now)).toBe(0)
  })
})

it('an endpoint may fail for five days', () => {
  expect(promisedSchedule.disableAfterMs).toBe(5 * 24 * hour)
})
