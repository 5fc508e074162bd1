/** The names of the dialects in the order in which they are shown, each with the colour that says which it is and nothing else. */
export const dialects = {
  native: { name: 'Native', color: 'var(--native)' },
  oumla: { name: 'Oumla', color: 'var(--oumla)' },
  ocamba: { name: 'Ocamba', color: 'var(--ocamba)' },
  epixel: { name: 'Epixel', color: 'var(--epixel)' },
  ona: { name: 'Ona', color: 'var(--ona)' },
  original: { name: 'Original', color: 'var(--original)' },
} as const

export type DialectId = keyof typeof dialects

export const dialectIds = Object.keys(dialects) as DialectId[]

export function isDialect(id: unknown): id is DialectId {
  return typeof id === 'string' && Object.hasOwn(dialects, id)
}
