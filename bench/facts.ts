import type { Ctx } from '../server/src/core/context.ts'
import type { Db } from '../server/src/core/db.ts'
import { seededReference } from './references.ts'

/** Identifiers of profiles, by their columns. */
export type SeededIds = Readonly<Record<'id' | 'uid' | 'long_id', readonly string[]>>

const mostIds = 10_000

/** Of the profiles that were there before the first leg; of ten thousand, if there are more. */
export async function selectSeededIds(ctx: Pick<Ctx, 'db' | 'appId'>, rows: number): Promise<SeededIds> {
  const references = Array.from({ length: Math.min(rows, mostIds) }, (_, index) => seededReference(index))
  const text = 'select id, uid::text, long_id::text from profiles where app_id = $1 and reference = any($2)'
  const found = await ctx.db.query<Record<keyof SeededIds, string>>(text, [ctx.appId, references])
  const all = (column: keyof SeededIds) => found.map((row) => row[column])
  return { id: all('id'), uid: all('uid'), long_id: all('long_id') }
}

/** A setting of the database, as it says it. */
export interface Setting {
  readonly name: string
  readonly value: string
}

const names =
  'fsync synchronous_commit full_page_writes commit_delay wal_compression wal_buffers max_wal_size checkpoint_timeout ' +
  'checkpoint_completion_target shared_buffers random_page_cost'

/** Those that decide how fast a write is, and whether it stays. */
export function selectSettings(db: Db): Promise<Setting[]> {
  const text = `select name, current_setting(name) as value
    from unnest($1::text[]) with ordinality as asked(name, place) order by place`
  return db.query<Setting>(text, [names.split(' ')])
}
