/** `active`: events are sent. `paused`: they wait, as somebody asked. `disabled`: they wait, as the receiver failed. */
export const endpointStates = ['active', 'paused', 'disabled'] as const
export type EndpointState = (typeof endpointStates)[number]

/** `failing`: nothing but failures for days. `gone`: the receiver answered 410. */
export type DisabledReason = 'failing' | 'gone'

/** `standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id (original.md 4.5). */
export const signatureStyles = ['standard', 'original'] as const
export type SignatureStyle = (typeof signatureStyles)[number]

/** Whom to tell of events, and of which. */
export interface WebhookEndpoint {
  /** UUIDv7. */
  readonly id: string
  readonly url: string
  readonly description: string | null
  /** Names of event types; `profile.*` stands for all that begin so, `*` for all. */
  readonly types: readonly string[]
  /** The id of an actor whose own changes are not told. */
  readonly excludeActor: string | null
  readonly signature: SignatureStyle
  readonly state: EndpointState
  readonly disabledReason: DisabledReason | null
  /** Since when every attempt has failed; null while the last one succeeded. */
  readonly failingSince: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A secret as it may be shown again: without itself. */
export interface SecretFacts {
  /** Names the secret in the `original` signature: `key-` and twelve hexadecimal digits. */
  readonly keyId: string
  readonly createdAt: Date
  /** When it signs no more; null for the newest. */
  readonly expiresAt: Date | null
}

/** A new secret: the answer to its making and nothing else. */
export interface IssuedSecret extends SecretFacts {
  /** `whsec_` and 32 bytes in base64. */
  readonly secret: string
}

/** An endpoint with what may be told of the secrets that sign for it, the newest first. */
export interface DescribedEndpoint extends WebhookEndpoint {
  readonly secrets: readonly SecretFacts[]
}

/** What a new endpoint may be given. */
export interface CreateEndpointInput {
  readonly url: string
  readonly types: readonly string[]
  readonly description?: string | null | undefined
  readonly excludeActor?: string | null | undefined
  /** Unless given: `standard`. */
  readonly signature?: string | undefined
}

/** What of an endpoint may be changed: what is absent is left alone, null empties. */
export interface UpdateEndpointInput extends Partial<CreateEndpointInput> {
  /** `active` or `paused`. */
  readonly state?: string | undefined
}

/**
 * `due`: to be attempted, now or at `dueAt`. `held`: waits for an earlier event of the same subject.
 * `delivered`: answered with 2xx. `failed`: given up.
 */
export const deliveryStates = ['due', 'held', 'delivered', 'failed'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** One event for one endpoint. */
export interface Delivery {
  /** The event's place in the feed; with the endpoint it names the delivery. */
  readonly sequence: number
  readonly eventId: string
  readonly type: string
  readonly subjectId: string
  readonly state: DeliveryState
  readonly attempts: number
  /** When the next attempt is to be made. */
  readonly dueAt: Date | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** One attempt to deliver. */
export interface Attempt {
  /** From 1. */
  readonly number: number
  readonly startedAt: Date
  readonly durationMs: number
  /** Null when no answer came. */
  readonly status: number | null
  /** Why no answer came. */
  readonly error: string | null
  readonly headers: Readonly<Record<string, string>> | null
  /** The first 4 KiB of the answer. */
  readonly body: string | null
}

/** A delivery with every attempt that was made for it, the oldest first. */
export interface DeliveryWithAttempts extends Delivery {
  readonly attemptLog: readonly Attempt[]
}
