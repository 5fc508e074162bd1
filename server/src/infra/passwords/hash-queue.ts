import { DomainFault } from '../../core/errors.ts'

/** Lets little of dear work run at once; the rest waits in the order in which it came. */
export interface HashQueue {
  /** Does the work in its turn. Throws `hashing_exhausted` at once when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** What a hash takes until one was measured. */
const guessedMs = 25
/** How much of the mean the latest one makes. */
const weight = 0.1

/** Makes a queue of which `width` run and `longest` wait at most. */
export function createHashQueue({ width, longest }: { readonly width: number; readonly longest: number }): HashQueue {
  const waiting: (() => void)[] = []
  let running = 0
  let meanMs = guessedMs
  return {
    async run(work) {
      if (running < width) running++
      else if (waiting.length < longest) await new Promise<void>((resolve) => waiting.push(resolve))
      else throw new DomainFault({ code: 'hashing_exhausted', retryAfterMs: (waiting.length * meanMs) / width })
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
