import type { Scope } from '../context.ts'
import type { AppIdentity } from '../organizations/organizations.types.ts'

/** A key pair as its owners may see it: never its secret. */
export interface ApiKey {
  readonly id: string
  readonly appId: string
  readonly name: string
  /** The public half, `pk_…`. */
  readonly key: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** Up to a minute behind. */
  readonly lastUsedAt: Date | null
}

/** A key pair with its secret, `sk_…`: the answer to its creation and nothing else. */
export interface IssuedApiKey extends ApiKey {
  readonly secret: string
}

/** What a valid key stands for. */
export interface Principal extends AppIdentity {
  readonly apiKeyId: string
  readonly scopes: ReadonlySet<Scope>
  readonly expiresAt: Date | null
}

/** What a token says. Nobody has judged it yet, but for its signature and its times. */
export type TokenClaims = Readonly<Record<string, unknown>>

/** What a public key stands for, and the secret that its bearer must have signed with. For this process only: never shown. */
export interface KeyPair {
  readonly principal: Principal
  readonly secret: string
}
