import type { Latencies } from './types.ts'

/** What a share of the numbers do not exceed; the least first. NaN where there is none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Sorts the times, and gives the usual three of them: 0 where there is none. */
export function latenciesOf(timesMs: number[]): Latencies {
  const sorted = timesMs.sort((a, b) => a - b)
  const of = (share: number) => (sorted.length === 0 ? 0 : quantile(sorted, share))
  return { p50Ms: of(0.5), p99Ms: of(0.99), p999Ms: of(0.999) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? 0)) / 2
}
