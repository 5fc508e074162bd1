import { type AppJobCtx, type Ctx, type JobCtx, requireScope } from '../context.ts'
import { DomainFault, type Issue } from '../errors.ts'
import { isLongId, newId } from '../ids.ts'
import { requireFittingValues } from '../profile-properties/profile-properties.service.ts'
import { checkAttributes, setAttributes } from '../profiles/profiles.service.ts'
import { inTx } from '../transactions.ts'
import { tryTurn } from '../turns.ts'
import {
  deleteImport,
  insertImports,
  selectAppsWithImports,
  selectHasImports,
  selectNextImport,
} from './profile-imports.queries.ts'
import type { ProfileImport, WaitingImport } from './profile-imports.types.ts'

/** The job that does what waits for the app of its payload. */
export const importTask = 'import_profiles'

const maxAttributes = 100

/**
 * Lets attributes wait for profiles that are there: they are set soon, those of one app in the order of their coming. Throws
 * `input_invalid` for an id that comes twice, more than 100 attributes of a profile, and values that no profile could hold.
 */
export async function queueImport(ctx: Ctx, imports: readonly ProfileImport[]): Promise<void> {
  requireScope(ctx, 'profiles:write')
  const issues = imports.flatMap(issuesOf)
  if (new Set(imports.map(({ longId }) => longId)).size < imports.length) {
    issues.push({ path: ['imports'], rule: 'unknown' })
  }
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
  const attributes = imports.map((one) => one.attributes)
  await inTx(ctx, async (tx) => {
    await requireFittingValues(tx, attributes, { forImport: true })
    await insertImports(tx, imports.map(newId), imports)
    await tx.jobs.enqueue(tx.db, { task: importTask, payload: { appId: tx.appId } })
  })
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

/** The apps for which imports wait. */
export function listAppsWithImports(ctx: JobCtx): Promise<string[]> {
  return selectAppsWithImports(ctx)
}

/** Does what waits for an app, oldest first. Several may be asked to: one works, and the others leave it to that one. */
export async function applyImports(job: AppJobCtx): Promise<void> {
  // Who has the turn looks again after giving it back, so that it sees what came while others found the turn taken.
  while (await selectHasImports(job)) {
    if (!(await inTx({ ...job, now: new Date() }, applyNext))) return
  }
}

/** False when it is not our turn. */
async function applyNext(tx: AppJobCtx): Promise<boolean> {
  if (!(await tryTurn(tx, 'profile_imports'))) return false
  // A statement of its own: its snapshot must be younger than the turn.
  const next = await selectNextImport(tx)
  if (next === undefined) return true
  await apply({ ...tx, actor: next.actor, requestId: next.requestId }, next)
  await deleteImport(tx, next.id)
  return true
}

/** A profile that is gone or cannot hold the attributes is left as it is, and the log says so. */
async function apply(tx: AppJobCtx, { longId, attributes }: WaitingImport): Promise<void> {
  const { appId, requestId } = tx
  try {
    const there = await setAttributes(tx, { by: 'longId', value: longId }, attributes)
    if (!there) tx.log.info({ appId, requestId, longId }, 'An import names a profile that is not there')
  } catch (error) {
    if (!(error instanceof DomainFault) || error.fault.code !== 'input_invalid') throw error
    tx.log.warn({ appId, requestId, longId }, 'An import would fill a profile with more than it can hold')
  }
}
