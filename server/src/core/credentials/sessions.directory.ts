import type { Db } from '../db.ts'
import { createMemory } from '../memory.ts'
import type { Notices } from '../ports.ts'
import type { Session } from './credentials.types.ts'
import { selectSession, sessionsChannel } from './sessions.queries.ts'
import type { SessionClaims } from './sessions.rules.ts'

/** What one process knows of sessions, so that a request costs no look-up and no signature is verified twice. */
export interface SessionDirectory {
  /**
   * A session that stands. One that ends is forgotten by every process within a second, or the memory is not used
   * (docs/adr/0007).
   */
  find(appId: string, id: string): Promise<Pick<Session, 'id' | 'profileId'> | undefined>
  /** What a token of the app says, read once: what it said stays true, but for its end, which is the caller's to judge. */
  claimsOf(appId: string, token: string, read: () => Promise<SessionClaims>): Promise<SessionClaims>
}

/** Some 5 MB. */
const maxTokens = 10_000

/** Makes the directory of one process. */
export function createSessionDirectory(db: Db, notices: Notices): SessionDirectory {
  const sessions = createMemory<Session>({ db, notices }, { [sessionsChannel]: ({ profileId }) => profileId })
  const tokens = new Map<string, SessionClaims>()
  return {
    find: (appId, id) => sessions.recall(`${appId} ${id}`, () => selectSession({ db, appId }, id)),
    async claimsOf(appId, token, read) {
      const name = `${appId} ${token}`
      const known = tokens.get(name)
      if (known !== undefined) return known
      const claims = await read()
      if (tokens.size >= maxTokens) tokens.delete(tokens.keys().next().value ?? '')
      tokens.set(name, claims)
      return claims
    },
  }
}
