import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid } from '../ids.ts'
import type { Workflow } from './wallets.types.ts'
import { deleteOldWorkflows, selectWorkflow } from './workflows.queries.ts'

/** One workflow of the app. Throws `workflow_not_found`. */
export async function getWorkflow(ctx: Ctx, id: string): Promise<Workflow> {
  requireScope(ctx, 'profiles:read')
  const workflow = isUuid(id) ? await selectWorkflow(ctx, id) : undefined
  if (workflow === undefined) throw new DomainFault({ code: 'workflow_not_found' })
  return workflow
}

const keptDays = 30

/** Removes at most `limit` workflows of the app that ended 30 days ago; gives how many went. */
export function forgetOldWorkflows(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOldWorkflows({ ...ctx, appId }, new Date(ctx.now.getTime() - keptDays * 86_400_000), limit)
}
