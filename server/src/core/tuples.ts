/** So many rows of parameters, for VALUES, from `$first` on. Their types stand in the first row: the others follow it. */
export function tuples(first: number, rows: number, types: readonly string[]): string {
  const tuple = (row: number) =>
    types.map((type, column) => `$${first + row * types.length + column}${row === 0 ? `::${type}` : ''}`).join(', ')
  return Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ')
}
