/**
 * The references of the bench. They are digits alone because pgbench's variables are numbers: so it can send the same
 * parameter of the same statement as every other contestant.
 */
export const firstSeeded = 100_000_000_000

/** The reference of one of the profiles that are there before the first leg. */
export function seededReference(index: number): string {
  return String(firstSeeded + index)
}

/** What pgbench draws a new reference from: 18 digits, too many for two to meet. */
export const newReferences = { least: '100000000000000000', most: '999999999999999999' }

/** A reference for a create, from the same range. */
export function newReference(): string {
  return `${nineDigits()}${nineDigits()}`
}

function nineDigits(): number {
  return 100_000_000 + Math.floor(Math.random() * 900_000_000)
}
