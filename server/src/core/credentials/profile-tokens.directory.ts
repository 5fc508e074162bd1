import type { Db } from '../db.ts'
import { createMemory } from '../memory.ts'
import type { Notices } from '../ports.ts'
import { usernamesChannel } from '../profiles/profiles.service.ts'
import type { TokenKind } from './credentials.types.ts'
import { selectTokenOwner, type TokenOwner, tokensChannel } from './profile-tokens.queries.ts'

/** What one process knows of people's tokens, so that a request costs no look-up. */
export interface TokenDirectory {
  /**
   * Whose token has the hash. One that ends is forgotten by this process at once and by every other within a second, or the memory is
   * not used (docs/adr/0007); its own end is the caller's to judge.
   */
  find(appId: string, kind: TokenKind, hash: Buffer): Promise<TokenOwner | undefined>
  /** The same asked anew, and not remembered. */
  ask: TokenDirectory['find']
}

/** Makes the directory of one process. */
export function createTokenDirectory(db: Db, notices: Notices): TokenDirectory {
  const whose = ({ profileId }: TokenOwner) => profileId
  const owners = createMemory<TokenOwner>({ db, notices }, { [tokensChannel]: whose, [usernamesChannel]: whose })
  const ask: TokenDirectory['find'] = (appId, kind, hash) => selectTokenOwner({ db, appId }, { kind, hash })
  return {
    find: (appId, kind, hash) =>
      owners.recall(`${appId} ${kind} ${hash.toString('base64')}`, () => ask(appId, kind, hash)),
    ask,
  }
}
