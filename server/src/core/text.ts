import { invalid } from './errors.ts'

/** Whether PostgreSQL and every client can hold the text: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The form in which usernames and e-mails are compared: NFKC, lower case, NFKC again (lower case can denormalize). */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** The form in which addresses are one mailbox: mail systems pass over the case of ASCII letters, and over nothing else. */
export function toMailbox(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Length in characters as a reader and PostgreSQL's char_length count them, not in UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** Checks the name of an organization, app or key: 1 to 255 characters. Throws `input_invalid`. */
export function checkName(name: string): void {
  if (!isStorable(name)) throw invalid({ path: ['name'], rule: 'text' })
  if (name.trim() === '') throw invalid({ path: ['name'], rule: 'blank' })
  if (lengthOf(name) > 255) throw invalid({ path: ['name'], rule: 'too_long', limit: 255 })
}
