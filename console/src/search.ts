/** The state of a page in its address: texts under names, nothing nested. */

/** Takes those of some names alone, and only what is a text with something in it. */
export function texts<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [N in Name]?: string | undefined } => {
    const found: { [N in Name]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' && value !== '') found[name] = value
    }
    return found
  }
}

/** The query part of an address, with its question mark, or nothing. */
export function text(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '',
  )
  const query = new URLSearchParams(pairs).toString()
  return query === '' ? '' : `?${query}`
}
