import { type Ctx, requireScope } from '../context.ts'
import { invalid } from '../errors.ts'
import { isUuid } from '../ids.ts'
import { type CountedPage, type CursorPage, type OffsetPage, packCursor, unpackCursor } from '../pagination.ts'
import { fold, isStorable } from '../text.ts'
import { phoneToFind } from './phones.rules.ts'
import type {
  Profile,
  ProfileFilter,
  ProfileListInput,
  ProfileOrder,
  ProfileSearchInput,
  SearchField,
} from './profiles.types.ts'
import { type ListPosition, selectLiveCount, selectProfilesAfter } from './profiles-list.queries.ts'
import { selectPage } from './profiles-page.queries.ts'
import {
  type SearchPosition,
  type SearchRow,
  searchPage,
  searchSource,
  sourceCount,
} from './profiles-search.queries.ts'
import { type SearchTerms, termsOf } from './search-terms.rules.ts'

/** One page by cursor. The total is exact and there when nothing is filtered. Throws `input_invalid` for a bad cursor. */
export async function listProfiles(ctx: Ctx, input: ProfileListInput): Promise<CursorPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  const filter = comparable(input.filter)
  const after = input.cursor === undefined ? undefined : positionOf(input.cursor, input.sort)
  const unfiltered = Object.values(filter).every((value) => value === undefined)
  const [rows, total] = await Promise.all([
    selectProfilesAfter(ctx, { sort: input.sort, filter, limit: input.limit + 1 }, after),
    unfiltered ? selectLiveCount(ctx) : null,
  ])
  const items = rows.slice(0, input.limit)
  const end = rows.length > input.limit ? items.at(-1) : undefined
  return { items, nextCursor: end === undefined ? null : cursorAt(end, input.sort), total }
}

/**
 * The profiles that the text finds: by an id exactly, by the beginning of reference, username, e-mail or phone, or by
 * the beginnings of words of their names. Throws `input_invalid` for a bad cursor or a text that cannot be stored.
 */
export async function findProfiles(ctx: Ctx, input: ProfileSearchInput): Promise<CursorPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  if (!isStorable(input.q)) throw invalid({ path: ['q'], rule: 'text' })
  if (input.q.trim() === '') throw invalid({ path: ['q'], rule: 'blank' })
  const begin = input.cursor === undefined ? { source: 0, term: '', id: '' } : searchPositionOf(input.cursor)
  const rows = await collect(ctx, termsOf(input.q.trim()), begin, input.limit + 1)
  const shown = rows.slice(0, input.limit)
  const end = rows.length > input.limit ? shown.at(-1) : undefined
  const nextCursor = end === undefined ? null : packCursor(['q', String(end.source), end.term, end.profile.id])
  return { items: shown.map((row) => row.profile), nextCursor, total: null }
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
  if (search === undefined) return selectPage(ctx, { skip, take }, order)
  if (!isStorable(search.q)) throw invalid({ path: ['q'], rule: 'text' })
  return searchPage(ctx, { terms: termsOf(search.q.trim()), fields: search.fields }, { skip, take }, order)
}

interface SearchStart extends SearchPosition {
  readonly source: number
}

/** Asks source after source until there are enough; what is listed first is mostly enough. */
async function collect(
  ctx: Ctx,
  terms: SearchTerms,
  begin: SearchStart,
  wanted: number,
): Promise<(SearchRow & { readonly source: number })[]> {
  const found: (SearchRow & { readonly source: number })[] = []
  for (let source = begin.source; source < sourceCount && found.length < wanted; source++) {
    const after = source === begin.source ? begin : { term: '', id: '' }
    const rows = await searchSource(ctx, source, terms, after, wanted - found.length)
    found.push(...rows.map((row) => ({ ...row, source })))
  }
  return found
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

function searchPositionOf(cursor: string): SearchStart {
  const [, source = '', term = '', id = ''] = unpackCursor(cursor, 'q', 4)
  const ours = /^\d$/.test(source) && Number(source) < sourceCount && isStorable(term) && isUuid(id)
  if (!ours) throw invalid({ path: ['cursor'], rule: 'format' })
  return { source: Number(source), term, id }
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
