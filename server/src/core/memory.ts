import type { Db } from './db.ts'
import type { Notices } from './ports.ts'

const maxRemembered = 10_000

/** What one process has looked up, kept only while news of it is sure to come (docs/adr/0007). */
export interface Memory<T> {
  /** What is remembered under the name, or what the look-up finds; nothing found is nothing remembered. */
  recall(name: string, lookUp: () => Promise<T | undefined>): Promise<T | undefined>
}

/** How news of what is remembered comes: from every process, and at once from this one. */
export interface NewsSources {
  readonly db: Db
  readonly notices: Notices
}

/**
 * Makes a memory that forgets an item on a notice of what it was made of, and everything when notices may have been
 * missed. What this process tells itself is forgotten before it goes on. For each channel `sources` gives the id by which a notice
 * there names the item's source.
 */
export function createMemory<T>(
  { db, notices }: NewsSources,
  sources: Readonly<Record<string, (item: T) => string>>,
): Memory<T> {
  const remembered = new Map<string, T>()
  const pending = new Map<string, Promise<T | undefined>>()
  // Counts the news.
  let news = 0

  /** A look-up that was under way when news came must not be remembered, and nobody who asks from now on is answered by it. */
  function outdate(): void {
    news++
    pending.clear()
  }

  function forget(channel: string, id: string): void {
    const sourceOf = sources[channel]
    if (sourceOf === undefined) return
    outdate()
    for (const [name, item] of remembered) if (sourceOf(item) === id) remembered.delete(name)
  }

  for (const channel of Object.keys(sources)) notices.listen(channel, (id) => forget(channel, id))
  db.onNotify(forget)
  notices.onGap(() => {
    outdate()
    remembered.clear()
  })

  async function remember(name: string, lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
    const newsBefore = news
    const item = await lookUp()
    if (item !== undefined && notices.trusted && news === newsBefore) {
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value ?? '')
      remembered.set(name, item)
    }
    return item
  }

  return {
    async recall(name, lookUp) {
      if (notices.trusted) {
        const known = remembered.get(name)
        if (known !== undefined) return known
      }
      // Requests that arrive together share one look-up.
      const running = pending.get(name)
      if (running !== undefined) return running
      const lookup = remember(name, lookUp).finally(() => {
        if (pending.get(name) === lookup) pending.delete(name)
      })
      pending.set(name, lookup)
      return lookup
    },
  }
}
