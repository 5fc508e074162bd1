import { type Static, Type } from 'typebox'
import { actorKinds } from '../../core/context.ts'
import { eventTypes } from '../../core/event-types.ts'

const strict = { additionalProperties: false }
const uuid = { format: 'uuid' }
const nullable = (options: object = {}) => Type.Unsafe<string | null>({ ...options, type: ['string', 'null'] })
const sideOfChange = Type.Unsafe<Record<string, unknown> | null>({
  type: ['object', 'null'],
  additionalProperties: true,
})

export const EventListQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        pattern: '^(\\d{1,15}|latest)$',
        description:
          'Events behind this sequence: `nextAfter` of the answer before; `latest`: those still to come. Without it: from the oldest that is kept',
      }),
    ),
    type: Type.Optional(
      Type.Unsafe<string | string[]>({
        type: ['string', 'array'],
        items: { type: 'string' },
        maxItems: 50,
        description:
          'Any of these types, separated by commas or repeated; `profile.*` stands for all that begin so, `*` for all',
        examples: ['profile.created,profile.deleted'],
      }),
    ),
    profile: Type.Optional(
      Type.String({
        ...uuid,
        description: 'Events of this profile alone, by its id, and of those that were merged into it',
      }),
    ),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Of a list; a stream has no end' }),
  },
  strict,
)
export type EventListQuery = Static<typeof EventListQuery>

export const EventAnswer = Type.Object({
  id: Type.String({ ...uuid, description: 'The same wherever and however often the event is told' }),
  type: Type.Unsafe<string>({ type: 'string', enum: [...eventTypes] }),
  sequence: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Its place in the feed, from 1, without gaps; null for the moments until it has one',
  }),
  appId: Type.String(uuid),
  time: Type.String({ format: 'date-time' }),
  actor: Type.Object({
    kind: Type.Unsafe<string>({ type: 'string', enum: [...actorKinds] }),
    id: Type.String(),
  }),
  requestId: nullable({ description: '`X-Request-Id` of the request that made the change' }),
  profileId: nullable({ ...uuid, description: '`subjectId`, when that is a profile' }),
  subjectId: Type.String({ ...uuid, description: 'What the event is about; see the type' }),
  data: Type.Object(
    { before: sideOfChange, after: sideOfChange },
    { description: 'The fields that differ; the schema of each type is at `/facet/v1/event-types`' },
  ),
})

export const EventListAnswer = Type.Object({
  data: Type.Array(EventAnswer),
  nextAfter: Type.Integer({ description: '`after` of the next request, however few events came' }),
  more: Type.Boolean({ description: 'Whether there may be more at once' }),
})

/** The list, or by `Accept` the stream. */
export const eventListContent = {
  description: 'A part of the feed; as `text/event-stream` the feed from there on, without an end',
  content: {
    'application/json': { schema: EventListAnswer },
    'text/event-stream': {
      schema: Type.String({ description: '`data` is an event as in the list, `id` its sequence (HTML, 9.2)' }),
    },
  },
}

const JsonSchema = Type.Unsafe<object>({ type: 'object', additionalProperties: true })

export const EventTypeAnswer = Type.Object({
  type: Type.String(),
  about: Type.String(),
  subject: Type.String({ description: 'What `subjectId` is the id of' }),
  schema: Type.Unsafe<object>({ ...JsonSchema, description: 'JSON Schema of `data`' }),
  example: Type.Unsafe<object>({ ...JsonSchema, description: 'An instance of `data`' }),
})
export type EventTypeAnswer = Static<typeof EventTypeAnswer>
