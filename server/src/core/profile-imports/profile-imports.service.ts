import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, type Issue } from '../errors.ts'
import { isLongId } from '../ids.ts'
import { requireFittingValues } from '../profile-properties/profile-properties.service.ts'
import { checkAttributes, setAttributes } from '../profiles/profiles.service.ts'
import { inOneStatement } from '../transactions.ts'
import type { ImportOrder, ProfileImport } from './profile-imports.types.ts'

/** The job that does what was put into the queue. */
export const importTask = 'import_profiles'

const maxAttributes = 100

/**
 * Puts attributes for profiles that are there into the queue: they are set soon, those of one app in the order of their coming.
 * Throws `input_invalid` for an id that comes twice, more than 100 attributes of a profile, and values that no profile could hold.
 */
export async function queueImport(ctx: Ctx, imports: readonly ProfileImport[]): Promise<void> {
  requireScope(ctx, 'profiles:write')
  const issues = imports.flatMap(issuesOf)
  if (new Set(imports.map(({ longId }) => longId)).size < imports.length)
    issues.push({ path: ['imports'], rule: 'unknown' })
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
  await requireFittingValues(
    ctx,
    imports.map(({ attributes }) => attributes),
    { forImport: true },
  )
  const { appId, actor, requestId } = ctx
  const payload: ImportOrder = { appId, actor, requestId, imports }
  const job = { task: importTask, queue: `${importTask} ${appId}`, payload }
  await inOneStatement(ctx, (tx) => tx.jobs.enqueue(tx.db, job))
}

function issuesOf({ longId, attributes }: ProfileImport, index: number): Issue[] {
  const path = ['imports', String(index)]
  const issues: Issue[] = []
  if (!isLongId(longId)) issues.push({ path: [...path, 'longId'], rule: 'format' })
  const many = Object.keys(attributes).length > maxAttributes
  const broken = many ? { rule: 'too_long' as const, limit: maxAttributes } : checkAttributes(attributes)
  if (broken !== undefined) issues.push({ path: [...path, 'attributes'], ...broken })
  return issues
}

/** Sets what was put into the queue. A profile that is gone or cannot hold the attributes is left out, and the log says so. */
export async function applyImport(job: JobCtx, order: ImportOrder): Promise<void> {
  const { appId, actor, requestId } = order
  const ctx = { ...job, appId, actor, requestId }
  for (const { longId, attributes } of order.imports) {
    try {
      const there = await setAttributes(ctx, { by: 'longId', value: longId }, attributes)
      if (!there) ctx.log.info({ appId, requestId, longId }, 'An import names a profile that is not there')
    } catch (error) {
      if (!(error instanceof DomainFault) || error.fault.code !== 'input_invalid') throw error
      ctx.log.warn({ appId, requestId, longId }, 'An import would fill a profile with more than it can hold')
    }
  }
}
