import { appsChannel } from '../organizations/organizations.service.ts'
import type { Notices } from '../ports.ts'
import { apiKeyChannel } from './api-keys.queries.ts'
import type { Principal } from './api-keys.types.ts'

const maxRemembered = 10_000

/** What one process has looked up about keys, kept only while news of them is sure to come (docs/adr/0007). */
export interface KeyMemory<T> {
  /** What is remembered under the name, or what the look-up finds; nothing found is nothing remembered. */
  recall(name: string, lookUp: () => Promise<T | undefined>): Promise<T | undefined>
}

/** Makes a memory that forgets on every notice of a key or its app, and wholly when some may have been missed. */
export function createKeyMemory<T>(notices: Notices, principalOf: (item: T) => Principal): KeyMemory<T> {
  const remembered = new Map<string, T>()
  const pending = new Map<string, Promise<T | undefined>>()
  // Counts the news: a look-up that was under way when some came must not be remembered.
  let news = 0

  function forget(changed: (principal: Principal) => boolean): void {
    news++
    for (const [name, item] of remembered) if (changed(principalOf(item))) remembered.delete(name)
  }
  notices.listen(apiKeyChannel, (id) => forget(({ apiKeyId }) => apiKeyId === id))
  notices.listen(appsChannel, (id) => forget(({ appId }) => appId === id))
  notices.onGap(() => {
    news++
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
      // Requests that arrive together share one look-up, begun at most a moment before them.
      const running = pending.get(name)
      if (running !== undefined) return running
      const lookup = remember(name, lookUp).finally(() => pending.delete(name))
      pending.set(name, lookup)
      return lookup
    },
  }
}
