import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'

/** An event as a reader of the stream gets it: the last event id at its time, and its data. */
export interface Message {
  readonly lastEventId: string
  readonly data: { readonly sequence: number; readonly type: string; readonly [field: string]: unknown }
}

/** A reader of Server-Sent Events, as HTML, 9.2.6 says how to read them, as far as the stream's form goes. */
export interface EventSource {
  readonly response: IncomingMessage
  /** The next `count` events, in order. */
  take(count: number): Promise<Message[]>
  /** Resolves once the reader would send this Last-Event-ID when it comes back. */
  position(lastEventId: string): Promise<void>
  readonly lastEventId: string
  /** Everything that came, as it came. */
  readonly text: string
  /** Events that came and were not taken. */
  readonly left: readonly Message[]
  /** How the stream ended. */
  readonly ended: Promise<'ended' | 'cut'>
  close(): void
}

export interface EventSourceOptions {
  readonly secret: string
  /** What is sent to prove who reads; with an API key's secret unless given. */
  readonly credentials?: Readonly<Record<string, string>>
  readonly query?: string
  readonly lastEventId?: string
}

/** Opens a stream; resolves with the head of the answer, whatever its status. */
export async function openEventSource(
  url: string,
  { secret, credentials = { authorization: `Bearer ${secret}` }, query = '', lastEventId }: EventSourceOptions,
): Promise<EventSource> {
  const headers = {
    ...credentials,
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  const request = get(`${url}/facet/v1/events${query}`, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const ended = Promise.withResolvers<'ended' | 'cut'>()
  const state = { text: '', rest: '', position: lastEventId ?? '', messages: [] as Message[], closed: false }
  let news = Promise.withResolvers<void>()
  const tell = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  response.setEncoding('utf8').on('data', (chunk: string) => {
    state.text += chunk
    const blocks = (state.rest + chunk).split('\n\n')
    state.rest = blocks.pop() ?? ''
    for (const block of blocks) dispatch(state, block)
    tell()
  })
  response.on('error', () => {})
  response.on('close', () => {
    ended.resolve(response.complete ? 'ended' : 'cut')
    state.closed = true
    tell()
  })

  async function until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (state.closed) throw new Error(`The stream has ended. It said: ${state.text.slice(-1_000)}`)
      await news.promise
    }
  }
  return {
    response,
    async take(count) {
      await until(() => state.messages.length >= count)
      return state.messages.splice(0, count)
    },
    position: (wanted) => until(() => state.position === wanted),
    get lastEventId() {
      return state.position
    },
    get text() {
      return state.text
    },
    get left() {
      return state.messages
    },
    ended: ended.promise,
    close: () => request.destroy(),
  }
}

function dispatch(state: { position: string; messages: Message[] }, block: string): void {
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'id') state.position = value
    else if (field === 'data') data.push(value)
    else if (field !== '' && field !== 'retry') throw new Error(`Unexpected in an event stream: ${line}`)
  }
  if (data.length > 0) state.messages.push({ lastEventId: state.position, data: JSON.parse(data.join('\n')) })
}
