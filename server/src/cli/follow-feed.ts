import { setTimeout as wait } from 'node:timers/promises'
import { StartError } from '../infra/installation/start-error.ts'
import { createEventParser } from './event-source.ts'
import type { FeedSource } from './feed-source.ts'

export interface FollowOptions {
  /** Asked before each connection. */
  readonly source: () => Promise<FeedSource>
  /** Names of event types; undefined for all. */
  readonly types: readonly string[] | undefined
  readonly signal: AbortSignal
  /** An event, as the feed has it. The next one waits until this one is done with. */
  readonly onEvent: (json: string) => Promise<void>
  readonly onConnected: (url: string) => void
  /** 35 s: the server says something every ten, so a connection on which nothing comes for longer has ended unnoticed. */
  readonly quietMs?: number
  /** The connection was lost, and is tried again until it is there. */
  readonly onLost: (reason: string) => void
}

const path = '/facet/v1/events'
const defaultRetryMs = 2_000
const defaultQuietMs = 35_000

/** What trying again may mend. */
class Lost extends Error {}

/**
 * Gives every event that is made from now on, once and in order, also over lost connections, until the signal is
 * aborted; it then rejects. Throws StartError when there is no server at first, and for what the server refuses.
 */
export async function followFeed(options: FollowOptions): Promise<never> {
  const { source, signal, onLost } = options
  const state: State = { position: undefined, retryMs: defaultRetryMs, connected: false, met: false }
  for (;;) {
    try {
      await followOnce(options, await source(), state)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Lost)) throw error
      if (!state.met) throw new StartError(error.message, error)
      if (state.connected) onLost(error.message)
      state.connected = false
    }
    await wait(state.retryMs, undefined, { signal })
  }
}

interface State {
  /** The Last-Event-ID; undefined until the feed's end was found. */
  position: string | undefined
  retryMs: number
  connected: boolean
  /** Whether it ever was. */
  met: boolean
}

async function followOnce(options: FollowOptions, from: FeedSource, state: State): Promise<never> {
  const { types, signal, quietMs = defaultQuietMs, onConnected, onEvent } = options
  // Asked by itself, so that a connection that is lost before its first event is resumed at the same place.
  state.position ??= await endOfFeed(from, AbortSignal.any([signal, AbortSignal.timeout(quietMs)]))
  const quiet = new AbortController()
  const tooQuiet = () => quiet.abort(new Lost(`${from.url} has said nothing for ${quietMs / 1_000} s`))
  const noise = createTimer(quietMs, tooQuiet)
  try {
    const query = types === undefined ? '' : `?type=${encodeURIComponent(types.join(','))}`
    const headers = { accept: 'text/event-stream', 'last-event-id': state.position }
    noise.start()
    const response = await ask(from, query, headers, AbortSignal.any([signal, quiet.signal]))
    noise.stop()
    const reader = bodyOf(response, 'text/event-stream', from).getReader()
    const parser = createEventParser(state.position)
    Object.assign(state, { connected: true, met: true })
    onConnected(from.url)
    for (;;) {
      noise.start()
      const { value, done } = await reader.read().catch((error) => Promise.reject(lost(from, error)))
      noise.stop()
      if (done) throw new Lost(`${from.url} has ended the connection`)
      for (const { data, lastEventId } of parser.push(value)) {
        if (data !== undefined) await onEvent(data)
        state.position = lastEventId
      }
      state.retryMs = parser.retryMs ?? state.retryMs
    }
  } finally {
    noise.stop()
    quiet.abort()
  }
}

async function endOfFeed(from: FeedSource, signal: AbortSignal): Promise<string> {
  const response = await ask(from, '?after=latest&limit=1', { accept: 'application/json' }, signal)
  bodyOf(response, 'application/json', from)
  const page = (await response.json().catch((error) => Promise.reject(lost(from, error)))) as { nextAfter?: unknown }
  if (!Number.isInteger(page?.nextAfter)) throw notFacet(from)
  return String(page.nextAfter)
}

async function ask(
  from: FeedSource,
  query: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  const authorization = `Bearer ${from.secret}`
  const request = { headers: { ...headers, authorization }, redirect: 'manual', signal } as const
  const response = await fetch(`${from.url}${path}${query}`, request).catch((error) =>
    Promise.reject(lost(from, error)),
  )
  if (response.status === 200) return response
  throw await refusalOf(from, response)
}

function bodyOf(response: Response, type: string, from: FeedSource): ReadableStream<Uint8Array> {
  const { body } = response
  if (body !== null && response.headers.get('content-type')?.startsWith(type)) return body
  throw notFacet(from)
}

function notFacet({ url }: FeedSource): StartError {
  return new StartError(`${url} answers, but not as Facet does: is it another server's address?`)
}

/** What is looked at of a refusal (RFC 9457). */
interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly errors?: readonly { readonly path: string }[]
}

/** Why the server does not give its events: for good, or, as Lost, for the moment. */
async function refusalOf(from: FeedSource, response: Response): Promise<Error> {
  const { url } = from
  const { status } = response
  const problem = (await response.json().catch(() => null)) as Problem | null
  const detail = problem?.detail
  if (status >= 500 || status === 429) return new Lost(`${url} answers ${status}${detail ? `: ${detail}` : ''}`)
  if (problem?.code === undefined) return notFacet(from)
  if (problem.code === 'credentials_invalid') {
    return new StartError(`${url} refuses the secret: it is of another installation, was revoked or has expired`)
  }
  if (problem.code === 'events_pruned') {
    return new StartError(`${url} has removed events that did not come here yet. Listen anew`)
  }
  if (problem.errors?.[0]?.path === '/Last-Event-ID') {
    return new StartError(`${url} has fewer events than came from there: its database is another one. Listen anew`)
  }
  return new StartError(`${url} answers ${status}: ${detail}`)
}

function lost({ url }: FeedSource, error: unknown): Error {
  const { name, message, cause } = error as Error
  // The signal's own reason: the command is to end, or nothing came for too long.
  if (error instanceof Lost || name === 'AbortError') return error as Error
  const { code, message: detail } = (cause ?? {}) as Partial<NodeJS.ErrnoException>
  return new Lost(
    code === 'ECONNREFUSED'
      ? `No server answers at ${url}: facet start starts one`
      : `${url} cannot be reached (${code ?? detail ?? message})`,
  )
}

function createTimer(ms: number, ring: () => void): { start: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      timer = setTimeout(ring, ms)
    },
    stop: () => clearTimeout(timer),
  }
}
