/** Runs work, when there is room for it. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Lets at most `most` pieces of work run at a time; the others wait in their order. */
export function createGate(most: number): Gate {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    // Whoever is let in takes over the place of the one that ended.
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
