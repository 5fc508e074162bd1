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
 * in the form of their columns.
 */
export async function selectProfilesAfter(
  ctx: InApp,
  list: { readonly sort: ProfileListInput['sort']; readonly filter: ProfileFilter; readonly limit: number },
  after: ListPosition | undefined,
): Promise<Profile[]> {
  const values: unknown[] = [ctx.appId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['p.app_id = $1', 'p.deleted_at is null']
  for (const [field, column] of Object.entries(filterColumns)) {
    const value = list.filter[field as keyof ProfileFilter]
    if (value !== undefined) conditions.push(`${column} = ${bind(value)}`)
  }
  const direction = list.sort.startsWith('-') ? 'desc' : 'asc'
  // A UUIDv7 begins with the time of creation, so that the order of ids is the order of creation.
  const keys = list.sort.endsWith('updatedAt') ? ['p.updated_at', 'p.id'] : ['p.id']
  if (after !== undefined) {
    const position = keys.length === 2 ? [bind(after.at), bind(after.id)] : [bind(after.id)]
    conditions.push(`(${keys.join(', ')}) ${direction === 'asc' ? '>' : '<'} (${position.join(', ')})`)
  }
  const order = keys.map((key) => `${key} ${direction}`).join(', ')
  const all = `select ${profileColumns} from profiles p where ${conditions.join(' and ')} order by ${order}`
  const text = firstRows(all, list.limit, bind(list.limit))
  return (await ctx.db.query<ProfileRow>(text, values)).map(toProfile)
}

export async function selectLiveCount(ctx: InApp): Promise<number> {
  const [row] = await ctx.db.query<{ total: string }>(`select ${countLive} as total`, [ctx.appId])
  return Number(row?.total)
}
