import { StringDecoder } from 'node:string_decoder'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** At most the first 4 KiB, ending at a whole character. */
  readonly body: string
}

export interface AnswerReader {
  begin(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  /** False when the body is longer than is worth reading. */
  add(chunk: Buffer): boolean
  /** What came so far, or undefined when no status did; `whole` says that no more is to come. */
  read(whole: boolean): Answer | undefined
}

const keptBytes = 4 * 1024
/** Read on that far, so that the connection can be used again; what is longer costs more than a new connection. */
const drainedBytes = 64 * 1024

/** Gathers an answer, and forgets of its body what nobody is shown. */
export function createAnswerReader(): AnswerReader {
  const chunks: Buffer[] = []
  let received = 0
  let begun: Omit<Answer, 'body'> | undefined

  return {
    begin(status, headers) {
      begun = { status, headers: flat(headers) }
    },
    add(chunk) {
      if (received < keptBytes) chunks.push(chunk.subarray(0, keptBytes - received))
      received += chunk.length
      return received <= drainedBytes
    },
    read(whole) {
      if (begun === undefined) return undefined
      const kept = Buffer.concat(chunks)
      // A character that was cut in half is left out; one that the receiver wrote wrong shows as such.
      const body = whole && received <= keptBytes ? kept.toString() : new StringDecoder().write(kept)
      return { ...begun, body }
    },
  }
}

/** Repeated headers are joined as RFC 9110, section 5.3 has it. Cookies are left out: they are nobody's to keep. */
function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const pairs = Object.entries(headers).filter(([name, value]) => name !== 'set-cookie' && value !== undefined)
  return Object.fromEntries(pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : `${value}`]))
}
