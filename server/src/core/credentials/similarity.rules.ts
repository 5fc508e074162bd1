import type { ProfileTexts } from '../profiles/profiles.types.ts'

/** A person's own texts, which a password must not repeat, in the order in which they are compared. */
const ownFields = ['username', 'firstName', 'lastName', 'email'] as const

export type OwnField = (typeof ownFields)[number]

export type OwnTexts = Pick<ProfileTexts, OwnField>

/** From here on two texts are too much alike. */
const mostAlike = 0.7

/**
 * The first of the person's own texts that the password is too much like, whole or in one of its words. The measure is that
 * of Django's UserAttributeSimilarityValidator: twice the characters that both have, over the characters of both.
 */
export function findSimilarField(password: string, own: OwnTexts): OwnField | undefined {
  const given = charactersOf(password)
  return ownFields.find((field) => {
    const text = own[field]?.toLowerCase() ?? ''
    return text !== '' && [...text.split(/[^\p{L}\p{N}_]+/u), text].some((part) => isAlike(given, charactersOf(part)))
  })
}

function isAlike(password: readonly string[], part: readonly string[]): boolean {
  // A short word within a long password says little of it.
  const tooShort = password.length >= 10 * part.length && part.length < (mostAlike / 2) * password.length
  return !tooShort && (2 * inCommon(password, part)) / (password.length + part.length) >= mostAlike
}

/** How many characters two texts share, each counted as often as both have it, wherever it stands. */
function inCommon(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>()
  for (const character of b) left.set(character, (left.get(character) ?? 0) + 1)
  let shared = 0
  for (const character of a) {
    const count = left.get(character) ?? 0
    if (count > 0) shared++
    left.set(character, count - 1)
  }
  return shared
}

function charactersOf(text: string): string[] {
  return Array.from(text.toLowerCase())
}
