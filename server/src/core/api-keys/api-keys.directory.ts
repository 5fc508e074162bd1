import type { Db } from '../db.ts'
import { appsChannel } from '../organizations/organizations.service.ts'
import type { Notices } from '../ports.ts'
import { apiKeyChannel, selectPrincipal, updateLastUsed } from './api-keys.queries.ts'
import { hashSecret } from './api-keys.rules.ts'
import type { Principal } from './api-keys.types.ts'

const maxRemembered = 10_000

/**
 * The keys that this process has seen, so that a request costs no look-up. What it remembers holds only while the
 * notices can be trusted: a revocation, or a change of an app, reaches every process within a second, or the memory is
 * not used.
 */
export interface KeyDirectory {
  /** The principal of a secret that is neither unknown nor revoked; expiry is the caller's to judge. */
  find(secret: string): Promise<Principal | undefined>
  /** Notes a use, to be written later; costs no statement. */
  noteUse(apiKeyId: string, at: Date): void
  /** Writes the uses noted since the last call. */
  writeUses(): Promise<void>
}

/** Makes the directory of one process. */
export function createKeyDirectory(db: Db, notices: Notices): KeyDirectory {
  const remembered = new Map<string, Principal>()
  const pending = new Map<string, Promise<Principal | undefined>>()
  let uses = new Map<string, Date>()
  // Counts the news: a look-up that was under way when some came must not be remembered.
  let news = 0

  function forget(changed: (principal: Principal) => boolean): void {
    news++
    for (const [hash, principal] of remembered) if (changed(principal)) remembered.delete(hash)
  }
  notices.listen(apiKeyChannel, (id) => forget(({ apiKeyId }) => apiKeyId === id))
  notices.listen(appsChannel, (id) => forget(({ appId }) => appId === id))
  notices.onGap(() => {
    news++
    remembered.clear()
  })

  async function lookUp(hash: Buffer, name: string): Promise<Principal | undefined> {
    const newsBefore = news
    const principal = await selectPrincipal({ db }, hash)
    if (principal !== undefined && notices.trusted && news === newsBefore) {
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value ?? '')
      remembered.set(name, principal)
    }
    return principal
  }

  return {
    async find(secret) {
      const hash = hashSecret(secret)
      const name = hash.toString('base64')
      if (notices.trusted) {
        const known = remembered.get(name)
        if (known !== undefined) return known
      }
      // Requests that arrive together share one look-up, begun at most a moment before them.
      const running = pending.get(name)
      if (running !== undefined) return running
      const lookup = lookUp(hash, name).finally(() => pending.delete(name))
      pending.set(name, lookup)
      return lookup
    },
    noteUse(apiKeyId, at) {
      uses.set(apiKeyId, at)
    },
    async writeUses() {
      if (uses.size === 0) return
      const written = uses
      uses = new Map()
      try {
        await updateLastUsed({ db }, written)
      } catch (error) {
        // For the next time; what was noted meanwhile is later.
        uses = new Map([...written, ...uses])
        throw error
      }
    },
  }
}
