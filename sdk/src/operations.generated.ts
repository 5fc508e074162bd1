// Made by `npm run docs` from the schemas of server/src/dialects/native.

export interface Actor {
  readonly kind: 'anonymous' | 'api_key' | 'operator' | 'profile' | 'system'
  readonly id: string
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  /** The public half */
  readonly key: string
  readonly scopes: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly expiresAt: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly revokedAt: string | null
  /** Up to a minute behind */
  readonly lastUsedAt: string | null
}

export interface ApiKeyBody {
  readonly name: string
  readonly scopes: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly expiresAt?: string | null | undefined
}

export interface App {
  readonly id: string
  readonly number: number
  readonly organizationId: string
  readonly name: string
  readonly mode: AppMode
  readonly settings: AppSettings
  /**
   * The hosts by which requests without an API key find the app, as `shop.example.com`: no port, at most 100. A host
   * leads to one app only; loopback and the host of `FACET_PUBLIC_URL` lead to the default app
   */
  readonly hosts: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
}

export type AppMode = 'sandbox' | 'live'

export interface AppPatch {
  readonly name?: string | undefined
  readonly settings?: {
    readonly limits?: {
      readonly perSecond?: number | null | undefined
      readonly perMinute?: number | null | undefined
      readonly parallel?: number | null | undefined
    } | undefined
    readonly selfService?: {
      readonly enabled?: boolean | null | undefined
      readonly registration?: boolean | null | undefined
      readonly strict?: boolean | null | undefined
      readonly changesPerDay?: number | null | undefined
    } | undefined
    readonly wallets?: {
      readonly networks?: readonly string[] | null | undefined
      readonly withProfile?: readonly string[] | null | undefined
      readonly defaultEvmNetwork?: string | null | undefined
    } | undefined
  } | undefined
  /**
   * The hosts by which requests without an API key find the app, as `shop.example.com`: no port, at most 100. A host
   * leads to one app only; loopback and the host of `FACET_PUBLIC_URL` lead to the default app
   */
  readonly hosts?: readonly string[] | undefined
}

export interface AppSettings {
  /** What the app may ask of those dialects that count its requests; this one does not */
  readonly limits: {
    readonly perSecond: number
    readonly perMinute: number
    /** Requests under way at the same time in one process */
    readonly parallel: number
  }
  /** What people may do by themselves, in dialects that know people and not only API keys */
  readonly selfService: {
    /** People may use the app's profiles with credentials of their own */
    readonly enabled: boolean
    /** Anybody may register */
    readonly registration: boolean
    /** People must sign in to read profiles */
    readonly strict: boolean
    /** How often a person may change their own profile within a day of the first change */
    readonly changesPerDay: number
  }
  /**
   * Networks, each once. A sandbox app takes test networks (tBTC, tETH, AMOY, SANDBOX), a live app main networks (BTC,
   * ETH, POLYGON)
   */
  readonly wallets: {
    /** Those that wallets may be on; all of them until it is set */
    readonly networks: readonly string[]
    /** Those on which every new profile gets a wallet; none until it is set */
    readonly withProfile: readonly string[]
    /** The one of clients that can name none */
    readonly defaultEvmNetwork: string
  }
}

export interface BegunWorkflow {
  /** What became of it: `GET /facet/v1/workflows/{id}` */
  readonly id: string
  readonly profileId: string
  /** The network's alias, as in `GET /facet/v1/networks` */
  readonly network: string
  /** RFC 3339, UTC, milliseconds */
  readonly requestedAt: string
}

export interface CallStatistics {
  readonly window: 'hour' | 'day'
  /** RFC 3339, UTC, milliseconds */
  readonly from: string
  /** The end of the step that is not over yet */
  readonly to: string
  readonly stepSeconds: number
  /** Every dialect that was called, by name */
  readonly dialects: ReadonlyArray<{
    readonly dialect: string
    readonly requests: number
    /** Those with a status of 400 and more */
    readonly errors: number
    /** Those with a status of 500 and more */
    readonly serverErrors: number
    /** The 95th percentile, at most 22.5 % off from 0.7 ms to 11 s; null when there was no request */
    readonly p95Ms: number | null
    readonly series: {
      /** One a step, from the first to the last */
      readonly requests: readonly number[]
      /** One a step, from the first to the last */
      readonly errors: readonly number[]
      /** One a step, from the first to the last */
      readonly p95Ms: ReadonlyArray<number | null>
    }
  }>
}

export interface CreatedApp {
  readonly id: string
  readonly number: number
  readonly organizationId: string
  readonly name: string
  readonly mode: AppMode
  readonly settings: AppSettings
  /**
   * The hosts by which requests without an API key find the app, as `shop.example.com`: no port, at most 100. A host
   * leads to one app only; loopback and the host of `FACET_PUBLIC_URL` lead to the default app
   */
  readonly hosts: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  readonly apiKey: IssuedApiKey
}

export interface EventType {
  readonly type: string
  readonly about: string
  /** What `subjectId` is the id of */
  readonly subject: string
  /** JSON Schema of `data` */
  readonly schema: Readonly<Record<string, unknown>>
  /** An instance of `data` */
  readonly example: Readonly<Record<string, unknown>>
}

export type EventTypeName =
  | 'profile.created'
  | 'profile.updated'
  | 'profile.email_changed'
  | 'profile.password_changed'
  | 'profile.unsubscribed'
  | 'profile.deleted'
  | 'profile.merged'
  | 'profile_list.created'
  | 'profile_list.updated'
  | 'profile_list.deleted'
  | 'profile_property.created'
  | 'wallet.created'
  | 'address.created'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'api_key.rotated'
  | 'api_key.secret_shown'
  | 'app.created'
  | 'app.updated'
  | 'seed.created'
  | 'seed.exported'
  | 'webhook_endpoint.created'
  | 'webhook_endpoint.updated'
  | 'webhook_endpoint.secret_rotated'
  | 'webhook_endpoint.disabled'
  | 'webhook_endpoint.deleted'
  | 'webhook_endpoint.tested'

export interface Face {
  readonly dialect: string
  /** What the dialect's clients send, to this server */
  readonly request: {
    readonly method: string
    readonly path: string
    /**
     * By name. `{secret}` and `{key}` stand for the halves of an API key, `{jwt}` for a token signed with the first,
     * `{token}` for one of the person's
     */
    readonly headers: Readonly<Record<string, string>>
  }
  readonly status: number
  /** The answer, to the byte */
  readonly body: string
}

export interface FeedEvent {
  /** The same wherever and however often the event is told */
  readonly id: string
  readonly type: EventTypeName
  /** Its place in the feed, from 1, without gaps; null for the moments until it has one */
  readonly sequence: number | null
  readonly appId: string
  readonly time: string
  readonly actor: Actor
  /** `X-Request-Id` of the request that made the change */
  readonly requestId: string | null
  /** `subjectId`, when that is a profile */
  readonly profileId: string | null
  /** What the event is about; see the type */
  readonly subjectId: string
  /** The fields that differ; the schema of each type is at `/facet/v1/event-types` */
  readonly data: {
    readonly before: Readonly<Record<string, unknown>> | null
    readonly after: Readonly<Record<string, unknown>> | null
  }
}

export interface FeedPage {
  readonly data: readonly FeedEvent[]
  /** `after` of the next request, however few events came */
  readonly nextAfter: number
  /** Whether there may be more at once */
  readonly more: boolean
}

export interface FieldError {
  readonly path: string
  readonly rule: string
  readonly detail: string
}

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly expiresAt: string
}

export interface IssuedApiKey {
  readonly id: string
  readonly name: string
  /** The public half */
  readonly key: string
  readonly scopes: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly expiresAt: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly revokedAt: string | null
  /** Up to a minute behind */
  readonly lastUsedAt: string | null
  /** Shown in this answer only */
  readonly secret: string
}

export interface IssuedInvitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly expiresAt: string
  /** Where it is accepted. Shown in this answer only */
  readonly url: string
}

export interface IssuedWebhookEndpoint {
  readonly id: string
  /**
   * Kept as the URL standard writes it. https in a live app; public addresses only, but for the local targets that the
   * server allows sandbox apps
   */
  readonly url: string
  /** Types of events, each of which is kept once; `profile.*` stands for all that begin so, `*` for all */
  readonly types: readonly string[]
  /** For people; at most 255 characters */
  readonly description: string | null
  /** The id of an actor whose own changes are not told, as that of the API key that the receiver uses */
  readonly excludeActor: string | null
  /** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id */
  readonly signature: WebhookSignature
  /** `paused`: events wait, as somebody asked. `disabled`: they wait, as the receiver failed */
  readonly state: 'active' | 'paused' | 'disabled'
  /** `failing`: nothing but failures for 5 days. `gone`: the receiver answered 410 */
  readonly disabledReason: string | null
  /** Since when every attempt has failed; up to a minute behind */
  readonly failingSince: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly updatedAt: string
  /** The secrets that sign, the newest first: one, and while a rotation overlaps two */
  readonly secrets: ReadonlyArray<{
    /** Names the secret in the `original` signature */
    readonly keyId: string
    /** RFC 3339, UTC, milliseconds */
    readonly createdAt: string
    /** When it signs no more; null for the newest */
    readonly expiresAt: string | null
  }>
  /** Names the new secret */
  readonly keyId: string
  /** `whsec_` and 32 bytes in base64. Shown in this answer only */
  readonly secret: string
}

export interface Member {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** When they joined the organization */
  readonly createdAt: string
  readonly twoFactorEnabled: boolean
}

export interface Network {
  /** The same in every installation */
  readonly id: string
  /** Names the network in requests, answers, events and settings */
  readonly alias: string
  /** For people; a test network may share it with the main one */
  readonly name: string
  /** EIP-155; null where a network has none, as Bitcoin */
  readonly chainId: number | null
  /** How many digits the smallest unit of its coin is below one */
  readonly decimals: number
  /** `bitcoin`: P2WPKH addresses (BIP-84). `evm`: addresses with the checksum of EIP-55 */
  readonly family: 'bitcoin' | 'evm'
  readonly isTest: boolean
  /** After how many blocks a transaction counts */
  readonly confirmations: number
  /** With `{address}` in it; null where nothing explores the network */
  readonly explorerUrlTemplate: string | null
  /** Whether the app's settings let wallets be made on it */
  readonly enabled: boolean
}

export interface Operator {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly twoFactorEnabled: boolean
  readonly organizations: ReadonlyArray<{
    readonly id: string
    readonly name: string
    readonly role: Role
    /** What the role lets the operator do in the apps below */
    readonly scopes: readonly string[]
    readonly apps: ReadonlyArray<{
      readonly id: string
      readonly number: number
      readonly name: string
      readonly mode: AppMode
      /** RFC 3339, UTC, milliseconds */
      readonly createdAt: string
    }>
  }>
}

export interface OutboxMail {
  readonly id: string
  readonly to: string
  readonly subject: string
  /** Plain text */
  readonly text: string
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
}

export interface OutboxPage {
  readonly data: readonly OutboxMail[]
  readonly nextCursor: string | null
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly errors?: readonly FieldError[] | undefined
  readonly oldestSequence?: number | undefined
  readonly requestId: string
}

export interface Profile {
  readonly id: string
  /** Twelve digits */
  readonly uid: string
  /** Twenty digits */
  readonly longId: string
  readonly number: number
  readonly type: ProfileType
  /** The customer's own id: exact, at most 255 characters, unique in the app */
  readonly reference: string | null
  readonly label: string | null
  /** Unique in the app; compared after folding (NFKC, lower case) */
  readonly username: string | null
  /** Unique in the app; compared after folding (NFKC, lower case) */
  readonly email: string | null
  /**
   * With its calling code, written in any way, no extension; answered as E.164; unique in the app. A calling code that
   * is in use nowhere: kept as written, not unique
   */
  readonly phone: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly fullName: string | null
  /** ISO 3166-1 alpha-2. When a phone is set and no country with it, that of the phone, unless another is set */
  readonly country: string | null
  readonly city: string | null
  readonly organization: string | null
  readonly website: string | null
  readonly twitter: string | null
  /** BCP 47 */
  readonly language: string | null
  /** An IANA name */
  readonly timezone: string | null
  /** ISO 4217 */
  readonly currency: string | null
  /** At most 1,000 characters */
  readonly comment: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly emailVerifiedAt: string | null
  /**
   * Where its picture is: a path, to which is added one of `/original.webp`, `/crop.webp`, `/512.webp`, `/256.webp`,
   * `/128.webp`, `/64.webp`
   */
  readonly picture: string | null
  readonly requireAuth: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  /** Ids of lists of the app, at most 100 */
  readonly listIds: readonly string[]
  /** RFC 3339, UTC, milliseconds */
  readonly unsubscribedAt: string | null
  /** The profile whose person made this one */
  readonly createdBy: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly updatedAt: string
}

export interface ProfileBody {
  readonly type?: ProfileType | undefined
  /** The customer's own id: exact, at most 255 characters, unique in the app */
  readonly reference?: string | null | undefined
  readonly label?: string | null | undefined
  /** Unique in the app; compared after folding (NFKC, lower case) */
  readonly username?: string | null | undefined
  /** Unique in the app; compared after folding (NFKC, lower case) */
  readonly email?: string | null | undefined
  /**
   * With its calling code, written in any way, no extension; answered as E.164; unique in the app. A calling code that
   * is in use nowhere: kept as written, not unique
   */
  readonly phone?: string | null | undefined
  readonly firstName?: string | null | undefined
  readonly lastName?: string | null | undefined
  readonly fullName?: string | null | undefined
  /** ISO 3166-1 alpha-2. When a phone is set and no country with it, that of the phone, unless another is set */
  readonly country?: string | null | undefined
  readonly city?: string | null | undefined
  readonly organization?: string | null | undefined
  readonly website?: string | null | undefined
  readonly twitter?: string | null | undefined
  /** BCP 47 */
  readonly language?: string | null | undefined
  /** An IANA name */
  readonly timezone?: string | null | undefined
  /** ISO 4217 */
  readonly currency?: string | null | undefined
  /** At most 1,000 characters */
  readonly comment?: string | null | undefined
  readonly requireAuth?: boolean | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /** Ids of lists of the app, at most 100 */
  readonly listIds?: readonly string[] | undefined
}

export interface ProfileList {
  readonly id: string
  /** Twenty digits */
  readonly longId: string
  /** Unique in the app */
  readonly name: string
  readonly description: string
  /** `#rrggbb` */
  readonly color: string
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly updatedAt: string
}

export interface ProfileListBody {
  /** Unique in the app */
  readonly name: string
  readonly description?: string | undefined
  /** `#rrggbb` */
  readonly color?: string | undefined
}

export interface ProfileListPatch {
  /** Unique in the app */
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** `#rrggbb` */
  readonly color?: string | undefined
}

export interface ProfilePage {
  readonly data: readonly Profile[]
  readonly nextCursor: string | null
  /** The exact number of profiles; null when the list is filtered or searched */
  readonly total: number | null
}

export interface ProfileProperty {
  readonly id: string
  /** Twenty digits */
  readonly longId: string
  /** The name of the attribute, unique in the app */
  readonly label: string
  readonly dataType: PropertyType
  readonly example: string
  readonly description: string
  readonly exportAlias: string
  /** Whether its values say something of a person */
  readonly personal: boolean
  readonly importable: boolean
  readonly exportable: boolean
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly updatedAt: string
}

export interface ProfilePropertyBody {
  /** The name of the attribute, unique in the app */
  readonly label: string
  readonly dataType: PropertyType
  readonly example?: string | undefined
  readonly description?: string | undefined
  readonly exportAlias?: string | undefined
  /** Whether its values say something of a person */
  readonly personal?: boolean | undefined
  readonly importable?: boolean | undefined
  readonly exportable?: boolean | undefined
}

export type ProfileType = 'User' | 'Department' | 'Merchant'

export type PropertyType = 'text' | 'number' | 'boolean' | 'date' | 'datetime'

export interface RecentCall {
  /** That of the request */
  readonly id: string
  /** When it was answered */
  readonly at: string
  readonly dialect: string
  readonly method: string
  /** The pattern of the path, which names nobody */
  readonly route: string
  readonly status: number
  /** How long it took */
  readonly ms: number
  /** `X-Request-Id` of the answer */
  readonly requestId: string
}

export type Role = 'viewer' | 'developer' | 'admin' | 'owner'

export interface Session {
  readonly id: string
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** When its tokens were renewed last */
  readonly renewedAt: string
  /** When it ends unless they are renewed */
  readonly expiresAt: string
}

export interface Wallet {
  readonly id: string
  readonly profileId: string
  /** The network's alias, as in `GET /facet/v1/networks` */
  readonly network: string
  /** The account's index in the app's seed (BIP-44): that of the profile on every network */
  readonly accountIndex: number
  readonly addressCount: number
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
}

export interface WalletAddress {
  readonly id: string
  readonly walletId: string
  readonly profileId: string
  /** The network's alias, as in `GET /facet/v1/networks` */
  readonly network: string
  readonly address: string
  /** Of the account's receiving chain (BIP-44) */
  readonly addressIndex: number
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
}

export interface WalletAddressPage {
  readonly data: readonly WalletAddress[]
  readonly nextCursor: string | null
}

export interface WalletBody {
  /** The network's alias, as in `GET /facet/v1/networks` */
  readonly network: string
  /** Whether it is to have a first address too. Default: `false` */
  readonly withAddress?: boolean | undefined
}

export interface WalletPage {
  readonly data: readonly Wallet[]
  readonly nextCursor: string | null
  /** All wallets of the app; null when a network is named */
  readonly total: number | null
}

export interface WebhookDelivery {
  /** The event's place in the feed; with the endpoint it names the delivery */
  readonly sequence: number
  /** Sent as `webhook-id` */
  readonly eventId: string
  readonly type: string
  readonly subjectId: string
  /**
   * `due`: to be attempted. `held`: behind an earlier event of the same subject. `delivered`: answered with 2xx.
   * `failed`: given up
   */
  readonly state: WebhookDeliveryState
  /** How many were made */
  readonly attempts: number
  /** When the next attempt is to be made */
  readonly dueAt: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly finishedAt: string | null
}

export interface WebhookDeliveryPage {
  readonly data: readonly WebhookDelivery[]
  readonly nextCursor: string | null
}

/**
 * `due`: to be attempted. `held`: behind an earlier event of the same subject. `delivered`: answered with 2xx.
 * `failed`: given up
 */
export type WebhookDeliveryState = 'due' | 'held' | 'delivered' | 'failed'

export interface WebhookDeliveryWithAttempts {
  /** The event's place in the feed; with the endpoint it names the delivery */
  readonly sequence: number
  /** Sent as `webhook-id` */
  readonly eventId: string
  readonly type: string
  readonly subjectId: string
  /**
   * `due`: to be attempted. `held`: behind an earlier event of the same subject. `delivered`: answered with 2xx.
   * `failed`: given up
   */
  readonly state: WebhookDeliveryState
  /** How many were made */
  readonly attempts: number
  /** When the next attempt is to be made */
  readonly dueAt: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly finishedAt: string | null
  /** Every attempt, the oldest first */
  readonly attemptLog: ReadonlyArray<{
    readonly number: number
    /** RFC 3339, UTC, milliseconds */
    readonly startedAt: string
    readonly durationMs: number
    /** Null when no answer came */
    readonly status: number | null
    /** Why no answer came */
    readonly error: string | null
    /** Of the answer */
    readonly headers: Readonly<Record<string, string>> | null
    /** The first 4 KiB of the answer */
    readonly body: string | null
  }>
}

export interface WebhookEndpoint {
  readonly id: string
  /**
   * Kept as the URL standard writes it. https in a live app; public addresses only, but for the local targets that the
   * server allows sandbox apps
   */
  readonly url: string
  /** Types of events, each of which is kept once; `profile.*` stands for all that begin so, `*` for all */
  readonly types: readonly string[]
  /** For people; at most 255 characters */
  readonly description: string | null
  /** The id of an actor whose own changes are not told, as that of the API key that the receiver uses */
  readonly excludeActor: string | null
  /** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id */
  readonly signature: WebhookSignature
  /** `paused`: events wait, as somebody asked. `disabled`: they wait, as the receiver failed */
  readonly state: 'active' | 'paused' | 'disabled'
  /** `failing`: nothing but failures for 5 days. `gone`: the receiver answered 410 */
  readonly disabledReason: string | null
  /** Since when every attempt has failed; up to a minute behind */
  readonly failingSince: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly createdAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly updatedAt: string
  /** The secrets that sign, the newest first: one, and while a rotation overlaps two */
  readonly secrets: ReadonlyArray<{
    /** Names the secret in the `original` signature */
    readonly keyId: string
    /** RFC 3339, UTC, milliseconds */
    readonly createdAt: string
    /** When it signs no more; null for the newest */
    readonly expiresAt: string | null
  }>
}

export interface WebhookEndpointBody {
  /**
   * Kept as the URL standard writes it. https in a live app; public addresses only, but for the local targets that the
   * server allows sandbox apps
   */
  readonly url: string
  /** Types of events, each of which is kept once; `profile.*` stands for all that begin so, `*` for all */
  readonly types: readonly string[]
  /** For people; at most 255 characters */
  readonly description?: string | null | undefined
  /** The id of an actor whose own changes are not told, as that of the API key that the receiver uses */
  readonly excludeActor?: string | null | undefined
  /** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id */
  readonly signature?: WebhookSignature | undefined
}

export interface WebhookEndpointPatch {
  /**
   * Kept as the URL standard writes it. https in a live app; public addresses only, but for the local targets that the
   * server allows sandbox apps
   */
  readonly url?: string | undefined
  /** Types of events, each of which is kept once; `profile.*` stands for all that begin so, `*` for all */
  readonly types?: readonly string[] | undefined
  /** For people; at most 255 characters */
  readonly description?: string | null | undefined
  /** The id of an actor whose own changes are not told, as that of the API key that the receiver uses */
  readonly excludeActor?: string | null | undefined
  /** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id */
  readonly signature?: WebhookSignature | undefined
  /** `paused`: events wait. `active`: they are sent, also after the endpoint was disabled */
  readonly state?: 'active' | 'paused' | undefined
}

/** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id */
export type WebhookSignature = 'standard' | 'original'

export interface Workflow {
  /** `x-workflow-id` of the answer that began it */
  readonly id: string
  readonly profileId: string
  /** The network's alias, as in `GET /facet/v1/networks` */
  readonly network: string
  /** `running`: the wallet is not there yet. `completed`: it is. `failed`: it will never be */
  readonly state: 'running' | 'completed' | 'failed'
  /** Null until it is completed */
  readonly walletId: string | null
  /** `profile_gone`: the profile was deleted before it had its wallet */
  readonly failure: string | null
  /** RFC 3339, UTC, milliseconds */
  readonly requestedAt: string
  /** RFC 3339, UTC, milliseconds */
  readonly closedAt: string | null
}

/** What each operation takes, and what it answers, by status, when it succeeds. Else it answers a `Problem`. */
export interface Operations {
  /**
   * Add an address to a wallet: `POST /facet/v1/wallets/{id}/addresses`
   *
   * The next of the receiving chain (BIP-44); no index is skipped or used twice.
   */
  readonly addAddressToWallet: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: WalletAddress }
  }

  /**
   * Change an app: `PATCH /facet/v1/apps/{id}`
   *
   * Needs organization:manage. What is absent is left alone; null puts a setting back to its default, and `hosts` are
   * replaced whole.
   */
  readonly changeApp: {
    readonly params: { readonly id: string }
    readonly body: AppPatch
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: App }
  }

  /** Change a profile: `PATCH /facet/v1/profiles/{profile}` */
  readonly changeProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly body: ProfileBody
    readonly headers: 'Facet-App' | 'Idempotency-Key' | 'If-Match'
    readonly answers: { readonly 200: Profile }
  }

  /** Change a profile list: `PATCH /facet/v1/profile-lists/{id}` */
  readonly changeProfileList: {
    readonly params: { readonly id: string }
    readonly body: ProfileListPatch
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: ProfileList }
  }

  /**
   * Change the role of an operator: `PATCH /facet/v1/operators/{id}`
   *
   * Holds from their next request on. Only an owner gives the role of an owner or takes it, and one owner stays. Needs
   * organization:manage.
   */
  readonly changeRoleOfOperator: {
    readonly params: { readonly id: string }
    readonly body: { readonly role: Role }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: Member }
  }

  /** Change a webhook endpoint: `PATCH /facet/v1/webhook-endpoints/{id}` */
  readonly changeWebhookEndpoint: {
    readonly params: { readonly id: string }
    readonly body: WebhookEndpointPatch
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: WebhookEndpoint }
  }

  /** Create an API key: `POST /facet/v1/api-keys` */
  readonly createApiKey: {
    readonly body: ApiKeyBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: IssuedApiKey }
  }

  /**
   * Create an app: `POST /facet/v1/apps`
   *
   * With a first API key, which holds the scopes of its maker; needs keys:manage too.
   */
  readonly createApp: {
    readonly body: { readonly name: string; readonly mode: AppMode }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: CreatedApp }
  }

  /**
   * Create an app as an operator: `POST /facet/v1/operator/apps`
   *
   * In an organization in which the operator has organization:manage; without a key.
   */
  readonly createAppAsOperator: {
    readonly body: { readonly organizationId: string; readonly name: string; readonly mode: AppMode }
    readonly headers: never
    readonly answers: { readonly 201: App }
  }

  /** Create a profile: `POST /facet/v1/profiles` */
  readonly createProfile: {
    readonly body: ProfileBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: Profile }
  }

  /** Create a profile list: `POST /facet/v1/profile-lists` */
  readonly createProfileList: {
    readonly body: ProfileListBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: ProfileList }
  }

  /** Create a profile property: `POST /facet/v1/profile-properties` */
  readonly createProfileProperty: {
    readonly body: ProfilePropertyBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: ProfileProperty }
  }

  /**
   * Create a webhook endpoint: `POST /facet/v1/webhook-endpoints`
   *
   * It is told of what happens from now on.
   */
  readonly createWebhookEndpoint: {
    readonly body: WebhookEndpointBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: IssuedWebhookEndpoint }
  }

  /**
   * Delete a profile: `DELETE /facet/v1/profiles/{profile}`
   *
   * Its ids stay and answer as not found; its identifiers are free again.
   */
  readonly deleteProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key' | 'If-Match'
    readonly answers: { readonly 204: null }
  }

  /**
   * Delete a profile list: `DELETE /facet/v1/profile-lists/{id}`
   *
   * Profiles may keep its id, which means nothing any more.
   */
  readonly deleteProfileList: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }

  /**
   * Delete a webhook endpoint: `DELETE /facet/v1/webhook-endpoints/{id}`
   *
   * Its secrets and its deliveries go with it.
   */
  readonly deleteWebhookEndpoint: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }

  /**
   * End every session of a profile: `DELETE /facet/v1/profiles/{profile}/sessions`
   *
   * Their tokens are refused by every process within a second.
   */
  readonly endEverySessionOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }

  /** End a session of a profile: `DELETE /facet/v1/profiles/{profile}/sessions/{id}` */
  readonly endSessionOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
      readonly id: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }

  /** Get an API key: `GET /facet/v1/api-keys/{id}` */
  readonly getApiKey: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: ApiKey }
  }

  /** Get an app: `GET /facet/v1/apps/{id}` */
  readonly getApp: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: App }
  }

  /**
   * Get call statistics: `GET /facet/v1/calls`
   *
   * What was called in the last hour or day, by dialect, up to a second ago. Requests with an unknown key or to an
   * unknown path are in no app’s counts, nor are event streams.
   */
  readonly getCallStatistics: {
    readonly query?: {
      /** `hour`: 60 steps of a minute. `day`: 96 of a quarter of an hour */
      readonly window?: 'hour' | 'day' | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: CallStatistics }
  }

  /** Get an event: `GET /facet/v1/events/{id}` */
  readonly getEvent: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: FeedEvent }
  }

  /** Get a mail of the outbox: `GET /facet/v1/outbox/{id}` */
  readonly getMailOfOutbox: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: OutboxMail }
  }

  /**
   * Get the operator: `GET /facet/v1/operator`
   *
   * Who is signed in, with their organizations and the apps of these.
   */
  readonly getOperator: {
    readonly headers: never
    readonly answers: { readonly 200: Operator }
  }

  /** Get a profile: `GET /facet/v1/profiles/{profile}` */
  readonly getProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App' | 'If-None-Match'
    readonly answers: { readonly 200: Profile }
  }

  /**
   * Get the secret of an API key: `GET /facet/v1/api-keys/{id}/secret`
   *
   * For operators, in sandbox apps; needs every scope of the key. An event tells that it was shown.
   */
  readonly getSecretOfApiKey: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly secret: string } }
  }

  /** Get a wallet: `GET /facet/v1/wallets/{id}` */
  readonly getWallet: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: Wallet }
  }

  /** Get a webhook delivery: `GET /facet/v1/webhook-endpoints/{id}/deliveries/{sequence}` */
  readonly getWebhookDelivery: {
    readonly params: {
      readonly id: string
      /** The event's place in the feed */
      readonly sequence: string
    }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: WebhookDeliveryWithAttempts }
  }

  /** Get a webhook endpoint: `GET /facet/v1/webhook-endpoints/{id}` */
  readonly getWebhookEndpoint: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: WebhookEndpoint }
  }

  /**
   * Get a workflow: `GET /facet/v1/workflows/{id}`
   *
   * The making of a wallet. It is kept for 30 days after its end.
   */
  readonly getWorkflow: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: Workflow }
  }

  /**
   * Invite an operator: `POST /facet/v1/invitations`
   *
   * For 7 days, in the place of an open invitation to the same e-mail. It is mailed where the server has a mail server.
   * Needs organization:manage.
   */
  readonly inviteOperator: {
    readonly body: { readonly email: string; readonly role: Role }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: IssuedInvitation }
  }

  /**
   * List the addresses of a wallet: `GET /facet/v1/wallets/{id}/addresses`
   *
   * The oldest first.
   */
  readonly listAddressesOfWallet: {
    readonly params: { readonly id: string }
    readonly query?: {
      readonly limit?: number | undefined
      /** `nextCursor` of the page before */
      readonly cursor?: string | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: WalletAddressPage }
  }

  /** List API keys: `GET /facet/v1/api-keys` */
  readonly listApiKeys: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly ApiKey[] } }
  }

  /** List apps: `GET /facet/v1/apps` */
  readonly listApps: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly App[] } }
  }

  /**
   * List events: `GET /facet/v1/events`
   *
   * The feed of the app, in order. With `Accept: text/event-stream`: the same without an end.
   */
  readonly listEvents: {
    readonly query?: {
      /**
       * Events behind this sequence: `nextAfter` of the answer before; `latest`: those still to come. Without it: from
       * the oldest that is kept
       */
      readonly after?: string | undefined
      /** Any of these types, separated by commas or repeated; `profile.*` stands for all that begin so, `*` for all */
      readonly type?: string | readonly string[] | undefined
      /** Events of this profile alone, by its id, and of those that were merged into it */
      readonly profile?: string | undefined
      /** Of a list; a stream has no end */
      readonly limit?: number | undefined
    } | undefined
    readonly headers: 'Facet-App' | 'Last-Event-ID'
    readonly answers: { readonly 200: FeedPage }
  }

  /**
   * List event types: `GET /facet/v1/event-types`
   *
   * Every type of event with the JSON Schema of its `data`. Any valid key may read it.
   */
  readonly listEventTypes: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly EventType[] } }
  }

  /**
   * List the faces of a profile: `GET /facet/v1/profiles/{profile}/faces`
   *
   * What each dialect answers to a client that asks for the profile. Under its id also for one that was deleted or
   * merged. Nothing is written, and no session begins.
   */
  readonly listFacesOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Face[] } }
  }

  /**
   * List invitations: `GET /facet/v1/invitations`
   *
   * The open ones to the app's organization, the newest first. Needs organization:manage.
   */
  readonly listInvitations: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Invitation[] } }
  }

  /**
   * List networks: `GET /facet/v1/networks`
   *
   * Those that an app of this mode may use: test networks in a sandbox app, main networks in a live one.
   */
  readonly listNetworks: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Network[] } }
  }

  /**
   * List operators: `GET /facet/v1/operators`
   *
   * Those of the app's organization. Needs organization:manage.
   */
  readonly listOperators: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Member[] } }
  }

  /**
   * List the outbox: `GET /facet/v1/outbox`
   *
   * The mails that a sandbox app wrote while the server had no mail server, the newest first; kept for 7 days. A live
   * app has no outbox.
   */
  readonly listOutbox: {
    readonly query?: {
      readonly limit?: number | undefined
      /** `nextCursor` of the page before */
      readonly cursor?: string | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: OutboxPage }
  }

  /** List profile lists: `GET /facet/v1/profile-lists` */
  readonly listProfileLists: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly ProfileList[] } }
  }

  /** List profile properties: `GET /facet/v1/profile-properties` */
  readonly listProfileProperties: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly ProfileProperty[] } }
  }

  /** List profiles: `GET /facet/v1/profiles` */
  readonly listProfiles: {
    readonly query?: {
      readonly limit?: number | undefined
      /** `nextCursor` of the page before */
      readonly cursor?: string | undefined
      /** Default: `-createdAt`, the newest first. Not together with `q` */
      readonly sort?: 'createdAt' | '-createdAt' | 'updatedAt' | '-updatedAt' | undefined
      /**
       * An id, the address of a wallet, or the beginning of an identifier or of words of names. A page looks at so many
       * profiles and no more: it may be short, and even empty, with a `nextCursor`. Not together with filters
       */
      readonly q?: string | undefined
      readonly type?: ProfileType | undefined
      readonly reference?: string | undefined
      readonly username?: string | undefined
      readonly email?: string | undefined
      readonly phone?: string | undefined
      readonly country?: string | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: ProfilePage }
  }

  /**
   * List recent calls: `GET /facet/v1/calls/recent`
   *
   * The newest first, kept for two days. Not every call is kept: of a second the first 10 errors and 5 others of a
   * dialect, of a minute the last 20 and 5.
   */
  readonly listRecentCalls: {
    readonly query?: {
      /** `true`: those with a status of 400 and more. `false`: the others. Default: all */
      readonly failed?: boolean | undefined
      readonly limit?: number | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly RecentCall[] } }
  }

  /**
   * List the sessions of a profile: `GET /facet/v1/profiles/{profile}/sessions`
   *
   * Those that have not ended, the newest first; at most 100.
   */
  readonly listSessionsOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Session[] } }
  }

  /**
   * List wallets: `GET /facet/v1/wallets`
   *
   * Those of all profiles of the app, the newest first.
   */
  readonly listWallets: {
    readonly query?: {
      /** The network's alias, as in `GET /facet/v1/networks` */
      readonly network?: string | undefined
      readonly limit?: number | undefined
      /** `nextCursor` of the page before */
      readonly cursor?: string | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: WalletPage }
  }

  /**
   * List the wallets of a profile: `GET /facet/v1/profiles/{profile}/wallets`
   *
   * The oldest first: one a network, and those of profiles that were merged into it.
   */
  readonly listWalletsOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly Wallet[] } }
  }

  /**
   * List webhook deliveries: `GET /facet/v1/webhook-endpoints/{id}/deliveries`
   *
   * The newest first. Finished ones are kept for 30 days.
   */
  readonly listWebhookDeliveries: {
    readonly params: { readonly id: string }
    readonly query?: {
      /**
       * `due`: to be attempted. `held`: behind an earlier event of the same subject. `delivered`: answered with 2xx.
       * `failed`: given up
       */
      readonly state?: WebhookDeliveryState | undefined
      readonly limit?: number | undefined
      /** `nextCursor` of the page before */
      readonly cursor?: string | undefined
    } | undefined
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: WebhookDeliveryPage }
  }

  /** List webhook endpoints: `GET /facet/v1/webhook-endpoints` */
  readonly listWebhookEndpoints: {
    readonly headers: 'Facet-App'
    readonly answers: { readonly 200: { readonly data: readonly WebhookEndpoint[] } }
  }

  /**
   * Merge a profile into another: `POST /facet/v1/profiles/{profile}/merge`
   *
   * The profile gets what only the source has, identifiers and wallets among it. The source answers as deleted, and its
   * events are listed with those of the profile.
   */
  readonly mergeProfileIntoAnother: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly body: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly source: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: Profile }
  }

  /**
   * Recover webhook deliveries: `POST /facet/v1/webhook-endpoints/{id}/recover`
   *
   * Tries every delivery again that was begun since then and given up, with the whole schedule. Answers the earlier
   * instant of a recovery that is not done yet.
   */
  readonly recoverWebhookDeliveries: {
    readonly params: { readonly id: string }
    readonly body: {
      /** RFC 3339; not in the future */
      readonly since: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: {
      readonly 202: {
        /** RFC 3339; not in the future */
        readonly since: string
      }
    }
  }

  /**
   * Remove an operator: `DELETE /facet/v1/operators/{id}`
   *
   * From the organization, at once; who is in none any more is signed out. One owner stays. Needs organization:manage.
   */
  readonly removeOperator: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }

  /**
   * Remove the picture of a profile: `DELETE /facet/v1/profiles/{profile}/picture`
   *
   * Its files are gone within minutes. Where there is none: no change.
   */
  readonly removePictureOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: Profile }
  }

  /**
   * Request a wallet of a profile: `POST /facet/v1/profiles/{profile}/wallets`
   *
   * The wallet on the network when it is there, with a first address if that is asked for. Otherwise it is made soon,
   * and `wallet.created` tells of it; who asks meanwhile gets the same workflow.
   */
  readonly requestWalletOfProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly body: WalletBody
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: {
      readonly 200: { readonly wallet: Wallet; readonly workflow: null }
      readonly 202: { readonly wallet: null; readonly workflow: BegunWorkflow }
    }
  }

  /**
   * Resend a webhook delivery: `POST /facet/v1/webhook-endpoints/{id}/deliveries/{sequence}/resend`
   *
   * Makes one more attempt, or is the one under way. A delivery that has ended stays as it is if that fails; one that
   * is held goes out in its turn.
   */
  readonly resendWebhookDelivery: {
    readonly params: {
      readonly id: string
      /** The event's place in the feed */
      readonly sequence: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 202: WebhookDelivery }
  }

  /**
   * Revoke an API key: `POST /facet/v1/api-keys/{id}/revoke`
   *
   * Every process refuses it within a second. Again: no change.
   */
  readonly revokeApiKey: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: ApiKey }
  }

  /**
   * Rotate an API key: `POST /facet/v1/api-keys/{id}/rotate`
   *
   * A new pair of the same name, scopes and expiry; the one before expires after a while, in every process at that
   * moment. Needs every scope of the key.
   */
  readonly rotateApiKey: {
    readonly params: { readonly id: string }
    readonly body?: {
      /** After how long the key expires that is replaced; 0 ends it at once */
      readonly overlapSeconds?: number | undefined
    } | null | undefined
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 201: IssuedApiKey }
  }

  /**
   * Rotate a webhook secret: `POST /facet/v1/webhook-endpoints/{id}/rotate-secret`
   *
   * The secret before signs beside the new one for a while; any older one ends at once.
   */
  readonly rotateWebhookSecret: {
    readonly params: { readonly id: string }
    readonly body?: {
      /** How long the secret before signs beside the new one; 0 ends it at once */
      readonly overlapHours?: number | undefined
    } | null | undefined
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: IssuedWebhookEndpoint }
  }

  /**
   * Test a webhook endpoint: `POST /facet/v1/webhook-endpoints/{id}/test`
   *
   * Writes a `webhook_endpoint.tested` event, which goes to this endpoint whatever types it takes.
   */
  readonly testWebhookEndpoint: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: {
      readonly 202: {
        /** The `webhook-id` to expect */
        readonly eventId: string
      }
    }
  }

  /**
   * Unsubscribe a profile: `POST /facet/v1/profiles/{profile}/unsubscribe`
   *
   * Its e-mail and phone cannot be put on another profile from now on. Again: no change.
   */
  readonly unsubscribeProfile: {
    readonly params: {
      /** A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…` */
      readonly profile: string
    }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 200: Profile }
  }

  /** Withdraw an invitation: `DELETE /facet/v1/invitations/{id}` */
  readonly withdrawInvitation: {
    readonly params: { readonly id: string }
    readonly headers: 'Facet-App' | 'Idempotency-Key'
    readonly answers: { readonly 204: null }
  }
}

/** Where each operation is. */
export const operations = {
  addAddressToWallet: { method: 'POST', path: '/facet/v1/wallets/{id}/addresses' },
  changeApp: { method: 'PATCH', path: '/facet/v1/apps/{id}' },
  changeProfile: { method: 'PATCH', path: '/facet/v1/profiles/{profile}' },
  changeProfileList: { method: 'PATCH', path: '/facet/v1/profile-lists/{id}' },
  changeRoleOfOperator: { method: 'PATCH', path: '/facet/v1/operators/{id}' },
  changeWebhookEndpoint: { method: 'PATCH', path: '/facet/v1/webhook-endpoints/{id}' },
  createApiKey: { method: 'POST', path: '/facet/v1/api-keys' },
  createApp: { method: 'POST', path: '/facet/v1/apps' },
  createAppAsOperator: { method: 'POST', path: '/facet/v1/operator/apps' },
  createProfile: { method: 'POST', path: '/facet/v1/profiles' },
  createProfileList: { method: 'POST', path: '/facet/v1/profile-lists' },
  createProfileProperty: { method: 'POST', path: '/facet/v1/profile-properties' },
  createWebhookEndpoint: { method: 'POST', path: '/facet/v1/webhook-endpoints' },
  deleteProfile: { method: 'DELETE', path: '/facet/v1/profiles/{profile}' },
  deleteProfileList: { method: 'DELETE', path: '/facet/v1/profile-lists/{id}' },
  deleteWebhookEndpoint: { method: 'DELETE', path: '/facet/v1/webhook-endpoints/{id}' },
  endEverySessionOfProfile: { method: 'DELETE', path: '/facet/v1/profiles/{profile}/sessions' },
  endSessionOfProfile: { method: 'DELETE', path: '/facet/v1/profiles/{profile}/sessions/{id}' },
  getApiKey: { method: 'GET', path: '/facet/v1/api-keys/{id}' },
  getApp: { method: 'GET', path: '/facet/v1/apps/{id}' },
  getCallStatistics: { method: 'GET', path: '/facet/v1/calls' },
  getEvent: { method: 'GET', path: '/facet/v1/events/{id}' },
  getMailOfOutbox: { method: 'GET', path: '/facet/v1/outbox/{id}' },
  getOperator: { method: 'GET', path: '/facet/v1/operator' },
  getProfile: { method: 'GET', path: '/facet/v1/profiles/{profile}' },
  getSecretOfApiKey: { method: 'GET', path: '/facet/v1/api-keys/{id}/secret' },
  getWallet: { method: 'GET', path: '/facet/v1/wallets/{id}' },
  getWebhookDelivery: { method: 'GET', path: '/facet/v1/webhook-endpoints/{id}/deliveries/{sequence}' },
  getWebhookEndpoint: { method: 'GET', path: '/facet/v1/webhook-endpoints/{id}' },
  getWorkflow: { method: 'GET', path: '/facet/v1/workflows/{id}' },
  inviteOperator: { method: 'POST', path: '/facet/v1/invitations' },
  listAddressesOfWallet: { method: 'GET', path: '/facet/v1/wallets/{id}/addresses' },
  listApiKeys: { method: 'GET', path: '/facet/v1/api-keys' },
  listApps: { method: 'GET', path: '/facet/v1/apps' },
  listEvents: { method: 'GET', path: '/facet/v1/events' },
  listEventTypes: { method: 'GET', path: '/facet/v1/event-types' },
  listFacesOfProfile: { method: 'GET', path: '/facet/v1/profiles/{profile}/faces' },
  listInvitations: { method: 'GET', path: '/facet/v1/invitations' },
  listNetworks: { method: 'GET', path: '/facet/v1/networks' },
  listOperators: { method: 'GET', path: '/facet/v1/operators' },
  listOutbox: { method: 'GET', path: '/facet/v1/outbox' },
  listProfileLists: { method: 'GET', path: '/facet/v1/profile-lists' },
  listProfileProperties: { method: 'GET', path: '/facet/v1/profile-properties' },
  listProfiles: { method: 'GET', path: '/facet/v1/profiles' },
  listRecentCalls: { method: 'GET', path: '/facet/v1/calls/recent' },
  listSessionsOfProfile: { method: 'GET', path: '/facet/v1/profiles/{profile}/sessions' },
  listWallets: { method: 'GET', path: '/facet/v1/wallets' },
  listWalletsOfProfile: { method: 'GET', path: '/facet/v1/profiles/{profile}/wallets' },
  listWebhookDeliveries: { method: 'GET', path: '/facet/v1/webhook-endpoints/{id}/deliveries' },
  listWebhookEndpoints: { method: 'GET', path: '/facet/v1/webhook-endpoints' },
  mergeProfileIntoAnother: { method: 'POST', path: '/facet/v1/profiles/{profile}/merge' },
  recoverWebhookDeliveries: { method: 'POST', path: '/facet/v1/webhook-endpoints/{id}/recover' },
  removeOperator: { method: 'DELETE', path: '/facet/v1/operators/{id}' },
  removePictureOfProfile: { method: 'DELETE', path: '/facet/v1/profiles/{profile}/picture' },
  requestWalletOfProfile: { method: 'POST', path: '/facet/v1/profiles/{profile}/wallets' },
  resendWebhookDelivery: { method: 'POST', path: '/facet/v1/webhook-endpoints/{id}/deliveries/{sequence}/resend' },
  revokeApiKey: { method: 'POST', path: '/facet/v1/api-keys/{id}/revoke' },
  rotateApiKey: { method: 'POST', path: '/facet/v1/api-keys/{id}/rotate' },
  rotateWebhookSecret: { method: 'POST', path: '/facet/v1/webhook-endpoints/{id}/rotate-secret' },
  testWebhookEndpoint: { method: 'POST', path: '/facet/v1/webhook-endpoints/{id}/test' },
  unsubscribeProfile: { method: 'POST', path: '/facet/v1/profiles/{profile}/unsubscribe' },
  withdrawInvitation: { method: 'DELETE', path: '/facet/v1/invitations/{id}' },
} as const satisfies Record<keyof Operations, { readonly method: string; readonly path: string }>
