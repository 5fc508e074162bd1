import { type Static, Type } from 'typebox'
import {
  type DeliveryState,
  deliveryStates,
  type EndpointState,
  endpointStates,
  type SignatureStyle,
  signatureStyles,
} from '../../core/webhooks/webhooks.types.ts'

const strict = { additionalProperties: false }
const uuid = { format: 'uuid' }
const Instant = { format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }
const nullable = (options: object = {}) => Type.Unsafe<string | null>({ ...options, type: ['string', 'null'] })
const oneOf = <T extends string>(values: readonly T[], options: object = {}) =>
  Type.Unsafe<T>({ ...options, type: 'string', enum: [...values] })
const State = oneOf<DeliveryState>(deliveryStates, {
  description:
    '`due`: to be attempted. `held`: behind an earlier event of the same subject. `delivered`: answered with 2xx. `failed`: given up',
})

const settings = {
  url: Type.String({
    maxLength: 2_048,
    description:
      'Kept as the URL standard writes it. https in a live app; public addresses only, but for the local targets that the server allows sandbox apps',
    examples: ['https://hooks.example.com/facet'],
  }),
  types: Type.Array(Type.String(), {
    minItems: 1,
    maxItems: 100,
    description: 'Types of events, each of which is kept once; `profile.*` stands for all that begin so, `*` for all',
    examples: [['profile.*', 'api_key.revoked']],
  }),
  description: nullable({ description: 'For people; at most 255 characters' }),
  excludeActor: nullable({
    description: 'The id of an actor whose own changes are not told, as that of the API key that the receiver uses',
  }),
  signature: oneOf<SignatureStyle>(signatureStyles, {
    description: '`standard`: Standard Webhooks 1.0. `original`: four headers with a correlation id',
  }),
}

export const EndpointBody = Type.Object(
  {
    url: settings.url,
    types: settings.types,
    description: Type.Optional(settings.description),
    excludeActor: Type.Optional(settings.excludeActor),
    signature: Type.Optional(settings.signature),
  },
  strict,
)

/** Body of a patch: what is absent is left alone, null empties. */
export const EndpointPatch = Type.Partial(
  Type.Object({
    ...settings,
    state: oneOf(['active', 'paused'], {
      description: '`paused`: events wait. `active`: they are sent, also after the endpoint was disabled',
    }),
  }),
  strict,
)

const keyId = Type.String({ description: 'Names the secret in the `original` signature' })

export const EndpointAnswer = Type.Object({
  id: Type.String(uuid),
  ...settings,
  state: oneOf<EndpointState>(endpointStates, {
    description: '`paused`: events wait, as somebody asked. `disabled`: they wait, as the receiver failed',
  }),
  disabledReason: nullable({
    description: '`failing`: nothing but failures for 5 days. `gone`: the receiver answered 410',
  }),
  failingSince: nullable({ ...Instant, description: 'Since when every attempt has failed; up to a minute behind' }),
  createdAt: Type.String(Instant),
  updatedAt: Type.String(Instant),
  secrets: Type.Array(
    Type.Object({
      keyId,
      createdAt: Type.String(Instant),
      expiresAt: nullable({ ...Instant, description: 'When it signs no more; null for the newest' }),
    }),
    { description: 'The secrets that sign, the newest first: one, and while a rotation overlaps two' },
  ),
})
export type EndpointAnswer = Static<typeof EndpointAnswer>

export const IssuedEndpointAnswer = Type.Object({
  ...EndpointAnswer.properties,
  keyId: Type.String({ description: 'Names the new secret' }),
  secret: Type.String({ description: '`whsec_` and 32 bytes in base64. Shown in this answer only' }),
})
export type IssuedEndpointAnswer = Static<typeof IssuedEndpointAnswer>

/** No body means the defaults. */
export const RotationBody = Type.Unsafe<{ overlapHours?: number } | null>({
  type: ['object', 'null'],
  properties: {
    overlapHours: {
      type: 'integer',
      minimum: 0,
      maximum: 168,
      default: 24,
      description: 'How long the secret before signs beside the new one; 0 ends it at once',
    },
  },
  additionalProperties: false,
})

export const TestAnswer = Type.Object({ eventId: Type.String({ ...uuid, description: 'The `webhook-id` to expect' }) })

export const Recovery = Type.Object(
  { since: Type.String({ ...Instant, description: 'RFC 3339; not in the future' }) },
  strict,
)
export type Recovery = Static<typeof Recovery>

export const DeliveryParams = Type.Object({
  id: Type.String(),
  sequence: Type.String({ description: "The event's place in the feed" }),
})

export const DeliveryListQuery = Type.Object(
  {
    state: Type.Optional(State),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 8_192, description: '`nextCursor` of the page before' })),
  },
  strict,
)

export const DeliveryAnswer = Type.Object({
  sequence: Type.Integer({ description: "The event's place in the feed; with the endpoint it names the delivery" }),
  eventId: Type.String({ ...uuid, description: 'Sent as `webhook-id`' }),
  type: Type.String(),
  subjectId: Type.String(uuid),
  state: State,
  attempts: Type.Integer({ description: 'How many were made' }),
  dueAt: nullable({ ...Instant, description: 'When the next attempt is to be made' }),
  createdAt: Type.String(Instant),
  finishedAt: nullable(Instant),
})
export type DeliveryAnswer = Static<typeof DeliveryAnswer>

export const DeliveryListAnswer = Type.Object({ data: Type.Array(DeliveryAnswer), nextCursor: nullable() })
export type DeliveryListAnswer = Static<typeof DeliveryListAnswer>

export const DeliveryWithAttemptsAnswer = Type.Object({
  ...DeliveryAnswer.properties,
  attemptLog: Type.Array(
    Type.Object({
      number: Type.Integer({ minimum: 1 }),
      startedAt: Type.String(Instant),
      durationMs: Type.Integer(),
      status: Type.Unsafe<number | null>({ type: ['integer', 'null'], description: 'Null when no answer came' }),
      error: nullable({ description: 'Why no answer came' }),
      headers: Type.Unsafe<Record<string, string> | null>({
        type: ['object', 'null'],
        additionalProperties: { type: 'string' },
        description: 'Of the answer',
      }),
      body: nullable({ description: 'The first 4 KiB of the answer' }),
    }),
    { description: 'Every attempt, the oldest first' },
  ),
})
export type DeliveryWithAttemptsAnswer = Static<typeof DeliveryWithAttemptsAnswer>
