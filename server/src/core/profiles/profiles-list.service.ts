import { type Ctx, requireScope } from '../context.ts'
import { invalid } from '../errors.ts'
import { isUuid } from '../ids.ts'
import { type CountedPage, type CursorPage, type OffsetPage, packCursor, unpackCursor } from '../pagination.ts'
import { fold, isStorable } from '../text.ts'
import { markSize } from './marks.service.ts'
import { phoneToFind } from './phones.rules.ts'
import type {
  Profile,
  ProfileFilter,
  ProfileListInput,
  ProfileOrder,
  ProfileSearchInput,
  SearchField,
} from './profiles.types.ts'
import { type ListPosition, selectProfilesAfter } from './profiles-list.queries.ts'
import { selectPage, selectPlaced } from './profiles-page.queries.ts'
import {
  type SearchPosition,
  searchPage,
  searchSource,
  selectRarest,
  sourceCount,
  sourceStart,
} from './profiles-search.queries.ts'
import { ledBy, type SearchTerms, termsOf, wordsIn } from './search-terms.rules.ts'

/** One page by cursor. The total is exact and there when nothing is filtered. Throws `input_invalid` for a bad cursor. */
export async function listProfiles(ctx: Ctx, input: ProfileListInput): Promise<CursorPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  const filter = comparable(input.filter)
  const after = input.cursor === undefined ? undefined : positionOf(input.cursor, input.sort)
  const { profiles, total } = await selectProfilesAfter(
    ctx,
    { sort: input.sort, filter, limit: input.limit + 1 },
    after,
  )
  const items = profiles.slice(0, input.limit)
  const end = profiles.length > input.limit ? items.at(-1) : undefined
  return { items, nextCursor: end === undefined ? null : cursorAt(end, input.sort), total }
}

/**
 * The profiles that the text finds: by an id exactly, by the beginning of reference, username, e-mail or phone, or by
 * the beginnings of words of their names. A page looks at so many entries of an index and no more, so that it may be short, and even
 * empty, with others behind it (docs/adr/0028). Throws `input_invalid` for a bad cursor or a text that cannot be stored.
 */
export async function findProfiles(ctx: Ctx, input: ProfileSearchInput): Promise<CursorPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  if (!isStorable(input.q)) throw invalid({ path: ['q'], rule: 'text' })
  if (input.q.trim() === '') throw invalid({ path: ['q'], rule: 'blank' })
  const { terms, begin } = await searchOf(ctx, termsOf(input.q.trim(), input.owners), input.cursor)
  const { found, walkedTo } = await collect(ctx, terms, begin, input.limit + 1)
  const shown = found.slice(0, input.limit)
  const end = found.length > input.limit ? shown.at(-1)?.position : walkedTo
  const nextCursor =
    end === undefined ? null : packCursor(['q', terms.word ?? '', String(end.source), end.term, end.id])
  return { items: shown.map(({ profile }) => profile), nextCursor, total: null }
}

export interface ProfilePageInput extends OffsetPage {
  /** Default: in order of creation. */
  readonly order?: readonly ProfileOrder[]
  readonly search?: { readonly q: string; readonly fields: readonly SearchField[] } | undefined
}

/**
 * One page by position. The total is the exact number of live profiles in the same snapshot; of a search it is exact up to 10,000
 * matches of each field, and no further ones are looked at. Throws `input_invalid` for a text that cannot be stored.
 */
export async function listProfilesByOffset(ctx: Ctx, input: ProfilePageInput): Promise<CountedPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  const { skip, take, order = [], search } = input
  if (search === undefined) return selectPage(ctx, { skip, take }, order, markSize)
  if (!isStorable(search.q)) throw invalid({ path: ['q'], rule: 'text' })
  const terms = await rarestFirst(ctx, termsOf(search.q.trim()))
  return searchPage(ctx, { terms, fields: search.fields }, { skip, take }, order)
}

/** A live profile as the one row of a page in order of creation, and where that page is. */
export interface PlacedProfile {
  readonly page: OffsetPage
  readonly found: CountedPage<Profile>
}

/** The page that holds one profile alone; undefined for one that is not there (any more). */
export async function findProfilePage(ctx: Ctx, id: string): Promise<PlacedProfile | undefined> {
  requireScope(ctx, 'profiles:read')
  const placed = await selectPlaced(ctx, id)
  if (placed === undefined) return undefined
  return { page: { skip: placed.place, take: 1 }, found: { items: [placed.profile], total: placed.total } }
}

interface SearchPlace extends SearchPosition {
  readonly source: number
}

interface Collected {
  readonly found: readonly { readonly profile: Profile; readonly position: SearchPlace }[]
  /** Where the search was left with more to look at. */
  readonly walkedTo: SearchPlace | undefined
}

/** Asks source after source until there are enough, or one is left half read; what is listed first is mostly enough. */
async function collect(ctx: Ctx, terms: SearchTerms, begin: SearchPlace, wanted: number): Promise<Collected> {
  const found: Collected['found'][number][] = []
  for (let source = begin.source; source < sourceCount && found.length < wanted; source++) {
    const after = source === begin.source ? begin : sourceStart
    const { rows, walkedTo } = await searchSource(ctx, source, terms, after, wanted - found.length)
    for (const { profile, term } of rows) found.push({ profile, position: { source, term, id: profile.id } })
    if (walkedTo !== undefined) return { found, walkedTo: { source, ...walkedTo } }
  }
  return { found, walkedTo: undefined }
}

function cursorAt(profile: Profile, sort: ProfileListInput['sort']): string {
  const byChange = sort.endsWith('updatedAt')
  return packCursor(byChange ? [sort, profile.id, profile.updatedAt.toISOString()] : [sort, profile.id])
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function positionOf(cursor: string, sort: ProfileListInput['sort']): ListPosition {
  const byChange = sort.endsWith('updatedAt')
  const [, id = '', time = ''] = unpackCursor(cursor, sort, byChange ? 3 : 2)
  const at = new Date(time)
  const isInstant = instantForm.test(time) && !Number.isNaN(at.getTime())
  if (!isUuid(id) || (byChange && !isInstant)) throw invalid({ path: ['cursor'], rule: 'format' })
  return byChange ? { id, at } : { id }
}

/** What is searched for, and from where on. The pages behind the first one go on with the word that it began with. */
async function searchOf(
  ctx: Ctx,
  terms: SearchTerms,
  cursor: string | undefined,
): Promise<{ terms: SearchTerms; begin: SearchPlace }> {
  if (cursor === undefined) return { terms: await rarestFirst(ctx, terms), begin: { source: 0, ...sourceStart } }
  const [, word = '', source = '', term = '', id = ''] = unpackCursor(cursor, 'q', 5)
  const words = wordsIn(terms)
  const ours = /^\d$/.test(source) && Number(source) < sourceCount && isStorable(term) && isUuid(id)
  if (!ours || (words.length > 0 && !words.includes(word))) throw invalid({ path: ['cursor'], rule: 'format' })
  return { terms: words.length > 0 ? ledBy(terms, word) : terms, begin: { source: Number(source), term, id } }
}

/** The terms with that of several words first which fewest have. */
async function rarestFirst(ctx: Ctx, terms: SearchTerms): Promise<SearchTerms> {
  const rarest = terms.otherWords.length === 0 ? undefined : await selectRarest(ctx, wordsIn(terms))
  return rarest === undefined ? terms : ledBy(terms, rarest)
}

/** The filter in the forms of its columns. */
function comparable(filter: ProfileFilter): ProfileFilter {
  for (const [field, value] of Object.entries(filter)) {
    if (value !== undefined && !isStorable(value)) throw invalid({ path: [field], rule: 'text' })
  }
  return {
    ...filter,
    ...(filter.username === undefined ? {} : { username: fold(filter.username) }),
    ...(filter.email === undefined ? {} : { email: fold(filter.email) }),
    ...(filter.phone === undefined ? {} : { phone: phoneToFind(filter.phone) }),
    ...(filter.country === undefined ? {} : { country: filter.country.toUpperCase() }),
  }
}
