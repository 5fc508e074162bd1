import { errors, jwtVerify } from 'jose'
import { DomainFault } from '../errors.ts'
import type { TokenClaims } from './api-keys.types.ts'

/**
 * Verifies a JWT (RFC 7519) that was signed with HS256 under the UTF-8 bytes of a secret, and gives its claims. Any
 * other algorithm is refused, and no key is taken from the token. `exp` and `nbf` are honoured where they are present,
 * without tolerance. Throws `credentials_invalid`.
 */
export async function verifyToken(secret: string, token: string, now: Date): Promise<TokenClaims> {
  try {
    const { payload } = await jwtVerify(token, Buffer.from(secret), { algorithms: ['HS256'], currentDate: now })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new DomainFault({ code: 'credentials_invalid' })
    throw error
  }
}
