import type { Scope } from '../context.ts'
import type { AppMode } from '../organizations/organizations.types.ts'

/** What an operator is in an organization, from the one who may least. */
export const roles = ['viewer', 'developer', 'admin', 'owner'] as const

export type Role = (typeof roles)[number]

/** A person who runs apps. */
export interface Operator {
  readonly id: string
  /** In the form of `toMailbox`. */
  readonly email: string
  readonly name: string
  readonly twoFactorEnabled: boolean
  readonly createdAt: Date
}

/** An operator as a member of one organization. */
export interface Member extends Operator {
  readonly role: Role
  /** When they joined. */
  readonly createdAt: Date
}

/** A session that stands, and whose it is. */
export interface OperatorSession {
  readonly id: string
  readonly operator: Operator
  readonly createdAt: Date
}

/** An app as its operators find it. */
export interface OperatorApp {
  readonly id: string
  readonly number: number
  readonly name: string
  readonly mode: AppMode
  readonly createdAt: Date
}

/** An organization that an operator belongs to, what they may do in its apps, and these. */
export interface OperatorOrganization {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly scopes: readonly Scope[]
  readonly apps: readonly OperatorApp[]
}

/** Where a session is begun from. */
export interface SignInPlace {
  readonly address: string
  readonly userAgent: string
}

/** An open invitation to an organization. */
export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** What a link says of itself to whoever has it. */
export interface LinkDescription {
  readonly kind: 'setup' | 'invitation' | 'reset'
  /** Whose it is; null when that is asked. */
  readonly email: string | null
  /** The name of the organization that it leads into; null when that is asked. */
  readonly organization: string | null
  readonly role: Role | null
  /** Whether its person has a password already: they prove themselves by it. */
  readonly known: boolean
}

/** What a link is accepted with. Which of it is needed depends on the link. */
export interface Acceptance {
  readonly token: string
  readonly password: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  /** The name of the first organization. */
  readonly organization?: string | undefined
}

/** An operator by the command line: with all organizations that they belong to. */
export interface ListedOperator extends Operator {
  readonly organizations: readonly { readonly id: string; readonly name: string; readonly role: Role }[]
}

/** A session as its operator sees it among their own. */
export interface ListedSession {
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly address: string | null
  readonly userAgent: string | null
}

/** A passkey as its operator sees it. */
export interface Passkey {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}
