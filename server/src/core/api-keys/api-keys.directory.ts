import type { Db } from '../db.ts'
import { createMemory } from '../memory.ts'
import { appsChannel } from '../organizations/organizations.service.ts'
import type { Notices, Sealer } from '../ports.ts'
import { apiKeyChannel, selectPrincipal, selectSealedPair, updateLastUsed } from './api-keys.queries.ts'
import { hashSecret, secretPurpose } from './api-keys.rules.ts'
import type { KeyPair, Principal } from './api-keys.types.ts'

/**
 * The keys that this process has seen, so that a request costs no look-up. What it remembers holds only while the
 * notices can be trusted: a revocation, an earlier end, or a change of an app reaches every process within a second, or the
 * memory is not used.
 */
export interface KeyDirectory {
  /** The principal of a secret that is neither unknown nor revoked; expiry is the caller's to judge. */
  find(secret: string): Promise<Principal | undefined>
  /** The pair of a public key, `pk_…`, on the same terms. Throws when its secret was sealed with another key. */
  findPair(key: string): Promise<KeyPair | undefined>
  /** Notes a use, to be written later; costs no statement. */
  noteUse(apiKeyId: string, at: Date): void
  /** Writes the uses noted since the last call. */
  writeUses(): Promise<void>
}

/** Makes the directory of one process. The sealer opens the secrets of pairs. */
export function createKeyDirectory(db: Db, sealer: Sealer, notices: Notices): KeyDirectory {
  const principals = createMemory<Principal>(
    { db, notices },
    {
      [apiKeyChannel]: ({ apiKeyId }) => apiKeyId,
      [appsChannel]: ({ appId }) => appId,
    },
  )
  const pairs = createMemory<KeyPair>(
    { db, notices },
    {
      [apiKeyChannel]: ({ principal }) => principal.apiKeyId,
      [appsChannel]: ({ principal }) => principal.appId,
    },
  )
  let uses = new Map<string, Date>()

  async function openPair(key: string): Promise<KeyPair | undefined> {
    const pair = await selectSealedPair({ db }, key)
    if (pair === undefined) return undefined
    const { principal, secretSealed } = pair
    return { principal, secret: sealer.open(secretPurpose, principal.apiKeyId, secretSealed).toString() }
  }

  return {
    find(secret) {
      const hash = hashSecret(secret)
      return principals.recall(hash.toString('base64'), () => selectPrincipal({ db }, hash))
    },
    findPair: (key) => pairs.recall(key, () => openPair(key)),
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
