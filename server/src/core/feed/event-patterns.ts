import { type EventType, eventTypes } from '../event-types.ts'

/** The types that a pattern stands for: a type's own name, `profile.*` for all that begin so, `*` for all; or none. */
export function typesMatching(pattern: string): EventType[] {
  if (pattern === '*') return [...eventTypes]
  const prefix = pattern.endsWith('.*') ? pattern.slice(0, -1) : undefined
  return eventTypes.filter((type) => (prefix === undefined ? type === pattern : type.startsWith(prefix)))
}
