/** Something that must not be found in clear where it has no place. */
export interface Canary {
  readonly name: string
  /** Text is looked for as a whole, of bytes every 16 that follow each other. */
  readonly secret: string | Buffer
}

/** A canary that was found. */
export interface Match {
  readonly name: string
  /** As what: `text`, `hex` … */
  readonly form: string
}

/** Gives each form of each canary once that stands in the bytes. */
export type SecretSearch = (bytes: Buffer) => Match[]

interface Needle {
  readonly bytes: Buffer
  readonly match: Match
}

/** No needle is longer: who searches piece by piece lets the pieces overlap by so much. */
export const longestNeedle = 1_024
const windowBytes = 16
/** The search compares needles only where their first four bytes stand. */
const keyBytes = 4
const filterBits = 16

/** Looks for all canaries in all forms in one pass, some 400 MB a second. Throws RangeError for one that is too long or too short. */
export function createSecretSearch(canaries: readonly Canary[]): SecretSearch {
  const needles = canaries.flatMap(needlesOf)
  const wrong = needles.find(({ bytes }) => bytes.length > longestNeedle || bytes.length < 2 * keyBytes)
  if (wrong !== undefined) throw new RangeError(`${wrong.match.name} has ${wrong.bytes.length} bytes`)
  const byKey = Map.groupBy(needles, ({ bytes }) => bytes.readUInt32LE())
  const mayBegin = new Uint8Array(1 << filterBits)
  for (const key of byKey.keys()) mayBegin[placeOf(key)] = 1
  return (bytes) => {
    const found = new Set<Match>()
    for (let at = 0, key = 0; at < bytes.length; at++) {
      key = (key >>> 8) | ((bytes[at] as number) << 24)
      if (mayBegin[placeOf(key)] === 0) continue
      const start = at - keyBytes + 1
      for (const needle of byKey.get(key >>> 0) ?? []) {
        if (standsAt(bytes, start, needle.bytes)) found.add(needle.match)
      }
    }
    return [...found]
  }
}

function placeOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> (32 - filterBits)
}

function standsAt(bytes: Buffer, start: number, needle: Buffer): boolean {
  const end = start + needle.length
  return start >= 0 && end <= bytes.length && bytes.compare(needle, 0, needle.length, start, end) === 0
}

function needlesOf({ name, secret }: Canary): Needle[] {
  const forms = typeof secret === 'string' ? formsOfText(secret) : formsOfBytes(secret)
  return forms.map(([form, bytes]) => ({ bytes: Buffer.from(bytes), match: { name, form } }))
}

type Form = readonly [form: string, bytes: Buffer | string]

function formsOfText(text: string): Form[] {
  const bytes = Buffer.from(text)
  return [['text', text], ['UTF-16', Buffer.from(text, 'utf16le')], ...encodingsOf(bytes)]
}

/** As numbers, bytes stand the other way round in memory. */
function formsOfBytes(bytes: Buffer): Form[] {
  const last = bytes.length - windowBytes
  const starts = Array.from({ length: Math.ceil(bytes.length / windowBytes) }, (_, i) =>
    Math.min(i * windowBytes, last),
  )
  return starts.flatMap((start) => {
    const window = bytes.subarray(start, start + windowBytes)
    const all = [...window]
    return [
      ['bytes', window],
      ['bytes backwards', Buffer.from(window).reverse()],
      ...encodingsOf(window),
      ['as a Buffer is shown', window.toString('hex').replaceAll(/..(?!$)/g, '$& ')],
      ['as a Buffer in JSON', all.join(',')],
      ['as an array of bytes in JSON', all.map((byte, i) => `"${start + i}":${byte}`).join(',')],
    ]
  })
}

function encodingsOf(bytes: Buffer): Form[] {
  const hex = bytes.toString('hex')
  return [
    ['hex', hex],
    ['hex in capitals', hex.toUpperCase()],
    ...[0, 1, 2].flatMap((before): Form[] => {
      const [base64, base64url] = [inside(bytes, before, 'base64'), inside(bytes, before, 'base64url')]
      return base64 === base64url
        ? [['base64', base64]]
        : [
            ['base64', base64],
            ['base64url', base64url],
          ]
    }),
  ]
}

/** What bytes look like in base64 that has so many others before them: without the characters that hold bits of neighbours. */
function inside(bytes: Buffer, before: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding)
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}
