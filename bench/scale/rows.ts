import { randomBytes } from 'node:crypto'
import { formsOf } from '../../server/src/core/profiles/profiles.rules.ts'
import type { ProfileTexts } from '../../server/src/core/profiles/profiles.types.ts'

/** Which columns a row has; all others are as the table fills them in, which is as the core writes them. */
export const columns =
  'app_id, id, uid, long_id, number, created_at, updated_at, type, reference, username, username_folded, email, email_folded, ' +
  'phone, phone_e164, first_name, last_name, full_name, name_words'

/** One profile in so many has a name, a username, an e-mail and a phone. */
export const namedEvery = 10
/** How far the newest one lies back: by then everything that is done for profiles some time after they are made has been due. */
const newestAgoMs = 86_400_000

const firstNames = 'Anna Peter Maria Thomas Julia Michael Laura Andreas Sarah Stefan José Zoë Amir Chen Mei Omar'.split(
  ' ',
)
const lastNames = 'Hartmann Berger Stein Wald Lindner Brandt Kraus Hornung Vogel Roth Schön Bachmann Dorn Krüger'.split(
  ' ',
)

/** So many profiles of an app, a millisecond apart, the last of them a day old. */
export interface Population {
  readonly appId: string
  readonly rows: number
  /** When the first was made, in milliseconds since 1970. */
  readonly firstAt: number
}

export function populationOf(appId: string, rows: number): Population {
  return { appId, rows, firstAt: Date.now() - newestAgoMs - rows }
}

/** A UUIDv7 of the time at which the profile of that number was made. Each call gives another one. */
export function idAround({ firstAt }: Population, index: number): string {
  return idOf(firstAt + Math.floor(index), randomBytes(9).toString('hex'))
}

/** Parts of the text format of COPY, many rows each. */
export function* copyText(population: Population): Generator<string> {
  const atOnce = 1_000
  for (let from = 0; from < population.rows; from += atOnce) {
    const count = Math.min(atOnce, population.rows - from)
    const random = randomBytes(count * 9).toString('hex')
    let text = ''
    for (let i = 0; i < count; i++) text += rowOf(population, from + i, random.slice(i * 18, i * 18 + 18))
    yield text
  }
}

function rowOf(population: Population, index: number, random: string): string {
  const { appId, rows, firstAt } = population
  const at = firstAt + index
  const instant = new Date(at).toISOString()
  const [uid, number] = [among(rows, index, 100_000_000_000, 999_999_999_999), among(rows, index, 1, 2 ** 53 - 1)]
  // Of the ten digits behind the seconds the first three are those of the millisecond: no two profiles of a second draw the same.
  const longId = `${Math.floor(at / 1_000)}${String(at % 1_000).padStart(3, '0')}${digits(7)}`
  const reference = `${among(rows, index, 100_000_000, 999_999_999)}${digits(9)}`
  const own = [appId, idOf(at, random), uid, longId, number, instant, instant, 'User', reference]
  return `${own.join('\t')}\t${index % namedEvery === 0 ? namesOf(index) : noNames}\n`
}

const noNames = Array(10).fill('\\N').join('\t')

function namesOf(index: number): string {
  const [first, last] = [drawn(firstNames), drawn(lastNames)]
  const username = `person${index}`
  const profile: Pick<ProfileTexts, 'username' | 'email' | 'phone' | 'firstName' | 'lastName' | 'fullName'> = {
    username,
    email: `${username}@example.com`,
    phone: `+49151${String(10_000_000 + index)}`,
    firstName: first,
    lastName: last,
    fullName: `${first} ${last}`,
  }
  const forms = formsOf(profile as ProfileTexts)
  return [
    ...[profile.username, forms.usernameFolded, profile.email, forms.emailFolded, profile.phone, forms.phoneE164],
    ...[first, last, profile.fullName, `{${forms.nameWords?.join(',')}}`],
  ].join('\t')
}

/**
 * A whole number between two others, in no visible order and for each index of the rows another one: each has a part of the range of its
 * own, whose place is shuffled by a multiplication (7,919 is prime, and no number of rows here has it as a factor).
 */
function among(rows: number, index: number, least: number, most: number): number {
  const width = Math.floor((most - least + 1) / rows)
  const place = (index * 7_919) % rows
  return least + place * width + Math.floor(Math.random() * width)
}

/** The layout of RFC 9562 section 5.7, from 18 hexadecimal digits of chance. */
function idOf(at: number, random: string): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6)}`
}

function digits(count: number): string {
  return String(Math.floor(Math.random() * 10 ** count)).padStart(count, '0')
}

function drawn<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T
}
