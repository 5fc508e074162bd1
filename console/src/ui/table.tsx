import { Link } from '@tanstack/react-router'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, useCallback, useState } from 'react'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Of the column, as CSS; a longer text is cut there. */
  readonly width?: string
  readonly numeric?: boolean
  /** Rows can be ordered by it. */
  readonly sorts?: boolean
}

export interface Sorting {
  readonly column: string
  readonly descending: boolean
}

export interface TableProps<Row> {
  /** What the rows are, for those who cannot see them. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while they load: then there are rows of the same height without words. */
  readonly rows: readonly Row[] | undefined
  readonly keyOf: (row: Row) => string
  /** Where a row leads to. `resetScroll: false`: what it opens stands above this page. */
  readonly linkOf?: (row: Row) => {
    readonly to: string
    readonly params?: object
    readonly search?: object
    readonly resetScroll?: false
  }
  readonly sorting?: Sorting
  readonly onSort?: (sorting: Sorting) => void
  readonly selection?: ReadonlySet<string>
  readonly onSelect?: (selection: ReadonlySet<string>) => void
  /** Shown when there is no row. */
  readonly empty: ReactNode
  readonly skeletonRows?: number
  /** The rows are those of the page before, which stay until the next ones are there. */
  readonly stale?: boolean
}

/**
 * Rows of one kind. On a phone each becomes a card with the same data. The arrow keys move between rows, Home and End to the first and the
 * last, Enter opens one, and Space or x selects it where rows can be selected.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, empty, skeletonRows = 8, stale = false } = props
  const [isWide, watch] = useIsWide()
  if (rows?.length === 0) return <div className="rounded-control border border-line bg-surface">{empty}</div>
  return (
    <div ref={watch} className={`rounded-control border border-line bg-surface ${isWide ? 'sm:overflow-x-auto' : ''}`}>
      <table
        {...as.table}
        aria-label={label}
        aria-busy={rows === undefined || stale}
        className="w-full text-table max-sm:block"
      >
        <thead className={`max-sm:sr-only sm:sticky sm:z-10 ${isWide ? 'sm:top-0' : 'sm:top-12'}`}>
          <Head {...props} />
        </thead>
        <tbody
          {...as.rowgroup}
          className={`max-sm:block ${stale ? 'motion-safe:opacity-60 motion-safe:transition-opacity motion-safe:delay-200' : ''}`}
          onKeyDown={moveBetweenRows}
        >
          {rows === undefined
            ? Array.from({ length: skeletonRows }, (_, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows without content have nothing else
                <SkeletonRow key={index} columns={columns} />
              ))
            : rows.map((row) => <BodyRow key={keyOf(row)} row={row} {...props} />)}
        </tbody>
      </table>
    </div>
  )
}

/**
 * Whether a frame holds more than its width, and the frame's ref. Only then does it scroll by itself: inside of what scrolls, the head
 * could not stay below that of the page.
 */
function useIsWide(): [boolean, (frame: HTMLDivElement) => () => void] {
  const [isWide, setIsWide] = useState(false)
  const watch = useCallback((frame: HTMLDivElement) => {
    const resized = new ResizeObserver(() => setIsWide(frame.scrollWidth > frame.clientWidth))
    for (const element of [frame, ...frame.children]) resized.observe(element)
    return () => resized.disconnect()
  }, [])
  return [isWide, watch]
}

/** Said in so many words, since a table that is drawn as cards is no table to some browsers. */
const as = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const

const cell = 'h-9 px-3 max-sm:h-auto max-sm:px-0'

function Head<Row>({ columns, rows, keyOf, sorting, onSort, selection, onSelect }: TableProps<Row>) {
  const all = rows !== undefined && rows.length > 0 && rows.every((row) => selection?.has(keyOf(row)))
  return (
    <tr {...as.row} className="bg-surface shadow-[inset_0_-1px_var(--line)]">
      {selection && (
        <th {...as.columnheader} className="w-9 pl-3">
          <input
            type="checkbox"
            aria-label="Select all rows"
            className="block size-4 accent-accent"
            checked={all}
            onChange={() => onSelect?.(new Set(all ? [] : rows?.map(keyOf)))}
          />
        </th>
      )}
      {columns.map(({ id, title, width, numeric, sorts }) => {
        const sorted = sorting?.column === id ? (sorting.descending ? 'descending' : 'ascending') : undefined
        return (
          <th
            key={id}
            {...as.columnheader}
            scope="col"
            aria-sort={sorted}
            style={{ width }}
            className={`h-9 px-3 font-medium whitespace-nowrap text-muted ${numeric ? 'text-right' : 'text-left'}`}
          >
            {sorts ? (
              <button
                type="button"
                className="-mx-1 inline-flex items-center gap-1 rounded-[4px] px-1 font-medium hover:text-text"
                onClick={() => onSort?.({ column: id, descending: sorted === 'ascending' || sorted === undefined })}
              >
                {title}
                {sorted === 'ascending' && <ArrowUp size={12} aria-hidden />}
                {sorted === 'descending' && <ArrowDown size={12} aria-hidden />}
              </button>
            ) : (
              title
            )}
          </th>
        )
      })}
    </tr>
  )
}

function BodyRow<Row>({ row, columns, keyOf, linkOf, selection, onSelect }: TableProps<Row> & { readonly row: Row }) {
  const key = keyOf(row)
  const link = linkOf?.(row)
  const selected = selection?.has(key) ?? false
  const toggle = () => {
    const next = new Set(selection)
    if (!next.delete(key)) next.add(key)
    onSelect?.(next)
  }
  return (
    <tr
      {...as.row}
      data-row
      aria-selected={selection ? selected : undefined}
      className={`group border-line not-last:border-b focus-within:bg-hover hover:bg-hover max-sm:relative max-sm:block max-sm:p-3 ${selected ? 'bg-accent-soft' : ''}`}
    >
      {selection && (
        <td {...as.cell} className="w-9 pl-3 max-sm:absolute max-sm:top-3 max-sm:right-3 max-sm:w-auto max-sm:p-0">
          <input
            type="checkbox"
            aria-label="Select the row"
            data-row-select
            className="block size-4 accent-accent max-sm:size-5"
            checked={selected}
            onChange={toggle}
          />
        </td>
      )}
      {columns.map((column, index) => (
        <td
          key={column.id}
          {...as.cell}
          {...(column.width !== undefined && { style: { '--cell': column.width } as CSSProperties })}
          className={`${cell} ${column.numeric ? 'figures text-right max-sm:text-left' : ''} max-w-[var(--cell,20rem)] truncate max-sm:flex max-sm:max-w-full max-sm:gap-3 max-sm:py-0.5 max-sm:whitespace-normal ${selection && index === 0 ? 'max-sm:pr-9' : ''}`}
        >
          <span aria-hidden className="w-28 shrink-0 text-muted sm:hidden">
            {column.title}
          </span>
          <span className="min-w-0 max-sm:wrap-anywhere">
            {index === 0 && link !== undefined ? (
              <Link {...(link as { to: string })} data-row-link className="font-medium hover:underline">
                {column.cell(row)}
              </Link>
            ) : (
              column.cell(row)
            )}
          </span>
        </td>
      ))}
    </tr>
  )
}

function SkeletonRow({ columns }: { readonly columns: readonly { readonly id: string }[] }) {
  return (
    <tr {...as.row} className="not-last:border-b border-line max-sm:block max-sm:p-3">
      {columns.map(({ id }, index) => (
        <td key={id} {...as.cell} className={`${cell} max-sm:block max-sm:py-1.5`}>
          <span className="skeleton block h-3" style={{ width: `${[70, 45, 60, 35][index % 4]}%` }} />
        </td>
      ))}
    </tr>
  )
}

function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const target = event.target as HTMLElement
  const row = target.closest('[data-row]')
  if (row === null || target.closest('input:not([type=checkbox]), textarea, select')) return
  const selects = event.key === 'x' || (event.key === ' ' && target.matches('[data-row-link]'))
  const box = row.querySelector<HTMLInputElement>('[data-row-select]')
  const next = rowBy(event.key, row)
  if (selects && box !== null) box.click()
  else if (next === undefined) return
  else
    (next?.querySelector<HTMLElement>('[data-row-link]') ?? next?.querySelector<HTMLElement>('button, input'))?.focus()
  event.preventDefault()
}

/** The row that a key leads to from another, null at an end; undefined for keys that lead to none. */
function rowBy(key: string, row: Element): Element | null | undefined {
  if (key === 'ArrowDown') return row.nextElementSibling
  if (key === 'ArrowUp') return row.previousElementSibling
  if (key === 'Home') return row.parentElement?.firstElementChild
  if (key === 'End') return row.parentElement?.lastElementChild
  return undefined
}
