import type { Ctx } from '../context.ts'
import type { Profile, ProfileInput } from '../profiles/profiles.types.ts'

/** What a person registers with. */
export interface Registration {
  readonly profile: ProfileInput
  /** Without one, or with an empty one, there is no login by password until one is set. */
  readonly password: string | undefined
}

/** A person who has just registered, with the token that stays. */
export interface RegisteredPerson {
  readonly profile: Profile
  readonly token: string
}

/** `permanent` until the password is changed, `temporary` for six hours at most. */
export type TokenKind = 'permanent' | 'temporary'

/** Both tokens of a person, 40 hexadecimal characters each. */
export interface PersonTokens {
  readonly permanent: string
  readonly temporary: string
  readonly temporaryExpiresAt: Date
}

/** A login that a person is in until it ends. */
export interface Session {
  /** UUIDv7. */
  readonly id: string
  readonly profileId: string
  readonly createdAt: Date
  readonly renewedAt: Date
  /** When it ends unless it is renewed. */
  readonly expiresAt: Date
}

/** The tokens of a session, JWTs: `access` for a quarter of an hour, `refresh` to renew both, once. */
export interface SessionTokens {
  readonly access: string
  readonly refresh: string
}

/** A login by password. `address` is the IP address that the person is at; wrong passwords are counted by it. */
export interface LoginInput {
  /** A username or an e-mail. */
  readonly name: string
  readonly password: string
  readonly address: string
}

/** A password that a person who is logged in proves themselves with again. */
export interface PasswordProof {
  readonly password: string
  readonly address: string
}

/** A change of password by its owner. */
export interface PasswordChange {
  readonly current: string
  readonly next: string
  readonly address: string
  /** The session that the change is made in: the others end. */
  readonly sessionId?: string | undefined
  /** What is done in the same transaction, with the profile locked. */
  readonly alongside?: ((tx: Ctx) => Promise<unknown>) | undefined
}

/** What a wrong password was for: each has a count of its own. */
export type FailurePurpose = 'login' | 'change'
