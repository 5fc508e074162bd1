import { type Db, firstRows } from '../db.ts'
import type { OffsetPage } from '../pagination.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import type { Profile, ProfileOrder, SearchField } from './profiles.types.ts'
import { orderText } from './profiles-page.queries.ts'
import type { SearchTerms } from './search-terms.rules.ts'

/** A match, and where in the order of its source it stands. */
export interface SearchRow {
  readonly profile: Profile
  readonly term: string
}

/** Where a page goes on within a source. */
export interface SearchPosition {
  readonly term: string
  readonly id: string
}

/** Before everything in a source. */
export const sourceStart: SearchPosition = { term: '', id: '00000000-0000-0000-0000-000000000000' }

/** What one source gives to a page. */
export interface SearchPart {
  readonly rows: readonly SearchRow[]
  /** Where the source was left with more behind it, since a page looks at no more; undefined when that did not happen. */
  readonly walkedTo: SearchPosition | undefined
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

const ids = [
  'p.id = {id}',
  'p.uid = {uid}',
  'p.long_id = {longId}',
  'p.number = {number}',
  'p.id = any({owners}::uuid[])',
]
const identifiers = [
  { column: 'p.reference', term: 'text' },
  { column: 'p.username_folded', term: 'folded' },
  { column: 'p.email_folded', term: 'folded' },
  { column: 'p.phone_e164', term: 'phone' },
] as const

/** Not found by the sources before: a match is listed at its first place only. */
function notBefore(source: number): string {
  const before = [...ids, ...identifiers.slice(0, source - 1).map(({ column, term }) => begins(column, `{${term}}`))]
  return before.map((match) => `(${match}) is not true`).join(' and ')
}

const live = 'p.app_id = {appId} and p.deleted_at is null'

/**
 * How many entries of a source's index one page looks at: what is no match was listed before, or lacks another word of the search
 * (docs/adr/0028).
 */
export const walkLimit = 1_000

/** A place where matches can be found. */
interface Source {
  /** What is looked for there: nothing can be found where all of it is null. */
  readonly terms: readonly (keyof SearchTerms)[]
  /** The entries of the index behind a position, in its order: `term`, `id`. */
  readonly entries?: string
  /** Of what is looked at, the matches. */
  readonly matches: string
}

const byIds: Source = {
  terms: ['id', 'uid', 'longId', 'number', 'owners'],
  matches: `${ids.map((match) => `select '' as term, ${profileColumns} from profiles p where ${live} and ${match} and p.id > {afterId}::uuid`).join(' union ')}
    order by id`,
}

const byIdentifier = identifiers.map(({ column, term }, index): Source => {
  const entries = `select p.*, ${column} as term from profiles p
    where ${live} and ${begins(column, `{${term}}`)} and ${column} > {afterTerm} order by ${column}`
  return {
    terms: [term],
    entries,
    matches: `select p.term, ${profileColumns} from (${entries} limit ${walkLimit}) p where ${notBefore(index + 1)} order by p.term`,
  }
})

// One lower bound and not two: the scan begins at whichever stands first, and would pass over all before the other.
const wordEntries = `select w.word as term, w.profile_id as id from profile_words w
  where w.app_id = {appId} and w.word < {word} || '${last}'
    and (w.word, w.profile_id) > (greatest({afterTerm}::text collate "C", {word}::text), {afterId}::uuid)
  order by w.word, w.profile_id`

const byWord: Source = {
  terms: ['word'],
  entries: wordEntries,
  matches: `select w.term, ${profileColumns}
    from (${wordEntries} limit ${walkLimit}) w join profiles p on p.app_id = {appId} and p.id = w.id
    where ${notBefore(identifiers.length + 1)}
      and not exists (select from unnest(p.name_words) x where ${begins('x', '{word}')} and x < w.term)
      and not exists (select from unnest({otherWords}::text[]) o
        where not exists (select from unnest(p.name_words) x where starts_with(x, o)))
    order by w.term, w.id`,
}

/** Of one snapshot: the page, and, when it is not full, the last entry that was looked at if there may be more behind it. */
function partOf({ entries, matches }: Source, take: number): Statement {
  const walkedTo = entries
    ? `case when (select count(*) from page) < {take} then
        (select array[e.term, e.id::text] from (${entries} offset ${walkLimit - 1} limit 1) e) end`
    : 'null::text[]'
  return statement(`
    with page as materialized (${firstRows(matches, take, '{take}')})
    select ${walkedTo} as "walkedTo", page.* from (select) one left join page on true order by page.term, page.id`)
}

/** The places where a match can be found, in the order in which matches are listed. */
const sources: readonly Source[] = [byIds, ...byIdentifier, byWord]

/** How many sources there are; they are numbered from 0. */
export const sourceCount = sources.length

/**
 * Up to `take` live profiles that one source finds behind a position: one range of one index, read in its own order, no further than
 * the page needs, and never further than `walkLimit` entries.
 */
export async function searchSource(
  ctx: { readonly db: Db; readonly appId: string },
  source: number,
  terms: SearchTerms,
  after: SearchPosition,
  take: number,
): Promise<SearchPart> {
  const asked = sources[source] ?? byWord
  if (asked.terms.every((name) => terms[name] === null)) return { rows: [], walkedTo: undefined }
  const { text, parameters } = partOf(asked, take)
  const values = valuesFor(parameters, { ...terms, appId: ctx.appId, afterTerm: after.term, afterId: after.id, take })
  type Row = ProfileRow & { id: string | null; term: string; walkedTo: readonly [string, string] | null }
  const found = await ctx.db.query<Row>(text, values)
  const rows = found
    .filter(({ id }) => id !== null)
    .map(({ term, walkedTo: _, ...row }) => ({ profile: toProfile(row), term }))
  const [term, id] = found[0]?.walkedTo ?? []
  return { rows, walkedTo: term === undefined || id === undefined ? undefined : { term, id } }
}

const rarestText = `
  select o.word from unnest($2::text[]) with ordinality as o (word, place) cross join lateral (
    select count(*) as entries from (
      select from profile_words w where w.app_id = $1 and ${begins('w.word', 'o.word')} limit ${walkLimit}) e
  ) c order by c.entries, o.place limit 1`

/** Which of the beginnings of words fewest words of names have; the first one of those that have more than a page looks at. */
export async function selectRarest(
  ctx: { readonly db: Db; readonly appId: string },
  words: readonly string[],
): Promise<string | undefined> {
  const [row] = await ctx.db.query<{ word: string }>(rarestText, [ctx.appId, words])
  return row?.word
}

/** How many entries of the index of one field a search by position looks at. Its total counts no more. */
export const matchLimit = 10_000

const matches: Record<SearchField, string> = {
  longId: `select p.id from profiles p where ${live} and p.long_id = {longId}`,
  email: `select p.id from profiles p where ${live} and ${begins('p.email_folded', '{folded}')}`,
  phone: `select p.id from profiles p where ${live} and ${begins('p.phone_e164', '{phone}')}`,
  name: `select w.profile_id as id
    from (select w.profile_id from profile_words w where w.app_id = {appId} and ${begins('w.word', '{word}')}
      order by w.word, w.profile_id limit ${matchLimit}) w
    where cardinality({otherWords}::text[]) = 0 or exists (
      select from profiles p where ${live} and p.id = w.profile_id and not exists (
        select from unnest({otherWords}::text[]) o
        where not exists (select from unnest(p.name_words) x where starts_with(x, o))))`,
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
 * `matchLimit` entries of each field are looked at, so that one letter costs no more than that however many profiles there are,
 * nor do two words that many profiles have and none together (docs/adr/0028).
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
