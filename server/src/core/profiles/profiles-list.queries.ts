import { type Db, firstRows } from '../db.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import { countLive } from './profiles.queries.ts'
import type { Profile, ProfileFilter, ProfileListInput } from './profiles.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const filterColumns: Record<keyof ProfileFilter, string> = {
  type: 'p.type',
  reference: 'p.reference',
  username: 'p.username_folded',
  email: 'p.email_folded',
  phone: 'p.phone_e164',
  country: 'p.country',
}

/** Where the page before ended. `at` is there when the order is by time of change. */
export interface ListPosition {
  readonly at?: Date
  readonly id: string
}

/**
 * Up to `limit` live profiles after a position, by keyset: a page costs the same at any depth. Filter values must be
 * in the form of their columns. When nothing is filtered, with the exact total, of one snapshot; else it is null.
 */
export async function selectProfilesAfter(
  ctx: InApp,
  list: { readonly sort: ProfileListInput['sort']; readonly filter: ProfileFilter; readonly limit: number },
  after: ListPosition | undefined,
): Promise<{ profiles: Profile[]; total: number | null }> {
  const values: unknown[] = [ctx.appId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['p.app_id = $1', 'p.deleted_at is null']
  const filters = (Object.keys(filterColumns) as (keyof ProfileFilter)[]).filter(
    (field) => list.filter[field] !== undefined,
  )
  for (const field of filters) conditions.push(`${filterColumns[field]} = ${bind(list.filter[field])}`)
  const direction = list.sort.startsWith('-') ? 'desc' : 'asc'
  // A UUIDv7 begins with the time of creation, so that the order of ids is the order of creation.
  const keys = list.sort.endsWith('updatedAt') ? ['updated_at', 'id'] : ['id']
  if (after !== undefined) {
    const position = keys.length === 2 ? [bind(after.at), bind(after.id)] : [bind(after.id)]
    const sign = direction === 'asc' ? '>' : '<'
    conditions.push(`(${keys.map((key) => `p.${key}`).join(', ')}) ${sign} (${position.join(', ')})`)
  }
  const order = keys.map((key) => `p.${key} ${direction}`).join(', ')
  const page = firstRows(
    `select p.* from profiles p where ${conditions.join(' and ')} order by ${order}`,
    list.limit,
    bind(list.limit),
  )
  const total = filters.length === 0 ? `(select ${countLive} as total)` : '(select null::bigint as total)'
  const text = `select c.total, ${profileColumns} from ${total} c left join (${page}) p on true order by ${order}`
  type Row = ProfileRow & { readonly id: string | null; readonly total: string | null }
  const rows = await ctx.db.query<Row>(text, values)
  const profiles = rows.filter(({ id }) => id !== null).map(({ total: _, ...row }) => toProfile(row))
  const [first] = rows
  return { profiles, total: first === undefined || first.total === null ? null : Number(first.total) }
}
