import { NetworkError, ProblemError, problemOf } from './errors.ts'
import { type EventTypeName, type FeedEvent, operations } from './operations.generated.ts'
import { pathOf } from './requests.ts'
import { isPassing, pause, waitMsAfter } from './retries.ts'
import { createSseParser, type Dispatch } from './sse.ts'

export interface EventStreamOptions {
  /** Begins behind this sequence; `latest`: behind the last event; without it: with the oldest that is kept. */
  readonly after?: number | 'latest' | undefined
  /** Only these types; `profile.*` stands for all that begin so. */
  readonly types?: readonly (EventTypeName | `${string}*`)[] | undefined
  /** Only events of this profile, by its id. */
  readonly profile?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Where a stream is, and how it is asked for. */
export interface StreamSource {
  readonly fetch: typeof globalThis.fetch
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
}

/** The server says something every 10 seconds. A connection that is silent for longer is dead. */
const longestSilenceMs = 45_000
const eventStreamType = 'text/event-stream'

/** The events of the feed, over as many connections as it takes; see `Client.events`. */
export async function* streamEvents(
  source: StreamSource,
  { after, types, profile, signal }: EventStreamOptions,
): AsyncGenerator<FeedEvent, void, undefined> {
  const url = source.baseUrl + pathOf(operations.listEvents.path, {}, { after, type: types, profile })
  let place: Pick<Dispatch, 'id' | 'retryMs'> = { id: '', retryMs: undefined }
  for (let failures = 0; !signal?.aborted; failures++) {
    let failure: unknown
    try {
      for await (const dispatch of readConnection(source, url, place.id, signal)) {
        // What came in the same part is told no more.
        if (signal?.aborted) return
        failures = 0
        place = dispatch
        if (dispatch.data !== undefined) yield JSON.parse(dispatch.data)
      }
    } catch (error) {
      if (!isPassing(error)) throw error
      failure = error
    }
    const waitMs = (place.retryMs ?? 0) + waitMsAfter(failure, failures)
    await pause(waitMs, signal).catch(() => {})
  }
}

/** What one connection dispatches, until the server ends it, or `signal` aborts. Throws `ProblemError` and `NetworkError`. */
async function* readConnection(
  { fetch, headers }: StreamSource,
  url: string,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Dispatch, void, undefined> {
  const connection = new AbortController()
  const end = () => connection.abort()
  signal?.addEventListener('abort', end)
  const resume = id === '' ? {} : { 'last-event-id': id }
  const request = { headers: { ...headers, accept: eventStreamType, ...resume }, signal: connection.signal }
  try {
    const answer = await unlessSilent(fetch(url, request), end)
    if (!answer.ok) throw problemOf(answer, await answer.text())
    const isStream = answer.headers.get('content-type')?.startsWith(eventStreamType) ?? false
    if (!isStream || answer.body === null) throw new ProblemError(answer, undefined)
    const reader = answer.body.getReader()
    const decoder = new TextDecoder()
    const parser = createSseParser(id)
    for (;;) {
      const { done, value } = await unlessSilent(reader.read(), end)
      if (done) return
      yield* parser.push(decoder.decode(value, { stream: true }))
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    if (signal?.aborted) return
    throw new NetworkError('The event stream broke off', { timedOut: connection.signal.aborted, cause: error })
  } finally {
    signal?.removeEventListener('abort', end)
    end()
  }
}

async function unlessSilent<T>(work: Promise<T>, end: () => void): Promise<T> {
  const timer = setTimeout(end, longestSilenceMs)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
