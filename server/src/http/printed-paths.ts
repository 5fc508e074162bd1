import type { IncomingHttpHeaders } from 'node:http'

/**
 * A path that a vendor's document prints. It stands for itself and all below it. Among rows that fit, one that is no
 * `lastResort` goes first, then one that asks for a header before one that does not, then the longer path.
 */
export interface PrintedPath {
  readonly path: string
  readonly header?: string
  readonly lastResort?: true
}

interface Row extends PrintedPath {
  readonly prefix: string
}

export type RewriteUrl = (url: string, headers: IncomingHttpHeaders) => string

/** Makes the one table that sends printed paths to their dialects' own prefixes. */
export function printedPathTable(
  dialects: readonly { readonly prefix: string; readonly printed: readonly PrintedPath[] }[],
): RewriteUrl {
  const rows: Row[] = dialects.flatMap(({ prefix, printed }) => printed.map((row) => ({ ...row, prefix })))
  rows.sort((a, b) => weight(b) - weight(a) || b.path.length - a.path.length)
  const prefixes = dialects.map(({ prefix }) => `${prefix}/`)
  return (url, headers) => {
    if (prefixes.some((prefix) => url.startsWith(prefix))) return url
    const row = rows.find(({ path, header }) => covers(path, url) && (header === undefined || header in headers))
    return row === undefined ? url : row.prefix + url
  }
}

function weight(row: PrintedPath): number {
  return (row.lastResort ? 0 : 2) + (row.header === undefined ? 0 : 1)
}

function covers(path: string, url: string): boolean {
  if (!url.startsWith(path)) return false
  const next = url[path.length]
  return next === undefined || next === '/' || next === '?'
}
