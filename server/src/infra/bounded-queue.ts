import { availableParallelism } from 'node:os'
import { DomainFault } from '../core/errors.ts'

/** Lets little of dear work run at once; the rest waits in the order in which it came. */
export interface BoundedQueue {
  /** Does the work in its turn. Throws the fault of the queue at once when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>
}

export interface QueueBounds {
  /** How many run at once. */
  readonly width: number
  /** How many wait. */
  readonly longest: number
}

interface QueueOptions extends QueueBounds {
  /** Thrown to whoever comes when all places are taken. */
  readonly fault: 'hashing_exhausted' | 'pictures_exhausted'
  /** What one piece of work takes, until one was measured. */
  readonly guessedMs: number
}

/** As many at once as leave a core to everything else. */
export const spareCores = Math.max(1, availableParallelism() - 1)

/** The share of one of so many processes in what a node has: at least one. */
export function shareOf(whole: number, processes: number): number {
  return Math.max(1, Math.floor(whole / processes))
}

/** How much of the mean the latest measurement makes. */
const weight = 0.1

/** Makes a queue of which `width` run and `longest` wait at most. */
export function createBoundedQueue({ width, longest, fault, guessedMs }: QueueOptions): BoundedQueue {
  const waiting: (() => void)[] = []
  let running = 0
  let meanMs = guessedMs
  return {
    async run(work) {
      if (running < width) running++
      else if (waiting.length < longest) await new Promise<void>((resolve) => waiting.push(resolve))
      else throw new DomainFault({ code: fault, retryAfterMs: (waiting.length * meanMs) / width })
      const began = performance.now()
      try {
        return await work()
      } finally {
        meanMs += weight * (performance.now() - began - meanMs)
        // The place is handed over and never free between: nobody who comes just now gets before those who wait.
        const next = waiting.shift()
        if (next === undefined) running--
        else next()
      }
    },
  }
}
