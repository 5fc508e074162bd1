import type { Issue } from '../errors.ts'
import { isStorable, lengthOf } from '../text.ts'
import { isCommonPassword } from './common-passwords.ts'
import { findSimilarField, type OwnTexts } from './similarity.rules.ts'

const leastLength = 9
const greatestLength = 1_024
/** How many passwords before the present one may not be used again. */
export const rememberedPasswords = 5

/** Whether the text is one that nobody can have set: it is not worth a hash. */
export function isImpossiblePassword(password: string): boolean {
  return password.length > 2 * greatestLength || lengthOf(password) > greatestLength
}

/**
 * Every rule that a new password breaks but for repetition, in the order of the contract. What is too long, or no text
 * at all, is looked at no further.
 */
export async function findPasswordIssues(password: string, own: OwnTexts): Promise<Omit<Issue, 'path'>[]> {
  if (isImpossiblePassword(password)) return [{ rule: 'too_long', limit: greatestLength }]
  if (!isStorable(password)) return [{ rule: 'text' }]
  const similarTo = findSimilarField(password, own)
  const issues: Omit<Issue, 'path'>[] = []
  if (similarTo !== undefined) issues.push({ rule: 'too_similar', similarTo })
  if (lengthOf(password) < leastLength) issues.push({ rule: 'too_short', limit: leastLength })
  if (await isCommonPassword(password)) issues.push({ rule: 'common' })
  if (/^\p{N}+$/u.test(password)) issues.push({ rule: 'numeric' })
  return issues
}
