import { type Static, Type } from 'typebox'
import { type CallWindow, callWindows } from '../../core/calls/calls.types.ts'

const strict = { additionalProperties: false }
const Instant = { format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }
const Count = Type.Integer({ minimum: 0 })
const Milliseconds = Type.Unsafe<number | null>({
  type: ['number', 'null'],
  description: 'The 95th percentile, at most 22.5 % off from 0.7 ms to 11 s; null when there was no request',
})
const Window = (options: object = {}) => Type.Unsafe<CallWindow>({ ...options, type: 'string', enum: [...callWindows] })

export const CallStatisticsQuery = Type.Object(
  {
    window: Window({ default: 'hour', description: '`hour`: 60 steps of a minute. `day`: 96 of a quarter of an hour' }),
  },
  strict,
)

const points = { description: 'One a step, from the first to the last' }

export const CallStatisticsAnswer = Type.Object({
  window: Window(),
  from: Type.String(Instant),
  to: Type.String({ ...Instant, description: 'The end of the step that is not over yet' }),
  stepSeconds: Type.Integer(),
  dialects: Type.Array(
    Type.Object({
      dialect: Type.String({ examples: ['native'] }),
      requests: Count,
      errors: Type.Integer({ minimum: 0, description: 'Those with a status of 400 and more' }),
      serverErrors: Type.Integer({ minimum: 0, description: 'Those with a status of 500 and more' }),
      p95Ms: Milliseconds,
      series: Type.Object({
        requests: Type.Array(Count, points),
        errors: Type.Array(Count, points),
        p95Ms: Type.Array(Milliseconds, points),
      }),
    }),
    { description: 'Every dialect that was called, by name' },
  ),
})
export type CallStatisticsAnswer = Static<typeof CallStatisticsAnswer>

export const RecentCallQuery = Type.Object(
  {
    failed: Type.Optional(
      Type.Boolean({ description: '`true`: those with a status of 400 and more. `false`: the others. Default: all' }),
    ),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  strict,
)

export const RecentCallAnswer = Type.Object({
  id: Type.String({ format: 'uuid', description: 'That of the request' }),
  at: Type.String({ ...Instant, description: 'When it was answered' }),
  dialect: Type.String({ examples: ['native'] }),
  method: Type.String(),
  route: Type.String({
    description: 'The pattern of the path, which names nobody',
    examples: ['/facet/v1/profiles/:profile'],
  }),
  status: Type.Integer(),
  ms: Type.Number({ description: 'How long it took' }),
  requestId: Type.String({ description: '`X-Request-Id` of the answer' }),
})
export type RecentCallAnswer = Static<typeof RecentCallAnswer>
