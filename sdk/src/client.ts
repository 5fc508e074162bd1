import { type EventStreamOptions, streamEvents } from './event-stream.ts'
import { type FeedEvent, type Operations, operations } from './operations.generated.ts'
import { type AnswerOf, exchange, pathOf } from './requests.ts'
import { withRetries } from './retries.ts'

export interface ClientOptions {
  /** Where Facet is, as `https://profiles.example.com`; in a browser `''` for where the page came from. */
  readonly baseUrl: string
  /** The secret of an API key. Never give one to a browser: there a session's cookie goes with each request. */
  readonly secret?: string | undefined
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  /** For each attempt, to the end of its answer. Default: 30,000. */
  readonly timeoutMs?: number | undefined
  /** How often a request is repeated that a repetition cannot do twice: a read, or a write under a key. Default: 2. */
  readonly retries?: number | undefined
  /** Gives every write an `Idempotency-Key` of its own, so that it is repeated too. Default: false. */
  readonly keyedWrites?: boolean | undefined
}

type OperationName = keyof Operations
type Parts<Operation> = Pick<Operation, Extract<keyof Operation, 'params' | 'query' | 'body'>>
type HeadersOf<Name extends OperationName> = Operations[Name]['headers']

interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Instead of the client's. */
  readonly timeoutMs?: number | undefined
}

interface KeyOption {
  /** A repeat under the same key within 24 hours gets the first answer; so the request is repeated when it fails. */
  readonly idempotencyKey?: string | undefined
}

interface MatchOption {
  /** The `etag` that the change is made for. When there is a newer one: `revision_stale`. */
  readonly ifMatch?: string | undefined
}

/** What an operation takes. */
export type Input<Name extends OperationName> = Parts<Operations[Name]> &
  CallOptions &
  ('Idempotency-Key' extends HeadersOf<Name> ? KeyOption : unknown) &
  ('If-Match' extends HeadersOf<Name> ? MatchOption : unknown)

/** What an operation answers: one of its answers, by `status`. */
export type Answer<Name extends OperationName> = {
  [Status in keyof Operations[Name]['answers']]: AnswerOf<Status, Operations[Name]['answers'][Status]>
}[keyof Operations[Name]['answers']]

/** Does one operation. Throws `ProblemError`, `NetworkError`, or the reason of the signal. */
export type Call<Name extends OperationName> = (
  ...input: Partial<Input<Name>> extends Input<Name> ? [input?: Input<Name>] : [input: Input<Name>]
) => Promise<Answer<Name>>

/** A function for each operation of the native API, and the stream of its events. */
export type Client = { readonly [Name in keyof Operations]: Call<Name> } & {
  /**
   * The feed of the app from there on, without an end: when the connection is lost it goes on where it was. Ends when
   * `signal` aborts. Throws `ProblemError` when the server refuses for good, as a revoked key, or `events_pruned`.
   */
  events(options?: EventStreamOptions): AsyncGenerator<FeedEvent, void, undefined>
}

/** Any operation's input, as the one function that does them all sees it. */
interface AnyInput extends CallOptions, KeyOption, MatchOption {
  readonly params?: object
  readonly query?: object
  readonly body?: unknown
}

/** A client of the native API. It holds no connection and needs no end. */
export function createClient(options: ClientOptions): Client {
  const { secret, headers, timeoutMs = 30_000, retries = 2, keyedWrites = false } = options
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const fetch: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)
  const authorization = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
  const common = { accept: 'application/json', ...headers, ...authorization }

  async function call({ method, path }: Route, input: AnyInput = {}): Promise<AnswerOf<number, unknown>> {
    const { signal, ifMatch, body } = input
    const isRead = method === 'GET'
    const key = input.idempotencyKey ?? (keyedWrites && !isRead ? newKey() : undefined)
    const outgoing = {
      method,
      url: baseUrl + pathOf(path, input.params, input.query),
      headers: new Headers({
        ...common,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      }),
      body: body === undefined ? undefined : JSON.stringify(body),
    }
    const attempt = () => exchange(fetch, outgoing, { timeoutMs: input.timeoutMs ?? timeoutMs, signal })
    return withRetries(attempt, { retries: isRead || key !== undefined ? retries : 0, signal })
  }

  const calls = Object.entries(operations).map(([name, route]) => [name, (input?: AnyInput) => call(route, input)])
  return {
    ...Object.fromEntries(calls),
    events: (stream: EventStreamOptions = {}) => streamEvents({ fetch, baseUrl, headers: common }, stream),
  }
}

interface Route {
  readonly method: string
  readonly path: string
}

/** 32 random digits. `crypto.randomUUID` is not there in pages that came by plain HTTP. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
