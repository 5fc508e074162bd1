import { randomFillSync, randomInt } from 'node:crypto'

/** Random bytes are asked of the system in bulk: one call for each number took a tenth of the time of a create. */
const random = Buffer.alloc(4_096)
let used = random.length

/** Where so many random bytes begin that nobody had before. */
function draw(bytes: number): number {
  if (used + bytes > random.length) {
    randomFillSync(random)
    used = 0
  }
  used += bytes
  return used - bytes
}

/** The bits of an id that count within a millisecond: 12 behind the version, 14 behind the variant. */
const counterBits = 26
let lastMs = 0
let counter = 0

/**
 * A new UUIDv7 (RFC 9562 section 5.7). Those of one process grow strictly, also within a millisecond and when the clock goes back: a
 * counter, which begins by chance in its lower half, stands behind the time (section 6.2, method 1); 48 bits are random.
 */
export function newId(): string {
  const now = Date.now()
  counter++
  if (now > lastMs || counter >= 2 ** counterBits) {
    lastMs = Math.max(now, lastMs + 1)
    counter = random.readUInt32LE(draw(4)) % 2 ** (counterBits - 1)
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const high = (0x7000 | (counter >>> 14)).toString(16)
  const low = (0x8000 | (counter & 0x3fff)).toString(16)
  const tail = draw(6)
  return `${time.slice(0, 8)}-${time.slice(8)}-${high}-${low}-${random.toString('hex', tail, tail + 6)}`
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

/** So many numbers are drawn near each other: as many as a leaf of an index holds. */
const neighbours = 256

/**
 * Draws random whole numbers above `least`, up to `most`; each 256 of them, no two alike and in no order, within `width` of each other,
 * which lie anywhere in the range. So the entries of profiles that are made together stand together in the index (docs/adr/0034), and
 * who knows one number guesses another one in one of `width / 256` tries.
 */
function createDraw(least: number, most: number, width: number): () => number {
  const part = width / neighbours
  let begin = 0
  let parts: number[] = []
  return () => {
    if (parts.length === 0) {
      begin = least + Math.floor(fraction() * (most - width - least))
      parts = shuffled(neighbours)
    }
    return begin + (parts.pop() ?? 0) * part + 1 + Math.floor(fraction() * part)
  }
}

/** The numbers below `count`, in an order of chance (Fisher and Yates). */
function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(fraction() * (last + 1))
    ;[numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0]
  }
  return numbers
}

/** From 0 to below 1, of 53 random bits. */
function fraction(): number {
  const at = draw(7)
  return (random.readUInt32LE(at) + (random.readUIntLE(at + 4, 3) % 2 ** 21) * 2 ** 32) / 2 ** 53
}

/** An integer from 1 to 2^53 - 1, exact as a JSON number for every client. */
export const newNumber = createDraw(0, 2 ** 53 - 1, 2 ** 36)

const drawUid = createDraw(99_999_999_999, 999_999_999_999, 2 ** 22)

/** Twelve digits, the first not 0. */
export function newUid(): string {
  return String(drawUid())
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
