import type { AppJobCtx, JobCtx } from '../context.ts'
import { leastIdAt } from '../ids.ts'
import { inTx } from '../transactions.ts'
import {
  appendMark,
  deleteMarks,
  lockMarks,
  selectAppsToMark,
  selectMarkedApps,
  selectMiscount,
  settleDepartures,
} from './marks.queries.ts'

/** How many profiles a mark is made over: a deep page passes at most so many one by one. */
export const markSize = 10_000
/** Ids are made by the clocks of several nodes and stored a little later; nobody stores one that is an hour old. */
const matureMs = 3_600_000
/** Of ten million profiles that have none yet this is five runs. */
const marksAtOnce = 200
const departuresAtOnce = 10_000

/** The apps in which profiles wait for marks of that size, or have departed. */
export function listAppsToMark(ctx: JobCtx, size: number): Promise<string[]> {
  return selectAppsToMark(ctx, size)
}

/**
 * Tells the marks of the profiles that have departed, and appends those that are due, for whoever pages in order of creation
 * (docs/adr/0031). Does nothing while another process is at it.
 */
export async function markProfiles(ctx: AppJobCtx, size: number): Promise<void> {
  const mature = leastIdAt(new Date(ctx.now.getTime() - matureMs))
  await inTx(ctx, async (tx) => {
    if (!(await lockMarks(tx))) return
    while ((await settleDepartures(tx, departuresAtOnce)) === departuresAtOnce);
    for (let n = 0; n < marksAtOnce && (await appendMark(tx, mature, size)); n++);
  })
}

/** The apps that have marks. */
export function listMarkedApps(ctx: JobCtx): Promise<string[]> {
  return selectMarkedApps(ctx)
}

/**
 * Removes the marks when they do not add up to the total, so that they are made anew: a clock that was more than an hour slow made
 * profiles among them, or somebody put some into the database or took them out by hand.
 */
export async function checkMarks(ctx: AppJobCtx): Promise<void> {
  await inTx(ctx, async (tx) => {
    if (!(await lockMarks(tx))) return
    const off = await selectMiscount(tx)
    if (off === 0) return
    ctx.log.warn({ appId: ctx.appId, off }, 'The marks among profiles do not add up to their total, and are made anew')
    await deleteMarks(tx)
  })
}
