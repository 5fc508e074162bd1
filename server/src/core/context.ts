import type { Db } from './db.ts'
import { DomainFault } from './errors.ts'
import type { AppIdentity } from './organizations/organizations.types.ts'
import type { Files, Jobs, Keys, Log, Outbound, Passwords, Pictures, Sealer } from './ports.ts'
import type { WalletNews } from './wallets/wallets.types.ts'

/** What a key may do. `organization:manage` is granted by the command line only. */
export const scopes = [
  'profiles:read',
  'profiles:write',
  'keys:manage',
  'webhooks:manage',
  'wallets:write',
  'events:read',
  'outbox:read',
  'organization:manage',
] as const

export type Scope = (typeof scopes)[number]

/** What may act: `profile` is a person that has proved to be the one of a profile, `anonymous` one that has not. */
export const actorKinds = ['anonymous', 'api_key', 'operator', 'profile', 'system'] as const

/** Who acts. */
export interface Actor {
  readonly kind: (typeof actorKinds)[number]
  readonly id: string
}

/** Whoever sends a request without credentials. */
export const anonymous: Actor = { kind: 'anonymous', id: 'anonymous' }

/** A write that its client may repeat. `scope` is 32 bytes over app, principal, method, path and key. */
export interface IdempotentRequest {
  /** Seals the stored result, since some hold a secret. */
  readonly sealer: Sealer
  readonly appId: string
  readonly scope: Buffer
  /** Keyed: not to be guessed from without the key. */
  readonly bodyHash: Buffer
  /** Set once the stored result, not a new one, answers the request. */
  replayed: boolean
}

/** What a job has: no keys, since the worker process holds only those it needs. */
export interface JobCtx {
  readonly db: Db
  readonly now: Date
  readonly log: Log
  readonly actor: Actor
  /** The id of the request that caused it, if one did. */
  readonly requestId: string | null
  /** Set when the request may be repeated under a key; see idempotency.ts. */
  readonly idempotency?: IdempotentRequest
  /** Called after a command's commit: its events can be numbered now, and not at the next look round. */
  readonly committed?: () => void
}

/** A job inside one app. */
export interface AppJobCtx extends JobCtx {
  readonly appId: string
}

/** What every piece of work in the API has, whoever it is for. */
export interface SystemCtx extends JobCtx {
  readonly keys: Keys
  /** The address that clients use, when the settings name one; without a trailing slash. */
  readonly publicUrl: string | undefined
}

/** The context of one request or one job inside one app. Made once, passed first to every service. */
export interface Ctx extends SystemCtx, AppJobCtx, AppIdentity {
  readonly scopes: ReadonlySet<Scope>
  readonly outbound: Pick<Outbound, 'refusal'>
  readonly jobs: Jobs
  /** Whether a mail server is set up; without one the mails of sandbox apps are kept in an outbox. */
  readonly sendsMail: boolean
  readonly passwords: Passwords
  readonly files: Files
  readonly pictures: Pictures
  readonly walletNews: WalletNews
}

/** Throws `scope_missing` unless the context holds the scope. */
export function requireScope(ctx: Ctx, scope: Scope): void {
  if (!ctx.scopes.has(scope)) throw new DomainFault({ code: 'scope_missing', scope })
}
