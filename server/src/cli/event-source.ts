/** What a blank line of an event stream ends. */
export interface StreamBlock {
  /** Where to resume from: what Last-Event-ID is to say when the connection is lost behind this block. */
  readonly lastEventId: string
  /** The event's type, `message` unless the stream names another. */
  readonly type: string
  /** Undefined when the block only says how far the stream has come, and is no event. */
  readonly data: string | undefined
}

/** Reads one connection's event stream (HTML, 9.2.6), however its bytes are cut. */
export interface EventParser {
  /** The blocks that these bytes complete. What is incomplete when the connection ends counts for nothing. */
  push(bytes: Uint8Array): StreamBlock[]
  /** How long the stream asks its reader to wait before it comes back; undefined until it does. */
  readonly retryMs: number | undefined
}

/** `lastEventId` is what the connection before has left. */
export function createEventParser(lastEventId = ''): EventParser {
  // Takes a byte order mark away, and keeps the first bytes of a character until the others come.
  const decoder = new TextDecoder()
  let rest = ''
  let endedInCr = false
  let retryMs: number | undefined
  let id = lastEventId
  let type = ''
  let data = ''

  function read(line: string): void {
    const [name, value] = fieldOf(line)
    if (name === 'data') data += `${value}\n`
    else if (name === 'event') type = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value)
  }

  function dispatch(): StreamBlock {
    const block = { lastEventId: id, type: type || 'message', data: data === '' ? undefined : data.slice(0, -1) }
    type = ''
    data = ''
    return block
  }

  return {
    push(bytes) {
      const text = decoder.decode(bytes, { stream: true })
      if (text === '') return []
      // Its CR has ended the line already.
      const more = endedInCr && text.startsWith('\n') ? text.slice(1) : text
      endedInCr = text.endsWith('\r')
      const lines = (rest + more).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      const blocks: StreamBlock[] = []
      for (const line of lines) {
        if (line === '') blocks.push(dispatch())
        else read(line)
      }
      return blocks
    },
    get retryMs() {
      return retryMs
    },
  }
}

/** A comment is a field without a name, a line without a colon one without a value. */
function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 0) return [line, '']
  return [line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)]
}
