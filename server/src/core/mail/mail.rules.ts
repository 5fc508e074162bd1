import { DomainFault, type Issue } from '../errors.ts'
import { fold, isStorable, lengthOf } from '../text.ts'
import type { MailInput } from './mail.types.ts'

/** How many mails an app may send to one address within an hour of the clock. */
export const mostMailsPerHour = 10

/** How long mails are kept in the outbox of a sandbox app. */
export const outboxDays = 7

const hourMs = 3_600_000
/** A mail that was not taken for so long is given up: what it says, a code most of all, is no longer true. */
const tryingMs = 3 * hourMs
const mostAddressBytes = 254
const mostSubjectCharacters = 255
const mostTextBytes = 65_536

/** What could end a header, begin another address or stand for a name has no place in an address. */
const addressForm = /^[^\s\p{C}@,;:<>()[\]\\"]{1,64}@[^\s\p{C}@,;:<>()[\]\\"]+$/u
const controls = /[\p{Cc}\u2028\u2029]/u

/** Throws `input_invalid` for an address that is none or more than one, a subject of several lines, and what is too long. */
export function checkMail({ to, subject, text }: MailInput): void {
  const issues: Issue[] = []
  if (Buffer.byteLength(to) > mostAddressBytes) issues.push({ path: ['to'], rule: 'too_long', limit: mostAddressBytes })
  else if (!addressForm.test(to)) issues.push({ path: ['to'], rule: 'format' })
  if (controls.test(subject) || !isStorable(subject)) issues.push({ path: ['subject'], rule: 'text' })
  else if (subject.trim() === '') issues.push({ path: ['subject'], rule: 'blank' })
  else if (lengthOf(subject) > mostSubjectCharacters) {
    issues.push({ path: ['subject'], rule: 'too_long', limit: mostSubjectCharacters })
  }
  if (!isStorable(text)) issues.push({ path: ['text'], rule: 'text' })
  else if (Buffer.byteLength(text) > mostTextBytes) {
    issues.push({ path: ['text'], rule: 'too_long', limit: mostTextBytes })
  }
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
}

/** The form in which addresses are counted: who is written to twice under two spellings is one person. */
export function countedAddress(to: string): string {
  return fold(to)
}

/** The hour of the clock that the instant is in. */
export function hourOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / hourMs) * hourMs)
}

/** How long the hour of the instant still lasts. */
export function restOfHourMs(at: Date): number {
  return hourOf(at).getTime() + hourMs - at.getTime()
}

/** Whether a mail that was not taken now is tried no more. Each is tried once, however late. */
export function isGivenUp(writtenAt: Date, now: Date): boolean {
  return now.getTime() - writtenAt.getTime() > tryingMs
}
