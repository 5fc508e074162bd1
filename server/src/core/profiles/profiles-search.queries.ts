import { type Db, firstRows } from '../db.ts'
import type { OffsetPage } from '../pagination.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import type { Profile, ProfileOrder, SearchField } from './profiles.types.ts'
import { orderText } from './profiles-page.queries.ts'
import type { SearchTerms } from './search-terms.rules.ts'

/** A match: in which source it was found, and where in that source's order it stands. */
export interface SearchRow {
  readonly profile: Profile
  readonly term: string
}

/** Where a page goes on within a source; before everything: two empty texts. */
export interface SearchPosition {
  readonly term: string
  readonly id: string
}

type Parameter = keyof SearchTerms | 'appId' | 'afterTerm' | 'afterId' | 'skip' | 'take'

interface Statement {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

/** A statement out of a text in which `{name}` stands for a parameter. */
function statement(text: string): Statement {
  const parameters: Parameter[] = []
  const numbered = text.replace(/\{(\w+)\}/g, (_, name: Parameter) => {
    if (!parameters.includes(name)) parameters.push(name)
    return `$${parameters.indexOf(name) + 1}`
  })
  return { text: numbered, parameters }
}

function valuesFor(parameters: readonly Parameter[], named: Partial<Record<Parameter, unknown>>): unknown[] {
  return parameters.map((name) => named[name])
}

// Above every text that begins with the prefix, in the byte order of collation "C".
const last = '\u{10FFFF}'
const begins = (term: string, prefix: string) => `(${term} >= ${prefix} and ${term} < ${prefix} || '${last}')`

const ids = ['p.id = {id}', 'p.uid = {uid}', 'p.long_id = {longId}', 'p.number = {number}']
const identifiers = [
  { column: 'p.reference', prefix: '{text}' },
  { column: 'p.username_folded', prefix: '{folded}' },
  { column: 'p.email_folded', prefix: '{folded}' },
  { column: 'p.phone_e164', prefix: '{phone}' },
]

/** Not found by the sources before: a match is listed at its first place only. */
function notBefore(source: number): string {
  const before = [...ids, ...identifiers.slice(0, source - 1).map(({ column, prefix }) => begins(column, prefix))]
  return before.map((match) => `(${match}) is not true`).join(' and ')
}

const live = 'p.app_id = {appId} and p.deleted_at is null'

const byIds = statement(
  `${ids.map((match) => `select '' as term, ${profileColumns} from profiles p where ${live} and ${match} and p.id::text > {afterId}`).join(' union ')}
   order by id`,
)

const byIdentifier = identifiers.map(({ column, prefix }, index) =>
  statement(
    `select ${column} as term, ${profileColumns} from profiles p
     where ${live} and ${begins(column, prefix)} and ${column} > {afterTerm} and ${notBefore(index + 1)}
     order by ${column}`,
  ),
)

const byWord = statement(
  `select w.word as term, ${profileColumns}
   from profile_words w join profiles p on p.app_id = {appId} and p.id = w.profile_id
   where w.app_id = {appId} and ${begins('w.word', '{word}')}
     and w.word >= {afterTerm} and (w.word > {afterTerm} or w.profile_id::text > {afterId})
     and ${notBefore(identifiers.length + 1)}
     and not exists (select from unnest(p.name_words) x where ${begins('x', '{word}')} and x < w.word)
     and not exists (select from unnest({otherWords}::text[]) o
       where not exists (select from unnest(p.name_words) x where starts_with(x, o)))
   order by w.word, w.profile_id`,
)

/** The places where a match can be found, in the order in which matches are listed. */
const sources: readonly Statement[] = [byIds, ...byIdentifier, byWord]

/** How many sources there are; they are numbered from 0. */
export const sourceCount = sources.length

/**
 * Up to `limit` live profiles that one source finds behind a position: one range of one index, read in its own order
 * and no further than the page needs.
 */
export async function searchSource(
  ctx: { readonly db: Db; readonly appId: string },
  source: number,
  terms: SearchTerms,
  after: SearchPosition,
  limit: number,
): Promise<SearchRow[]> {
  const { text, parameters } = sources[source] ?? byWord
  const values = valuesFor(parameters, { ...terms, appId: ctx.appId, afterTerm: after.term, afterId: after.id })
  const rows = await ctx.db.query<ProfileRow & { term: string }>(firstRows(text, limit, `$${values.length + 1}`), [
    ...values,
    limit,
  ])
  return rows.map(({ term, ...row }) => ({ profile: toProfile(row), term }))
}

/** How many matches of one field a search by position looks at. Its total counts no more. */
export const matchLimit = 10_000

const matches: Record<SearchField, string> = {
  longId: `select p.id from profiles p where ${live} and p.long_id = {longId}`,
  email: `select p.id from profiles p where ${live} and ${begins('p.email_folded', '{folded}')}`,
  phone: `select p.id from profiles p where ${live} and ${begins('p.phone_e164', '{phone}')}`,
  name: `select w.profile_id as id from profile_words w where w.app_id = {appId} and ${begins('w.word', '{word}')}
    and (cardinality({otherWords}::text[]) = 0 or exists (
      select from profiles p where ${live} and p.id = w.profile_id and not exists (
        select from unnest({otherWords}::text[]) o
        where not exists (select from unnest(p.name_words) x where starts_with(x, o)))))`,
}
const searchFields = Object.keys(matches) as SearchField[]

function matchPage(fields: readonly SearchField[], order: readonly ProfileOrder[], take: number): Statement {
  const asked = searchFields.filter((field) => fields.includes(field))
  const found = asked.map((field) => `(select id from (${matches[field]}) m limit ${matchLimit})`).join(' union ')
  const page = firstRows(
    `select ${profileColumns} from found join profiles p on p.app_id = {appId} and p.id = found.id
     order by ${orderText(order, 'p')} offset {skip}::bigint`,
    take,
    '{take}',
  )
  return statement(`
    with found as materialized (${found}), page as materialized (${page})
    select (select count(*) from found) as total, page.* from (select) one left join page on true`)
}

/**
 * One page by position of the live profiles that some fields find, in the order that is asked for, and how many there are. At most
 * `matchLimit` matches of each field are found, so that one letter costs no more than that however many profiles there are. Two
 * words that many profiles have and none together cost a walk over the first (docs/adr/0009).
 */
export async function searchPage(
  ctx: { readonly db: Db; readonly appId: string },
  search: { readonly terms: SearchTerms; readonly fields: readonly SearchField[] },
  { skip, take }: OffsetPage,
  order: readonly ProfileOrder[],
): Promise<{ items: Profile[]; total: number }> {
  const { text, parameters } = matchPage(search.fields, order, take)
  type Row = ProfileRow & { total: string; id: string | null }
  const values = valuesFor(parameters, { ...search.terms, appId: ctx.appId, skip, take })
  const rows = await ctx.db.query<Row>(text, values)
  const items = rows.filter((row) => row.id !== null).map(({ total: _, ...row }) => toProfile(row))
  return { items, total: Number(rows[0]?.total) }
}
