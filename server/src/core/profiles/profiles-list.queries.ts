import type { Db } from '../db.ts'
import { countLive, type ProfileRow, profileColumns, toProfile } from './profiles.queries.ts'
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
  const text = `select ${profileColumns} from profiles p where ${conditions.join(' and ')} order by ${order} limit ${bind(list.limit)}`
  return (await ctx.db.query<ProfileRow>(text, values)).map(toProfile)
}

export async function selectLiveCount(ctx: InApp): Promise<number> {
  const [row] = await ctx.db.query<{ total: string }>(`select ${countLive} as total`, [ctx.appId])
  return Number(row?.total)
}

/** What a search looks for; a bound is null where the text cannot be such a thing. */
export interface SearchTerms {
  readonly text: string
  readonly folded: string
  readonly phone: string | null
  readonly id: string | null
  readonly uid: string | null
  readonly longId: string | null
  readonly number: string | null
  /** The word that the index is searched for, and the others that the same profile must have. */
  readonly word: string | null
  readonly otherWords: readonly string[]
}

/** Where the page before ended: the source, the term within it, the profile. */
export interface SearchPosition {
  readonly rank: number
  readonly term: string
  readonly id: string
}

export interface SearchRow {
  readonly profile: Profile
  readonly position: SearchPosition
}

// Above every text that begins with the prefix, in the byte order of collation "C".
const last = '\u{10FFFF}'
const from = (column: string, index: number) => `(${column} >= $${index} and ${column} < $${index} || '${last}')`

const byIds = '(p.id = $5 or p.uid = $6 or p.long_id = $7 or p.number = $8)'
/** The sources in the order in which their matches are listed; each is one range of one index. */
const sources = [
  { term: 'p.reference', match: from('p.reference', 2) },
  { term: 'p.username_folded', match: from('p.username_folded', 3) },
  { term: 'p.email_folded', match: from('p.email_folded', 3) },
  { term: 'p.phone_e164', match: from('p.phone_e164', 4) },
]
const wordRank = sources.length + 1

function alreadyListed(rank: number): string {
  const matches = [byIds, ...sources.slice(0, rank - 1).map((source) => source.match)]
  return matches.map((match) => `${match} is not true`).join(' and ')
}

function afterPosition(rank: number, term: string, id: string): string {
  return `(${rank} > $11 or (${rank} = $11 and (${term}, ${id}) > ($12, $13::uuid)))`
}

const idSelects = ['p.id = $5', 'p.uid = $6', 'p.long_id = $7', 'p.number = $8'].map(
  (match) => `select 0 as rank, '' as term, p.id from profiles p
    where p.app_id = $1 and p.deleted_at is null and ${match} and ${afterPosition(0, "''", 'p.id')}`,
)
const identifierSelects = sources.map(
  ({ term, match }, index) => `(select ${index + 1} as rank, ${term} as term, p.id from profiles p
    where p.app_id = $1 and p.deleted_at is null and ${match} and ${alreadyListed(index + 1)}
      and ${afterPosition(index + 1, term, 'p.id')}
    order by ${term}, p.id limit $14)`,
)
const wordSelect = `(select ${wordRank} as rank, w.word as term, p.id
    from profile_words w join profiles p on p.app_id = $1 and p.id = w.profile_id
    where w.app_id = $1 and ${from('w.word', 9)} and ${alreadyListed(wordRank)}
      and not exists (select from unnest(p.name_words) x where ${from('x', 9)} and x < w.word)
      and not exists (select from unnest($10::text[]) o
        where not exists (select from unnest(p.name_words) x where starts_with(x, o)))
      and ${afterPosition(wordRank, 'w.word', 'w.profile_id')}
    order by w.word, w.profile_id limit $14)`

const searchText = `
  with found as (
    select distinct rank, term collate "C" as term, id
    from (${[...idSelects, ...identifierSelects, wordSelect].join(' union all ')}) all_found (rank, term, id)
    order by rank, term, id limit $14
  )
  select f.rank, f.term, ${profileColumns}
  from found f join profiles p on p.app_id = $1 and p.id = f.id
  order by f.rank, f.term, f.id`

/**
 * Up to `limit` live profiles that match, each once: by an id exactly, else by the beginning of an identifier or of a
 * word of its names. Every source is read in the order of its index and no further than the page needs.
 */
export async function searchProfiles(
  ctx: InApp,
  terms: SearchTerms,
  after: SearchPosition | undefined,
  limit: number,
): Promise<SearchRow[]> {
  const { text, folded, phone, id, uid, longId, number, word, otherWords } = terms
  const position = after ?? { rank: -1, term: '', id: '00000000-0000-0000-0000-000000000000' }
  const rows = await ctx.db.query<ProfileRow & { rank: number; term: string }>(searchText, [
    ...[ctx.appId, text, folded, phone, id, uid, longId, number, word, otherWords],
    ...[position.rank, position.term, position.id, limit],
  ])
  return rows.map(({ rank, term, ...row }) => ({ profile: toProfile(row), position: { rank, term, id: row.id } }))
}
