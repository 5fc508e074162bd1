import type { AppJobCtx, JobCtx } from '../context.ts'
import { leastIdAt } from '../ids.ts'
import {
  appendMark,
  countMark,
  noteAwaited,
  selectAppsToMark,
  selectMarkedApps,
  selectMiscount,
  uncountMarks,
} from './marks.queries.ts'

/** How many profiles a mark is made for: a page passes so many one by one at most, and as many marks as there are. */
export const markSize = 10_000
/** Ids are made by the clocks of several nodes, and stored a little later; nobody makes one that old. */
const matureMs = 3_600_000
/** So many marks a run, and as many counted: of a backlog of ten million profiles that is five runs, of a second or two each. */
const marksAtOnce = 200

/** The apps whose profiles wait for marks of that size. */
export function listAppsToMark(ctx: JobCtx, size: number): Promise<string[]> {
  return selectAppsToMark(ctx, size)
}

/**
 * Counts the marks that the last run appended, and appends the next ones, for whoever pages in order of creation (docs/adr/0031).
 * Any number of processes may do so at once.
 */
export async function markProfiles(ctx: AppJobCtx, size: number): Promise<void> {
  for (let n = 0; n < marksAtOnce && (await countMark(ctx)); n++);
  const mature = leastIdAt(new Date(ctx.now.getTime() - matureMs))
  for (let n = 0; n < marksAtOnce && (await appendMark(ctx, mature, size)); n++);
  await noteAwaited(ctx)
}

/** The apps that have marks. */
export function listMarkedApps(ctx: JobCtx): Promise<string[]> {
  return selectMarkedApps(ctx)
}

/**
 * Lets the marks be counted anew when they do not add up to the total: profiles came among them that a clock made an hour too old,
 * or that were put into the database by hand.
 */
export async function checkMarks(ctx: AppJobCtx): Promise<void> {
  const off = await selectMiscount(ctx)
  if (off === 0) return
  ctx.log.warn(
    { appId: ctx.appId, off },
    'The marks among the profiles do not add up to their total; they are counted anew',
  )
  await uncountMarks(ctx)
}
