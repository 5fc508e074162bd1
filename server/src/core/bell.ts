/** Wakes whoever waits. What rang while nobody waited ends the next wait, so that nothing falls between a look and a wait. */
export interface Bell {
  ring(): void
  /** Resolves at a ring, at once when there was one since the last wait, or after `ms`. */
  wait(ms: number): Promise<void>
}

/** The longest wait of a timer of Node; coming too early does no harm. */
const longestMs = 2 ** 31 - 1

export function createBell(): Bell {
  let rang = false
  let wake = (): void => {}
  return {
    ring() {
      rang = true
      wake()
    },
    async wait(ms) {
      if (!rang) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, Math.min(ms, longestMs))
        wake = resolve
        await promise
        clearTimeout(timer)
      }
      rang = false
    },
  }
}
