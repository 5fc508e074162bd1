/** What types of events are asked for: names, `profile.*` for all that begin so, `*` for all. */

/** A beginning that types have in common, as `profile`, with the types. */
export interface TypeGroup<Type> {
  readonly name: string
  readonly pattern: string
  readonly types: readonly Type[]
}

/** The catalogue by the first word of each type, in its own order. */
export function groupsOf<Type extends { readonly type: string }>(types: readonly Type[]): TypeGroup<Type>[] {
  const groups = Map.groupBy(types, ({ type }) => type.slice(0, type.indexOf('.')))
  return [...groups].map(([name, members]) => ({ name, pattern: `${name}.*`, types: members }))
}

/** Whether one pattern takes all that another does. */
export function covers(pattern: string, other: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('.*') ? other.startsWith(pattern.slice(0, -1)) : pattern === other
}

/** The patterns with one more; those that it covers go. */
export function withPattern(patterns: readonly string[], added: string): string[] {
  return [...patterns.filter((pattern) => !covers(added, pattern)), added]
}
