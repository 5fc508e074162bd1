import type { Tally } from '../../core/ports.ts'

interface WindowQuestion {
  readonly ask: 'count' | 'look' | 'takeBack'
  readonly window: string
  readonly seconds: number
  readonly key: string
}

/** What one process asks of the counts of its node. `place` is a number that the process gives to one place alone. */
export type Question =
  | WindowQuestion
  | { readonly ask: 'hold'; readonly place: number; readonly key: string; readonly limit: number }
  | { readonly ask: 'give'; readonly place: number }

/** A tally, or null where there is no window; of `hold`, whether there was a place. */
export type Answer = Tally | boolean | null

/** What the processes of a node count together, in the memory of the one that keeps them. */
export interface NodeCounts {
  /** Answers one process, each question as if it came alone. */
  answer(asker: object, questions: readonly Question[]): Answer[]
  /** The process is gone: the places that it held are free. */
  forget(asker: object): void
  close(): void
}

const sweptEveryMs = 10_000

/** Goes on evenly when the clock of the machine is set. */
const nowMs = () => Math.floor(performance.now())

/** Makes counts of nothing. */
export function createNodeCounts(): NodeCounts {
  const windows = new Map<string, { count: number; readonly endsAt: number }>()
  const taken = new Map<string, number>()
  const held = new Map<object, Map<number, string>>()
  const sweeper = setInterval(() => {
    const now = nowMs()
    for (const [name, { endsAt }] of windows) if (endsAt <= now) windows.delete(name)
  }, sweptEveryMs).unref()

  function add({ window, seconds, key }: WindowQuestion, more: number): Tally | null {
    const name = `${window} ${key}`
    const now = nowMs()
    let found = windows.get(name)
    if (found === undefined || found.endsAt <= now) {
      if (more <= 0) return null
      found = { count: 0, endsAt: now + seconds * 1_000 }
      windows.set(name, found)
    }
    found.count += more
    return { count: found.count, msLeft: found.endsAt - now }
  }

  function hold(asker: object, place: number, key: string, limit: number): boolean {
    const others = taken.get(key) ?? 0
    if (others >= limit) return false
    taken.set(key, others + 1)
    const places = held.get(asker) ?? new Map<number, string>()
    held.set(asker, places.set(place, key))
    return true
  }

  function give(asker: object, place: number): void {
    const key = held.get(asker)?.get(place)
    // A process that got no answer in time went by its own count, and gives back what it may not have been given here.
    if (key === undefined) return
    held.get(asker)?.delete(place)
    const others = (taken.get(key) ?? 0) - 1
    if (others > 0) taken.set(key, others)
    else taken.delete(key)
  }

  function answerOne(asker: object, question: Question): Answer {
    switch (question.ask) {
      case 'count':
        return add(question, 1)
      case 'look':
        return add(question, 0)
      case 'takeBack':
        return add(question, -1)
      case 'hold':
        return hold(asker, question.place, question.key, question.limit)
      case 'give':
        give(asker, question.place)
        return null
    }
  }

  return {
    answer: (asker, questions) => questions.map((question) => answerOne(asker, question)),
    forget(asker) {
      for (const place of held.get(asker)?.keys() ?? []) give(asker, place)
      held.delete(asker)
    },
    close: () => clearInterval(sweeper),
  }
}
