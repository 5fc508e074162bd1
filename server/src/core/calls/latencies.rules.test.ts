import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketCount, bucketOf, p95Ms } from './latencies.rules.ts'

function histogramOf(times: readonly number[]): number[] {
  const latencies = new Array<number>(bucketCount).fill(0)
  for (const ms of times) latencies[bucketOf(ms)] = (latencies[bucketOf(ms)] ?? 0) + 1
  return latencies
}

/** By nearest rank, of all times. */
function exactP95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0
}

describe('a bucket', () => {
  it.each([
    [0, 0],
    [1, 0],
    [1.001, 1],
    [1.5, 1],
    [2, 2],
    [7_400, 22],
    [7_500, 23],
    [3_600_000, 23],
    [Number.NaN, 0],
  ])('of %d ms is number %d', (ms, bucket) => {
    expect(bucketOf(ms)).toBe(bucket)
  })
})

describe('the p95 of a histogram', () => {
  it('is null without a request', () => {
    expect(p95Ms(histogramOf([]))).toBeNull()
    expect(p95Ms([])).toBeNull()
  })

  it('is at most 22.5 % away from that of the times themselves, whatever they are', () => {
    const time = fc.double({ min: 0.67, max: 11_000, noNaN: true })
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), (times) => {
        const ratio = (p95Ms(histogramOf(times)) ?? 0) / exactP95(times)
        // Answers are rounded to a hundredth.
        expect(Math.max(ratio, 1 / ratio)).toBeLessThan(Math.sqrt(1.5) * 1.01)
      }),
    )
  })

  it('is that of the slowest of twenty, and of the second slowest of forty', () => {
    const fast = new Array<number>(19).fill(2)
    expect(p95Ms(histogramOf([...fast, 2_000]))).toBeLessThan(2.5)
    expect(p95Ms(histogramOf([...fast.slice(1), 2_000, 2_000]))).toBeGreaterThan(1_600)
  })

  it('says of what is faster or slower than it can tell that it is about 0.8 ms or 9 s', () => {
    expect(p95Ms(histogramOf([0.01]))).toBe(0.82)
    expect(p95Ms(histogramOf([86_400_000]))).toBe(9_163.33)
  })
})
