import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { ProfileType } from '../../api/client.ts'
import { findProfiles } from '../../api/find-profiles.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Sorting, Table } from '../../ui/table.tsx'
import { ColumnMenu, columnsOf } from './columns.tsx'
import { FilterButton, FilterChips, type Filters, filtersOf } from './filters.tsx'
import { NoUsers } from './no-users.tsx'
import { SearchField } from './search-field.tsx'
import { SelectionBar } from './selection.tsx'

const NewUser = lazy(() => import('./new-user.tsx').then(({ NewUser }) => ({ default: NewUser })))

const route = getRouteApi('/$app/users')
const pageSize = 50
const sorts = {
  '-createdAt': 'Created: newest',
  createdAt: 'Created: oldest',
  '-updatedAt': 'Updated: newest',
  updatedAt: 'Updated: oldest',
} as const
type Sort = keyof typeof sorts
const usualSort = '-createdAt'

function isSort(text: string | undefined): text is Sort {
  return text !== undefined && Object.hasOwn(sorts, text)
}

type Search = ReturnType<typeof route.useSearch>

/** The people of the app: one search that finds them by anything, filters, and what can be done with many at once. */
export function UsersPage() {
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/$app/users' })
  const mayWrite = useMay('profiles:write')
  const show = (change: Partial<Search>) =>
    void navigate({ search: (now) => ({ ...now, cursor: undefined, ...change }) })
  const openSheet = (sheet: string | undefined) => void navigate({ search: (now) => ({ ...now, sheet }) })
  return (
    <>
      <PageHead title="Users">
        {mayWrite && (
          <Button look="primary" icon={<Plus size={14} aria-hidden />} onClick={() => openSheet('new')}>
            New user
          </Button>
        )}
      </PageHead>
      <Toolbar search={search} show={show} />
      <FilterChips filters={filtersOf(search)} onChange={show} />
      <List search={search} show={show} onNew={mayWrite ? () => openSheet('new') : undefined} />
      <Suspense>{search.sheet === 'new' && mayWrite && <NewUser onClose={() => openSheet(undefined)} />}</Suspense>
    </>
  )
}

interface PartProps {
  readonly search: Search
  readonly show: (change: Partial<Search>) => void
}

/** The API searches, or filters and sorts, and never both: so what one begins ends the other. */
function Toolbar({ search, show }: PartProps) {
  const navigate = useNavigate({ from: '/$app/users' })
  const searchFor = (q: string | undefined) =>
    void navigate({
      search: ({ columns, ...now }) => (q === undefined ? { ...now, q, columns, cursor: undefined } : { q, columns }),
      replace: true,
    })
  const filter = (filters: Filters) => show({ ...filters, q: undefined })
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchField q={search.q} onSearch={searchFor} />
      <div className="ml-auto flex gap-2 max-sm:ml-0 max-sm:flex-wrap">
        {search.q === undefined && <SortSelect sort={search.sort} onChange={(sort) => show({ sort })} />}
        <FilterButton filters={filtersOf(search)} onChange={filter} />
        <ColumnMenu chosen={search.columns} onChange={(columns) => show({ columns, cursor: search.cursor })} />
      </div>
    </div>
  )
}

/** The order, also for those who see no column of it. */
function SortSelect({
  sort,
  onChange,
}: {
  readonly sort: string | undefined
  readonly onChange: (sort: string | undefined) => void
}) {
  return (
    <Select
      aria-label="Order"
      className="w-auto! border-line!"
      value={isSort(sort) ? sort : usualSort}
      onChange={({ target }) => onChange(target.value === usualSort ? undefined : target.value)}
    >
      {Object.entries(sorts).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  )
}

function List({ search, show, onNew }: PartProps & { readonly onNew: (() => void) | undefined }) {
  const { app } = useApp()
  const users = useUsers(search)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const rows = users.data?.data
  if (users.error !== null) return <ErrorNotice error={users.error} onRetry={() => void users.refetch()} />
  const selection = new Set(rows?.filter(({ id }) => selected.has(id)).map(({ id }) => id))
  const next = users.data?.nextCursor ?? undefined
  return (
    <>
      <SelectionBar profiles={rows?.filter(({ id }) => selection.has(id)) ?? []} onSelect={setSelected} />
      <Table
        label="Users"
        columns={columnsOf(search.columns, search.q === undefined)}
        rows={rows}
        keyOf={({ id }) => id}
        linkOf={({ id }) => ({ to: '/$app/users/$profile', params: { app: app.id, profile: id } })}
        sorting={sortingOf(search)}
        onSort={({ column, descending }) => show({ sort: `${descending ? '-' : ''}${column}` })}
        selection={selection}
        onSelect={setSelected}
        empty={<NoUsers narrowed={isNarrowed(search)} more={next !== undefined} onNew={onNew} />}
        stale={users.isPlaceholderData}
        skeletonRows={12}
      />
      {users.data !== undefined && rows !== undefined && (rows.length > 0 || next !== undefined) && (
        <Pager
          total={users.data.total ?? (search.cursor === undefined && next === undefined ? rows.length : null)}
          shown={rows.length}
          noun={['user', 'users']}
          onFirst={search.cursor === undefined ? undefined : () => show({})}
          onNext={next === undefined ? undefined : () => show({ cursor: next })}
        />
      )}
    </>
  )
}

/** The page of profiles that the address asks for. */
function useUsers(search: Search) {
  const { q, cursor, type, ...others } = search
  const sort = isSort(search.sort) ? search.sort : undefined
  const { country, email, username, phone, reference } = others
  const filter = { type: type as ProfileType | undefined, country, email, username, phone, reference }
  const query = { cursor, limit: pageSize }
  return useAppQuery(
    ['profiles', q ?? { sort, ...filter }, cursor],
    (api, signal) =>
      q === undefined
        ? api.listProfiles({ query: { ...query, sort, ...filter }, signal })
        : findProfiles(api, { ...query, q }, signal),
    { keeps: true },
  )
}

function sortingOf({ q, sort = usualSort }: Search): Sorting {
  if (q !== undefined) return { column: '', descending: true }
  return { column: sort.replace('-', ''), descending: sort.startsWith('-') }
}

function isNarrowed(search: Search): boolean {
  return search.q !== undefined || search.cursor !== undefined || Object.keys(filtersOf(search)).length > 0
}
