import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { deleteOldCounts, type StepRow, selectRecentCalls, selectSteps } from './calls.queries.ts'
import type { CallStatistics, CallWindow, DialectCalls, RecentCall } from './calls.types.ts'
import { p95Ms } from './latencies.rules.ts'

const windows = { hour: { stepSeconds: 60, steps: 60 }, day: { stepSeconds: 900, steps: 96 } }
const keptMs = 2 * 86_400_000

/** What was called, up to a second ago, in steps that begin with the clock's: minutes or quarters of an hour. */
export async function getCallStatistics(ctx: Ctx, window: CallWindow): Promise<CallStatistics> {
  requireScope(ctx, 'events:read')
  const { stepSeconds, steps } = windows[window]
  const stepMs = stepSeconds * 1_000
  const end = Math.floor(ctx.now.getTime() / stepMs) * stepMs + stepMs
  const [from, to] = [new Date(end - steps * stepMs), new Date(end)]
  const rows = await selectSteps(ctx, { from, to, stepSeconds })
  const names = [...new Set(rows.map(({ dialect }) => dialect))]
  const dialects = names.map((name) =>
    sumUp(
      name,
      rows.filter(({ dialect }) => dialect === name),
      steps,
    ),
  )
  return { window, from, to, stepSeconds, dialects }
}

function sumUp(dialect: string, rows: readonly StepRow[], steps: number): DialectCalls {
  const sum = (read: (row: StepRow) => number) => rows.reduce((total, row) => total + read(row), 0)
  const series = <T>(read: (row: StepRow) => T, empty: T): T[] => {
    const values = new Array<T>(steps).fill(empty)
    for (const row of rows) values[row.step] = read(row)
    return values
  }
  const latencies = rows[0]?.latencies.map((_, bucket) => sum((row) => row.latencies[bucket] ?? 0)) ?? []
  return {
    dialect,
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    serverErrors: sum(({ serverErrors }) => serverErrors),
    p95Ms: p95Ms(latencies),
    series: {
      requests: series(({ requests }) => requests, 0),
      errors: series(({ errors }) => errors, 0),
      p95Ms: series<number | null>((row) => p95Ms(row.latencies), null),
    },
  }
}

/**
 * The newest calls that were kept, the newest first. Of a second the first few are kept, of a minute the last few of those, errors apart
 * from others. `failed` true: those with a status of 400 and more; false: the others. `limit` is 1 to 200.
 */
export async function listRecentCalls(
  ctx: Ctx,
  { failed, limit }: { readonly failed?: boolean | undefined; readonly limit: number },
): Promise<RecentCall[]> {
  requireScope(ctx, 'events:read')
  const kind = failed === undefined ? 'any' : failed ? 'failed' : 'succeeded'
  return selectRecentCalls(ctx, kind, limit)
}

/** Removes at most `limit` minutes of the app that are two days old; gives how many went. */
export function forgetOldCalls(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOldCounts({ ...ctx, appId }, new Date(ctx.now.getTime() - keptMs), limit)
}
