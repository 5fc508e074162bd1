import type { Selectable } from 'kysely'
import { DatabaseError, type Db, run, sqlBuilder } from '../db.ts'
import { DomainFault } from '../errors.ts'
import type { Tables } from '../tables.ts'
import type { ProfileProperty, PropertyType } from './profile-properties.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const columns = [
  'id',
  'long_id',
  'label',
  'data_type',
  'example',
  'description',
  'export_alias',
  'personal',
  'importable',
  'exportable',
  'created_at',
  'updated_at',
] as const
type Row = Pick<Selectable<Tables['profile_properties']>, (typeof columns)[number]>

const inApp = (ctx: InApp) =>
  sqlBuilder.selectFrom('profile_properties').select(columns).where('app_id', '=', ctx.appId)

/** The properties of the app, oldest first. */
export async function selectProperties(ctx: InApp): Promise<ProfileProperty[]> {
  return (await run(ctx, inApp(ctx).orderBy('id'))).map(toProperty)
}

/** Those of the properties that describe one of the attributes. */
export async function selectPropertiesOf(ctx: InApp, labels: readonly string[]): Promise<ProfileProperty[]> {
  const text = `select ${columns.join(', ')} from profile_properties where app_id = $1 and label = any($2) order by id`
  return (await ctx.db.query<Row>(text, [ctx.appId, labels])).map(toProperty)
}

/** Throws `profile_property_label_taken`. */
export async function insertProperty(ctx: InApp, property: ProfileProperty): Promise<void> {
  const { id, longId, label, dataType, example, description, exportAlias } = property
  const { personal, importable, exportable, createdAt, updatedAt } = property
  const row: Row = {
    ...{ id, long_id: longId, label, data_type: dataType, example, description, export_alias: exportAlias },
    ...{ personal, importable, exportable, created_at: createdAt, updated_at: updatedAt },
  }
  try {
    await run(ctx, sqlBuilder.insertInto('profile_properties').values({ app_id: ctx.appId, ...row }))
  } catch (error) {
    const taken = error instanceof DatabaseError && error.constraint === 'profile_properties_label'
    throw taken ? new DomainFault({ code: 'profile_property_label_taken' }, error) : error
  }
}

function toProperty(row: Row): ProfileProperty {
  const { id, label, example, description, personal, importable, exportable } = row
  return {
    ...{ id, longId: row.long_id, label, dataType: row.data_type as PropertyType, example, description },
    ...{ exportAlias: row.export_alias, personal, importable, exportable },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  }
}
