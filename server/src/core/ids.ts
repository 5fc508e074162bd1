import { randomBytes, randomInt } from 'node:crypto'
import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562 section 5.7). Those of one process grow strictly, also within a millisecond. */
export function newId(): string {
  return v7()
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether the text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return uuidForm.test(text)
}

/** The instant, to the millisecond, that a UUIDv7 carries. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
}

/** The least UUID. */
export const leastId = '00000000-0000-0000-0000-000000000000'

/** The greatest UUID. */
export const greatestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Below every UUIDv7 of the instant or later, and above every earlier one. */
export function leastIdAt(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}${leastId.slice(13)}`
}

/** A random integer from 1 to 2^53 - 1: exact as a JSON number for every client. */
export function newNumber(): number {
  return Number(randomBytes(8).readBigUInt64BE() >> 11n) || 1
}

/** Twelve random digits, the first not 0. */
export function newUid(): string {
  return String(randomInt(100_000_000_000, 1_000_000_000_000))
}

/** Whether the text has the form of a long id. */
export function isLongId(text: string): boolean {
  return /^[1-9]\d{19}$/.test(text)
}

/** Twenty digits: the instant's unix seconds, then ten random digits. */
export function newLongId(at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000)
  return `${seconds}${String(randomInt(0, 10_000_000_000)).padStart(10, '0')}`
}
