import type { Db } from './db.ts'
import { DomainFault } from './errors.ts'
import type { AppSettings } from './organizations/organizations.types.ts'
import type { Jobs, Keys, Log, Outbound, Passwords, Sealer } from './ports.ts'

/** What a key may do. `organization:manage` is granted by the command line only. */
export const scopes = [
  'profiles:read',
  'profiles:write',
  'keys:manage',
  'webhooks:manage',
  'wallets:write',
  'events:read',
  'organization:manage',
] as const

export type Scope = (typeof scopes)[number]

/** Who acts. */
export interface Actor {
  readonly kind: 'api_key' | 'operator' | 'profile' | 'system'
  readonly id: string
}

/** A write that its client may repeat. `scope` is 32 bytes over app, principal, method, path and key. */
export interface IdempotentRequest {
  /** Seals the stored result, since some hold a secret. */
  readonly sealer: Sealer
  readonly appId: string
  readonly scope: Buffer
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
}

/** The context of one request or one job inside one app. Made once, passed first to every service. */
export interface Ctx extends SystemCtx, AppJobCtx {
  readonly appMode: 'sandbox' | 'live'
  /** At most a second old. */
  readonly settings: AppSettings
  readonly organizationId: string
  readonly organizationNumber: number
  readonly scopes: ReadonlySet<Scope>
  readonly outbound: Pick<Outbound, 'refusal'>
  readonly jobs: Jobs
  readonly passwords: Passwords
}

/** Throws `scope_missing` unless the context holds the scope. */
export function requireScope(ctx: Ctx, scope: Scope): void {
  if (!ctx.scopes.has(scope)) throw new DomainFault({ code: 'scope_missing', scope })
}
