import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, type Issue } from '../errors.ts'
import { requireFittingValues } from '../profile-properties/profile-properties.service.ts'
import { changeAttributes, checkAttributes } from '../profiles/profiles.service.ts'
import { inTx } from '../transactions.ts'
import type { ImportOrder, ProfileImport } from './profile-imports.types.ts'

/** The job that does what was put into the queue. */
export const importTask = 'import_profiles'

const maxAttributes = 100
/** So many of the profiles that were left out does a log line name. */
const maxNamed = 20

/**
 * Puts attributes for profiles that are there into the queue: they are set soon, those of one app in the order of their coming.
 * Throws `input_invalid` for an id that comes twice, more than 100 attributes of a profile, attributes that no profile can
 * hold, and values that do not fit.
 */
export async function queueImport(ctx: Ctx, imports: readonly ProfileImport[]): Promise<void> {
  requireScope(ctx, 'profiles:write')
  const issues = issuesOf(imports)
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
  return inTx(ctx, async (tx) => {
    const { appId, actor, requestId } = tx
    await requireFittingValues(
      tx,
      imports.map(({ attributes }) => attributes),
      { forImport: true },
    )
    const payload: ImportOrder = { appId, actor, requestId, imports }
    await tx.jobs.enqueue(tx.db, { task: importTask, queue: `${importTask} ${appId}`, payload })
  })
}

function issuesOf(imports: readonly ProfileImport[]): Issue[] {
  const seen = new Set<string>()
  return imports.flatMap(({ longId, attributes }, index) => {
    const path = ['imports', String(index)]
    const issues: Issue[] = []
    if (!/^\d{1,20}$/.test(longId)) issues.push({ path: [...path, 'longId'], rule: 'format' })
    if (seen.has(longId)) issues.push({ path: [...path, 'longId'], rule: 'unknown' })
    seen.add(longId)
    if (Object.keys(attributes).length > maxAttributes) {
      issues.push({ path: [...path, 'attributes'], rule: 'too_long', limit: maxAttributes })
    }
    const broken = checkAttributes(attributes)
    if (broken !== undefined) issues.push({ path: [...path, 'attributes'], ...broken })
    return issues
  })
}

/** Sets what was put into the queue. Profiles that are gone or cannot hold the attributes are left out, and the log says so. */
export async function applyImport(job: JobCtx, order: ImportOrder): Promise<void> {
  const { appId, actor, requestId } = order
  const ctx = { ...job, appId, actor, requestId }
  const [absent, full]: [string[], string[]] = [[], []]
  for (const { longId, attributes } of order.imports) {
    try {
      const there = await changeAttributes(ctx, { by: 'longId', value: longId }, (before) => ({
        ...before,
        ...attributes,
      }))
      if (!there) absent.push(longId)
    } catch (error) {
      if (!(error instanceof DomainFault) || error.fault.code !== 'input_invalid') throw error
      full.push(longId)
    }
  }
  const about = (ids: string[]) => ({ appId, requestId, profiles: ids.length, longIds: ids.slice(0, maxNamed) })
  if (absent.length > 0) ctx.log.info(about(absent), 'An import names profiles that are not there')
  if (full.length > 0) ctx.log.warn(about(full), 'An import would fill profiles with more than they can hold')
}
