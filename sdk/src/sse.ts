/** What an empty line of a stream dispatches. */
export interface Dispatch {
  /** The last event id from here on. */
  readonly id: string
  /** Undefined when there was none: this is no event then, but `id` counts. */
  readonly data: string | undefined
  /** How long to wait before coming back, when the stream has said so. */
  readonly retryMs: number | undefined
}

export interface SseParser {
  /** Takes a part of the stream, cut anywhere; gives what it completes. */
  push(text: string): Dispatch[]
}

/**
 * Parses one stream of Server-Sent Events (HTML, 9.2.6); what is incomplete at its end is no event. `id`: the last event
 * id before it. Types of events are passed over: Facet's stream has none.
 */
export function createSseParser(id: string): SseParser {
  let rest = ''
  let endedInReturn = false
  let data: string[] = []
  let retryMs: number | undefined

  function take(line: string): Dispatch | undefined {
    if (line === '') {
      const dispatch = { id, data: data.length === 0 ? undefined : data.join('\n'), retryMs }
      data = []
      return dispatch
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value)
    return undefined
  }

  return {
    push(text) {
      // A line feed behind a carriage return belongs to it, even in the next part.
      const fresh = endedInReturn && text.startsWith('\n') ? text.slice(1) : text
      if (text !== '') endedInReturn = fresh.endsWith('\r')
      const lines = (rest + fresh).split(/\r\n|\r|\n/)
      rest = lines.pop() ?? ''
      return lines.map(take).filter((dispatch) => dispatch !== undefined)
    },
  }
}
