import type { Actor, JobCtx } from '../context.ts'
import type { Db } from '../db.ts'
import type { Attributes } from '../profiles/profiles.types.ts'
import type { ProfileImport, WaitingImport } from './profile-imports.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const insertText = `
  insert into profile_imports (app_id, id, long_id, attributes, actor_kind, actor_id, request_id)
  select $1, i.id, i.long_id, i.attributes, $5, $6, $7
  from unnest($2::uuid[], $3::numeric[], $4::json[]) as i (id, long_id, attributes)`

/** Lets imports wait. Their ids, one for each, say in which order they are done. */
export async function insertImports(
  ctx: InApp & Pick<JobCtx, 'actor' | 'requestId'>,
  ids: readonly string[],
  imports: readonly ProfileImport[],
): Promise<void> {
  const longIds = imports.map(({ longId }) => longId)
  const attributes = imports.map((one) => JSON.stringify(one.attributes))
  const { kind, id } = ctx.actor
  await ctx.db.query(insertText, [ctx.appId, ids, longIds, attributes, kind, id, ctx.requestId])
}

/** Whether anything waits for the app. */
export async function selectHasImports(ctx: InApp): Promise<boolean> {
  const text = 'select exists (select from profile_imports where app_id = $1) as waiting'
  const [row] = await ctx.db.query<{ waiting: boolean }>(text, [ctx.appId])
  return row?.waiting ?? false
}

/** The apps for which something waits. */
export async function selectAppsWithImports(ctx: { readonly db: Db }): Promise<string[]> {
  const rows = await ctx.db.query<{ app_id: string }>('select distinct app_id from profile_imports', [])
  return rows.map(({ app_id }) => app_id)
}

/** What is to be done next. */
export async function selectNextImport(ctx: InApp): Promise<WaitingImport | undefined> {
  const [row] = await ctx.db.query<{
    id: string
    long_id: string
    attributes: Attributes
    actor_kind: Actor['kind']
    actor_id: string
    request_id: string | null
  }>(
    `select id, long_id, attributes, actor_kind, actor_id, request_id from profile_imports
     where app_id = $1 order by id limit 1`,
    [ctx.appId],
  )
  if (row === undefined) return undefined
  const { id, long_id: longId, attributes, request_id: requestId } = row
  return { id, longId, attributes, actor: { kind: row.actor_kind, id: row.actor_id }, requestId }
}

export async function deleteImport(ctx: InApp, id: string): Promise<void> {
  await ctx.db.query('delete from profile_imports where app_id = $1 and id = $2', [ctx.appId, id])
}
