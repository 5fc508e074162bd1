import { type Issue, invalid } from '../../core/errors.ts'
import type { OffsetPage } from '../../core/pagination.ts'
import type { PageQuery, Paging } from './schemas.ts'

const defaultTake = 10
const maxTake = 100

/**
 * The page that a query asks for: skip 0 and take 10 where it says nothing. Throws `input_invalid` for what is not a
 * whole number of at least 0, and for a take above 100.
 */
export function toOffsetPage(query: PageQuery): OffsetPage {
  const skip = wholeNumber(query.skip, 0)
  const take = wholeNumber(query.take ?? query.limit, defaultTake)
  const issues: Issue[] = []
  if (!(skip <= Number.MAX_SAFE_INTEGER)) issues.push({ path: ['skip'], rule: 'range' })
  if (!(take <= maxTake)) {
    issues.push({ path: [query.take === undefined ? 'limit' : 'take'], rule: 'range', limit: maxTake })
  }
  if (issues.length > 0) throw invalid(...issues)
  return { skip, take }
}

/** NaN for what is no whole number; NaN is not below any limit. */
function wholeNumber(text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

/** What stands beside the items of a page, in the client's generation. */
export function toPaging(total: number, { skip, take }: OffsetPage, present: boolean): Paging {
  const paging = { totalElements: total, totalPages: take === 0 ? 0 : Math.ceil(total / take), skip, take }
  return present ? { pagination: paging } : paging
}
