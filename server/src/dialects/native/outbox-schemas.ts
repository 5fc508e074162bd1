import { type Static, Type } from 'typebox'

export const OutboxQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 8_192, description: '`nextCursor` of the page before' })),
  },
  { additionalProperties: false },
)

export const OutboxMailAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  to: Type.String(),
  subject: Type.String(),
  text: Type.String({ description: 'Plain text' }),
  createdAt: Type.String({ format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }),
})
export type OutboxMailAnswer = Static<typeof OutboxMailAnswer>

export const OutboxAnswer = Type.Object({
  data: Type.Array(OutboxMailAnswer),
  nextCursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
})
export type OutboxAnswer = Static<typeof OutboxAnswer>
