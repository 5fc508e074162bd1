import type { TokenClaims } from '../../core/api-keys/api-keys.types.ts'
import { DomainFault } from '../../core/errors.ts'

/** The claims by which the vendor's tokens can be narrowed; its documents and clients write `*` in all of them. */
const narrowing = ['user_id', 'resource', 'action'] as const

/**
 * Refuses a token that was made for another key (`credentials_invalid`), and one that is for less than everything
 * (`scope_missing`): nobody says what less would mean, and more than was meant must not be let through.
 */
export function checkClaims(claims: TokenClaims, key: string): void {
  if (claims.api_key !== undefined && claims.api_key !== key) throw new DomainFault({ code: 'credentials_invalid' })
  for (const claim of narrowing) {
    const value = claims[claim]
    if (value !== undefined && value !== '*') throw new DomainFault({ code: 'scope_missing', scope: `${claim}=*` })
  }
}
