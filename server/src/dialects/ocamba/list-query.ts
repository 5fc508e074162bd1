import { type Issue, invalid } from '../../core/errors.ts'
import type { OffsetPage } from '../../core/pagination.ts'
import type { ListQuery } from './schemas.ts'

const defaultPageSize = 20
const maxPageSize = 100
const maxSearchLength = 255

/** What a resource lets its lists be asked. */
export interface ListRules<Sort extends string, Search extends string> {
  readonly views: { readonly default: ReadonlySet<string>; readonly full: ReadonlySet<string> }
  readonly sortable: readonly Sort[]
  readonly searchable: readonly Search[]
}

/** A list query taken apart (contracts/ocamba.md 1.2, "List query conventions"). */
export interface ListRequest<Sort extends string, Search extends string> {
  readonly fields: ReadonlySet<string>
  readonly sort: readonly { readonly by: Sort; readonly descending: boolean }[]
  readonly page: OffsetPage
  readonly search: { readonly q: string; readonly fields: readonly Search[] } | undefined
}

/** Throws `input_invalid` for what the resource does not take. */
export function readListQuery<Sort extends string, Search extends string>(
  query: ListQuery,
  rules: ListRules<Sort, Search>,
): ListRequest<Sort, Search> {
  return {
    fields: readFields(query, rules.views),
    sort: readSort(query.sort, rules.sortable),
    page: readPage(query.page),
    search: readSearch(query, rules.searchable),
  }
}

/** The keys that are asked for: `fields` goes before `view`. Throws `input_invalid` for one that there is not. */
export function readFields(
  query: Pick<ListQuery, 'fields' | 'view'>,
  views: ListRules<string, string>['views'],
): ReadonlySet<string> {
  if (query.fields !== undefined) return new Set(namesIn('fields', query.fields, [...views.full]))
  const { view = 'default' } = query
  if (view !== 'default' && view !== 'full') throw invalid(choice('view', ['default', 'full']))
  return views[view]
}

/** The item with the keys that were asked for, in its own order. */
export function pickFields<T extends object>(item: T, fields: ReadonlySet<string>): Partial<T> {
  const picked: Partial<T> = {}
  for (const name in item) if (fields.has(name)) picked[name] = item[name]
  return picked
}

function readSort<Sort extends string>(text: string | undefined, sortable: readonly Sort[]) {
  if (text === undefined) return []
  const keys = text.split(',').map((key) => key.trim())
  return keys.map((key) => {
    const by = sortable.find((name) => name === key.replace(/^-/, ''))
    if (by === undefined) throw invalid(choice('sort', sortable))
    return { by, descending: key.startsWith('-') }
  })
}

function readPage(text: string | undefined): OffsetPage {
  if (text === undefined) return { skip: 0, take: defaultPageSize }
  const [, number = '', size] = /^(\d{1,15})(?:,(\d{1,15}))?$/.exec(text) ?? []
  const take = size === undefined ? defaultPageSize : Number(size)
  const skip = (Number(number) - 1) * take
  const sound = number !== '' && Number(number) >= 1 && take >= 1 && take <= maxPageSize && Number.isSafeInteger(skip)
  if (!sound) throw invalid({ path: ['page'], rule: 'format' })
  return { skip, take }
}

function readSearch<Search extends string>(
  { q, q_fields: names }: ListQuery,
  searchable: readonly Search[],
): ListRequest<string, Search>['search'] {
  const fields = names === undefined ? searchable : namesIn('q_fields', names, searchable)
  if (q === undefined || q.trim() === '') return undefined
  if (q.length > maxSearchLength) throw invalid({ path: ['q'], rule: 'too_long', limit: maxSearchLength })
  return { q, fields }
}

function namesIn<Name extends string>(parameter: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((part) => {
    const name = known.find((candidate) => candidate === part.trim())
    if (name === undefined) throw invalid(choice(parameter, known))
    return name
  })
}

function choice(parameter: string, allowed: readonly string[]): Issue {
  return { path: [parameter], rule: 'choice', allowed }
}
