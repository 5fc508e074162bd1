/** So many rows of parameters, for VALUES, from `$first` on. Their types stand in the first row: the others follow it. */
export function tuples(first: number, rows: number, types: readonly string[]): string {
  const tuple = (row: number) =>
    types.map((type, column) => `$${first + row * types.length + column}${row === 0 ? `::${type}` : ''}`).join(', ')
  return Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ')
}

/**
 * How many rows of parameters a statement has for so many: a power of two, so that there are few texts, each of which is kept prepared on
 * each connection that sends it. Those behind the last one hold nothing.
 */
export function paddedRows(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

/** The parameters of so many rows of so many columns that hold nothing. */
export function emptyRows(rows: number, columns: number): null[] {
  return Array.from({ length: rows * columns }, () => null)
}
