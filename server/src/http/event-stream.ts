import { once } from 'node:events'
import type { FastifyReply } from 'fastify'

/** An answer that goes on: Server-Sent Events (HTML, 9.2). */
export interface EventStream {
  /** Sends text, whole blocks of it; resolves once the reader has room for more, or is gone. */
  send(text: string): Promise<void>
  /** Ends it at once. What the reader has not taken by then is dropped with the connection. */
  end(): void
}

export interface EventStreamOptions {
  /** Called once, however the stream ends. */
  readonly onClose: () => void
  /** Between two comment lines that keep proxies from closing a quiet connection. */
  readonly heartbeatMs?: number
  /** A reader that has not taken what was sent for so long is cut. */
  readonly stalledMs?: number
}

const defaultHeartbeatMs = 10_000
const defaultStalledMs = 60_000

/**
 * Begins an event stream with the headers that the reply has, and takes the reply out of the framework's hands. Nothing
 * is kept for a slow reader but what `send` was given last: wait for it.
 */
export function openEventStream(reply: FastifyReply, options: EventStreamOptions): EventStream {
  const { onClose, heartbeatMs = defaultHeartbeatMs, stalledMs = defaultStalledMs } = options
  const { raw } = reply.hijack()
  const closing = new AbortController()
  const beat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(': heartbeat\n\n')
  }, heartbeatMs)
  const onClosed = () => {
    clearInterval(beat)
    closing.abort()
    onClose()
    // That the reader leaves is how most streams end, so the request is counted and logged like any other: the
    // framework's hooks for that run at the end of an answer, or at its error.
    if (!raw.writableFinished) raw.emit('error', new Error('The reader of an event stream left'))
  }
  raw.once('close', onClosed)
  raw.on('error', () => {})
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  // Proxies that hold answers back until they are whole are asked not to.
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  raw.flushHeaders()
  // Gone before it began: the event has been.
  if (raw.closed) onClosed()

  return {
    async send(text) {
      if (closing.signal.aborted || raw.writableEnded || raw.write(text)) return
      const stalled = setTimeout(() => raw.destroy(), stalledMs)
      await once(raw, 'drain', { signal: closing.signal }).catch(() => {})
      clearTimeout(stalled)
    },
    end() {
      if (closing.signal.aborted || raw.writableEnded) return
      if (raw.writableLength > 0) raw.destroy()
      else raw.end()
    },
  }
}

/** Whether an Accept header (RFC 9110 section 12.5.1) asks for an event stream rather than for JSON. */
export function prefersEventStream(accept: string | undefined): boolean {
  const ranges = (accept ?? '').split(',').map(toRange)
  const stream = best(ranges, 'text/event-stream')
  const json = best(ranges, 'application/json')
  if (stream.quality !== json.quality) return stream.quality > json.quality
  // As much liked, but by its name: `text/event-stream, */*`.
  return stream.quality > 0 && stream.precision > json.precision
}

interface Range {
  readonly type: string
  readonly quality: number
}

function toRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** What the most precise range that covers the type says of it. */
function best(ranges: readonly Range[], type: string): { quality: number; precision: number } {
  const names = ['*/*', `${type.split('/')[0]}/*`, type]
  const found = ranges.map((range) => ({ quality: range.quality, precision: names.indexOf(range.type) }))
  return found.reduce((a, b) => (b.precision > a.precision ? b : a), { quality: 0, precision: -1 })
}
