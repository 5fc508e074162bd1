import { fold, lengthOf } from '../text.ts'
import type { ProfileTexts } from './profiles.types.ts'

const maxWords = 32
const maxWordLength = 64

const nameFields = ['firstName', 'lastName', 'fullName'] as const
type Names = Pick<ProfileTexts, (typeof nameFields)[number]>

/**
 * The names after a change, filled in from each other so that each dialect finds the ones it shows: a full name alone
 * is split at its first space; a first or last name without a full one makes it anew. Names that are given as they
 * are already derive nothing.
 */
export function namesAfter(before: Names, change: Partial<Names>): Names {
  const { firstName, lastName, fullName } = before
  const after: Names = {
    firstName: change.firstName === undefined ? firstName : change.firstName,
    lastName: change.lastName === undefined ? lastName : change.lastName,
    fullName: change.fullName === undefined ? fullName : change.fullName,
  }
  if (nameFields.every((field) => after[field] === before[field])) return after
  const parts = change.firstName !== undefined || change.lastName !== undefined
  if (change.fullName !== undefined) return parts ? after : { fullName: change.fullName, ...splitName(change.fullName) }
  return parts ? { ...after, fullName: joinNames(after.firstName, after.lastName) } : after
}

function joinNames(firstName: string | null, lastName: string | null): string | null {
  const joined = [firstName, lastName]
    .filter((part) => part !== null && part !== '')
    .join(' ')
    .trim()
  return joined === '' ? null : joined
}

/** The distinct folded words of names, in order of their code points: what prefix search finds it by. */
export function wordsOf(names: readonly (string | null)[]): string[] {
  // Lower case depends on the place of a sigma, and the beginning of a word must not.
  const words = fold(names.join(' '))
    .replaceAll('ς', 'σ')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '' && lengthOf(word) <= maxWordLength)
  return [...new Set(words)].slice(0, maxWords).sort(byCodePoint)
}

/** The order of PostgreSQL's collation "C". JavaScript's own differs past U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function splitName(fullName: string | null): { firstName: string | null; lastName: string | null } {
  const name = fullName?.trim() ?? ''
  if (name === '') return { firstName: null, lastName: null }
  const space = name.search(/\s/)
  if (space === -1) return { firstName: cut(name), lastName: null }
  return { firstName: cut(name.slice(0, space)), lastName: cut(name.slice(space).trim()) }
}

function cut(text: string): string {
  return lengthOf(text) <= 255 ? text : [...text].slice(0, 255).join('')
}
