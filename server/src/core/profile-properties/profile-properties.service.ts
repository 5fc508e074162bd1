import { type Ctx, requireScope } from '../context.ts'
import { DomainFault, type Issue, invalid } from '../errors.ts'
import { recordEvent } from '../events.ts'
import { newId, newLongId, timeOfId } from '../ids.ts'
import { inTx } from '../transactions.ts'
import { insertProperty, selectProperties, selectPropertiesOf } from './profile-properties.queries.ts'
import { checkPropertyInput, checkValues } from './profile-properties.rules.ts'
import type { ProfileProperty, ProfilePropertyInput } from './profile-properties.types.ts'

/** So many properties may an app have: they are read whole. */
const maxProperties = 1_000

/** Describes an attribute of the app's profiles. Throws `input_invalid`, `profile_property_label_taken`. */
export async function createProfileProperty(ctx: Ctx, input: ProfilePropertyInput): Promise<ProfileProperty> {
  requireScope(ctx, 'profiles:write')
  checkPropertyInput(input)
  const id = newId()
  const at = timeOfId(id)
  const { label, dataType, example = '', description = '', exportAlias = '' } = input
  const { personal = false, importable = true, exportable = true } = input
  const property: ProfileProperty = {
    ...{ id, longId: newLongId(at), label, dataType, example, description, exportAlias },
    ...{ personal, importable, exportable, createdAt: at, updatedAt: at },
  }
  return inTx(ctx, async (tx) => {
    const { length } = await selectProperties(tx)
    if (length >= maxProperties) throw invalid({ path: [], rule: 'too_long', limit: maxProperties })
    await insertProperty(tx, property)
    const data = { before: null, after: { ...property } }
    await recordEvent(tx, tx.appId, { type: 'profile_property.created', subjectId: id, at, data })
    return property
  })
}

/** The properties of the app, oldest first. */
export async function listProfileProperties(ctx: Ctx): Promise<ProfileProperty[]> {
  requireScope(ctx, 'profiles:read')
  return selectProperties(ctx)
}

/**
 * Throws `input_invalid` when an attribute is described in this app and the value is of another type, or, for an import, when it
 * must not be imported.
 */
export async function requireFittingValues(
  ctx: Ctx,
  attributes: readonly Readonly<Record<string, unknown>>[],
  { forImport = false }: { readonly forImport?: boolean } = {},
): Promise<void> {
  const labels = [...new Set(attributes.flatMap(Object.keys))]
  if (labels.length === 0) return
  const properties = await selectPropertiesOf(ctx, labels)
  const types = new Map(properties.map(({ label, dataType }) => [label, dataType]))
  const issues: Issue[] = attributes.flatMap((values) => checkValues(values, types))
  if (forImport) {
    const closed = properties.filter(({ importable }) => !importable)
    issues.push(...closed.map(({ label }) => ({ path: ['attributes', label], rule: 'unknown' as const })))
  }
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
}
