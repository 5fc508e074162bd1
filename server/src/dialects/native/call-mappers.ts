import type { CallStatistics, RecentCall } from '../../core/calls/calls.types.ts'
import type { CallStatisticsAnswer, RecentCallAnswer } from './call-schemas.ts'

export function toCallStatisticsAnswer({ from, to, dialects, ...rest }: CallStatistics): CallStatisticsAnswer {
  return {
    ...rest,
    from: from.toISOString(),
    to: to.toISOString(),
    dialects: dialects.map(({ series, ...counts }) => ({
      ...counts,
      series: { requests: [...series.requests], errors: [...series.errors], p95Ms: [...series.p95Ms] },
    })),
  }
}

export function toRecentCallAnswer(call: RecentCall): RecentCallAnswer {
  return { ...call, id: call.requestId, at: call.at.toISOString() }
}
