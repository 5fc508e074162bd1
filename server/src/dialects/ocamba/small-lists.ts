import type { ListRequest } from './list-query.ts'
import { pickFields } from './list-query.ts'

type Key = string | number

/**
 * Answers a list query out of all items of a resource of which an app has few: searched for what contains the text,
 * sorted and cut in memory.
 */
export function answerList<Item extends Record<Names, Key>, Names extends string>(
  items: readonly Item[],
  { fields, sort, page, search }: ListRequest<Names, Names>,
): { total: number; items: Partial<Item>[] } {
  const found = search === undefined ? items : items.filter((item) => contains(item, search))
  const sorted = found.toSorted((a, b) => {
    for (const { by, descending } of sort) {
      const order = compare(a[by], b[by])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  })
  const shown = sorted.slice(page.skip, page.skip + page.take)
  return { total: found.length, items: shown.map((item) => pickFields(item, fields)) }
}

function contains<Names extends string>(
  item: Record<Names, Key>,
  { q, fields }: { readonly q: string; readonly fields: readonly Names[] },
): boolean {
  const wanted = q.trim().toLowerCase()
  return fields.some((name) => String(item[name]).toLowerCase().includes(wanted))
}

function compare(a: Key, b: Key): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
