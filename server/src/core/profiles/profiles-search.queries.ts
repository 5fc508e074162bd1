import { type Db, firstRows } from '../db.ts'
import { type ProfileRow, profileColumns, toProfile } from './profiles.queries.ts'
import type { Profile } from './profiles.types.ts'

/** What a search looks for; a term is null where the text cannot be such a thing. */
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

type Parameter = keyof SearchTerms | 'appId' | 'afterTerm' | 'afterId'

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
  const named = { ...terms, appId: ctx.appId, afterTerm: after.term, afterId: after.id }
  const values = parameters.map((name): unknown => named[name])
  const rows = await ctx.db.query<ProfileRow & { term: string }>(firstRows(text, limit, `$${values.length + 1}`), [
    ...values,
    limit,
  ])
  return rows.map(({ term, ...row }) => ({ profile: toProfile(row), term }))
}
