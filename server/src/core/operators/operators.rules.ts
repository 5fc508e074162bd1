import { findPasswordIssues } from '../credentials/credentials.service.ts'
import { type Issue, invalid } from '../errors.ts'
import { lengthOf, toMailbox } from '../text.ts'

const leastPasswordLength = 10
const mostEmailLength = 254

/** What the sign-in takes for an address: ASCII, with a domain of two labels at least. */
const emailForm =
  /^(?!\.)(?!.*\.\.)[a-z0-9_'+.-]{0,63}[a-z0-9_+-]@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/

/** An operator's address as it is kept. Throws `input_invalid`. */
export function toOperatorEmail(text: string): string {
  const email = toMailbox(text.trim())
  if (email.length > mostEmailLength || !emailForm.test(email)) throw invalid({ path: ['email'], rule: 'format' })
  return email
}

/**
 * Throws `input_invalid`, under the name of the field, with every rule that an operator's new password breaks: those of people's
 * passwords, and ten characters at least.
 */
export async function checkOperatorPassword(
  field: string,
  password: string,
  own: { readonly email: string; readonly name: string },
): Promise<void> {
  const found = await findPasswordIssues(password, {
    username: null,
    firstName: own.name,
    lastName: null,
    email: own.email,
  })
  const issues: Issue[] = found.filter(({ rule }) => rule !== 'too_short').map((issue) => ({ ...issue, path: [field] }))
  if (lengthOf(password) < leastPasswordLength) {
    issues.push({ path: [field], rule: 'too_short', limit: leastPasswordLength })
  }
  if (issues.length > 0) throw invalid(...issues)
}
