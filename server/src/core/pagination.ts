import { invalid } from './errors.ts'

/** A page by position. Both are whole and not negative. */
export interface OffsetPage {
  readonly skip: number
  readonly take: number
}

/** One page by position out of an exactly counted whole. */
export interface CountedPage<T> {
  readonly items: readonly T[]
  readonly total: number
}

/** One page by cursor. `nextCursor` is null on the last page; `total` is null when the list is filtered. */
export interface CursorPage<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
  readonly total: number | null
}

/** Packs where a page ended, and which order it was in, into an opaque text. */
export function packCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** Unpacks a cursor; throws `input_invalid` unless it is what packing `length` texts beginning with `order` gives. */
export function unpackCursor(cursor: string, order: string, length: number): string[] {
  const parts = parse(cursor)
  const ours = isTexts(parts) && parts.length === length && parts[0] === order
  // The decoder passes over what is not base64url, so that many texts decode to the same.
  if (!ours || packCursor(parts) !== cursor) throw invalid({ path: ['cursor'], rule: 'format' })
  return parts
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string')
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
