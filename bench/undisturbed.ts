const lookMs = 100
/** Nothing here keeps this process busy for so long. */
const stillMs = 1_000
const mostTries = 4

/** What was done again, with what its disturbed try found. */
export interface Repeat {
  readonly what: string
  readonly stoodStillMs: number
  /** As the result has it of a try that counts; or why it failed. */
  readonly discarded: unknown
}

const all: Repeat[] = []

/** Of this process, which makes one run. */
export function repeatsOfRun(): readonly Repeat[] {
  return all
}

/**
 * Does something that is measured; again when the machine stood still meanwhile, as a virtual one does that its host pauses. What was
 * under way then has failed, or took seconds for no reason of its own.
 */
export async function undisturbed<T>(what: string, work: () => Promise<T>, say: (line: string) => void): Promise<T> {
  for (let tries = 1; ; tries++) {
    const longestStill = watchStillness()
    const [outcome] = await Promise.allSettled([work()])
    const stillFor = longestStill()
    if (stillFor < stillMs || tries === mostTries) {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    }
    const discarded = outcome.status === 'rejected' ? { error: String(outcome.reason) } : outcome.value
    all.push({ what, stoodStillMs: Math.round(stillFor), discarded })
    say(`  The machine stood still for ${(stillFor / 1_000).toFixed(1)} s: again ${what}`)
  }
}

/** Gives the function that ends the watch and tells the longest time in which this process did not run. */
function watchStillness(): () => number {
  let last = performance.now()
  let longest = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - lookMs)
    last = now
  }
  const timer = setInterval(look, lookMs)
  return () => {
    clearInterval(timer)
    look()
    return longest
  }
}
