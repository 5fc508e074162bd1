import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { getCallStatistics, listRecentCalls } from '../../../core/calls/calls.service.ts'
import { toCallStatisticsAnswer, toRecentCallAnswer } from '../call-mappers.ts'
import { CallStatisticsAnswer, CallStatisticsQuery, RecentCallAnswer, RecentCallQuery } from '../call-schemas.ts'
import { faults, listOf } from '../schemas.ts'

/** `/facet/v1/calls`: what clients of the app asked, in any dialect. */
export async function callRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/calls',
    {
      schema: {
        summary: 'Get call statistics',
        description:
          'What was called in the last hour or day, by dialect, up to a second ago. Requests with an unknown key or to an unknown path are in no app’s counts, nor are event streams.',
        querystring: CallStatisticsQuery,
        response: { 200: CallStatisticsAnswer, ...faults },
      },
    },
    async ({ ctx, query }) => toCallStatisticsAnswer(await getCallStatistics(ctx, query.window)),
  )

  app.get(
    '/calls/recent',
    {
      schema: {
        summary: 'List recent calls',
        description:
          'The newest first, kept for two days. Not every call is kept: of a second the first 10 errors and 5 others of a dialect, of a minute the last 20 and 5.',
        querystring: RecentCallQuery,
        response: { 200: listOf(RecentCallAnswer), ...faults },
      },
    },
    async ({ ctx, query }) => ({ data: (await listRecentCalls(ctx, query)).map(toRecentCallAnswer) }),
  )
}
