import type { Selectable } from 'kysely'
import { DatabaseError, type Db, run, sqlBuilder } from '../db.ts'
import { DomainFault } from '../errors.ts'
import type { Tables } from '../tables.ts'
import type { ProfileList, ProfileListKey } from './profile-lists.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const columns = ['id', 'long_id', 'name', 'description', 'color', 'created_at', 'updated_at'] as const
type Row = Pick<Selectable<Tables['profile_lists']>, (typeof columns)[number]>

const inApp = (ctx: InApp) => sqlBuilder.selectFrom('profile_lists').select(columns).where('app_id', '=', ctx.appId)

/** The lists of the app, oldest first. */
export async function selectLists(ctx: InApp): Promise<ProfileList[]> {
  return (await run(ctx, inApp(ctx).orderBy('id'))).map(toList)
}

/** One list, locked until the transaction ends. */
export async function selectListForUpdate(ctx: InApp, { by, value }: ProfileListKey): Promise<ProfileList | undefined> {
  const [row] = await run(
    ctx,
    inApp(ctx)
      .where(by === 'id' ? 'id' : 'long_id', '=', value)
      .forUpdate(),
  )
  return row && toList(row)
}

/** The ids of those of the lists that are there, by their long ids. */
export async function selectListIds(ctx: InApp, longIds: readonly string[]): Promise<Map<string, string>> {
  const text = 'select id, long_id from profile_lists where app_id = $1 and long_id = any($2::numeric[])'
  const rows = await ctx.db.query<Pick<Row, 'id' | 'long_id'>>(text, [ctx.appId, longIds])
  return new Map(rows.map(({ id, long_id }) => [long_id, id]))
}

/** How many of the ids are lists of the app. */
export async function countLists(ctx: InApp, ids: readonly string[]): Promise<number> {
  const text = 'select count(*)::integer as found from profile_lists where app_id = $1 and id = any($2::uuid[])'
  const [row] = await ctx.db.query<{ found: number }>(text, [ctx.appId, ids])
  return row?.found ?? 0
}

/** Throws `profile_list_name_taken`. */
export async function insertList(ctx: InApp, list: ProfileList): Promise<void> {
  await refusingTakenName(
    run(ctx, sqlBuilder.insertInto('profile_lists').values({ app_id: ctx.appId, ...toRow(list) })),
  )
}

/** Throws `profile_list_name_taken`. */
export async function updateList(ctx: InApp, list: ProfileList): Promise<void> {
  const { id, ...changes } = toRow(list)
  const statement = sqlBuilder.updateTable('profile_lists').set(changes).where('app_id', '=', ctx.appId)
  await refusingTakenName(run(ctx, statement.where('id', '=', id)))
}

export async function deleteListRow(ctx: InApp, id: string): Promise<void> {
  await run(ctx, sqlBuilder.deleteFrom('profile_lists').where('app_id', '=', ctx.appId).where('id', '=', id))
}

function toRow(list: ProfileList): Row {
  const { id, longId, name, description, color, createdAt, updatedAt } = list
  return { id, long_id: longId, name, description, color, created_at: createdAt, updated_at: updatedAt }
}

function toList(row: Row): ProfileList {
  const { id, long_id, name, description, color, created_at, updated_at } = row
  return { id, longId: long_id, name, description, color, createdAt: created_at, updatedAt: updated_at }
}

async function refusingTakenName(written: Promise<unknown>): Promise<void> {
  try {
    await written
  } catch (error) {
    const taken = error instanceof DatabaseError && error.constraint === 'profile_lists_name'
    throw taken ? new DomainFault({ code: 'profile_list_name_taken' }, error) : error
  }
}
