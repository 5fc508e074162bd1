import { NetworkError, ProblemError, parseJson, problemOf } from './errors.ts'

/** A request, ready to be sent any number of times. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string | undefined
}

/** An answer that says that what was asked is done. */
export interface AnswerOf<Status, Body> {
  readonly status: Status
  /** JSON, read; null where the answer has no body. */
  readonly body: Body
  readonly headers: Headers
  /** The id that the server's log finds the request by. */
  readonly requestId: string | undefined
  /** The version of the profile, for `ifMatch`. */
  readonly etag: string | undefined
  /** Whether this is the answer of an earlier request under the same `Idempotency-Key`. */
  readonly replayed: boolean
}

/**
 * Sends a request and reads its answer to the end, all within `timeoutMs`. Throws `ProblemError` for an answer that is no
 * success, `NetworkError` when none came, and the reason of `signal` when that aborted.
 */
export async function exchange(
  fetch: typeof globalThis.fetch,
  { method, url, headers, body }: Outgoing,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<AnswerOf<number, unknown>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    const answer = await fetch(url, { method, headers, body: body ?? null, signal: ends })
    const text = await answer.text()
    if (!answer.ok) throw problemOf(answer, text)
    return toAnswer(answer, text)
  } catch (error) {
    if (error instanceof ProblemError) throw error
    signal?.throwIfAborted()
    const timedOut = timeout.aborted
    const message = timedOut ? `No answer came within ${timeoutMs} ms` : 'The connection failed'
    throw new NetworkError(message, { timedOut, cause: error })
  }
}

function toAnswer(answer: Response, text: string): AnswerOf<number, unknown> {
  const { status, headers } = answer
  const body = text === '' ? null : parseJson(text)
  if (body === undefined) throw new ProblemError(answer, undefined)
  return {
    status,
    body,
    headers,
    requestId: headers.get('x-request-id') ?? undefined,
    etag: headers.get('etag') ?? undefined,
    replayed: headers.get('idempotency-replayed') === 'true',
  }
}

/**
 * The path of an operation, with its parameters and its query. Throws a `TypeError` for a parameter that a URL cannot hold
 * as a segment: the request would go to another path.
 */
export function pathOf(template: string, params: object = {}, query: object = {}): string {
  const texts = new Map(Object.entries(params).map(([name, value]) => [name, String(value)]))
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const text = texts.get(name) ?? ''
    if (/^\.{0,2}$/.test(text)) throw new TypeError(`No ${name} can be ${JSON.stringify(text)}`)
    return encodeURIComponent(text)
  })
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((each): [string, string] => [name, String(each)]),
  )
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`
}
