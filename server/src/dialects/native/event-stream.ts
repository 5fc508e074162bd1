import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../core/context.ts'
import { DomainFault, invalid } from '../../core/errors.ts'
import { toEventJson } from '../../core/feed/event-json.ts'
import type { FeedWatch } from '../../core/feed/feed.hub.ts'
import type { FeedPage } from '../../core/feed/feed.types.ts'
import type { Services } from '../../http/dialect.ts'
import { type EventStream, openEventStream } from '../../http/event-stream.ts'
import { faultOf, TransportError } from '../../http/faults.ts'
import { contextAnew } from './authentication.ts'
import type { FeedFilter } from './event-mappers.ts'
import { listFilteredEvents } from './profile-history.ts'

/** Where a stream begins. `resumption`: by Last-Event-ID, which is then what a fault blames. */
export interface StreamQuery {
  readonly filter: FeedFilter
  readonly after: number | 'latest' | undefined
  readonly resumption: number | undefined
}

const mostEvents = 100
/** Of a part that waits for its reader, in characters; a single event may be longer. */
const partLength = 64 * 1024
/** Looks without news: a notice may have been lost. */
const lookMs = 5_000
/** Between two looks at a feed that is written all the time. */
const leastGapMs = 50
/** Between two looks at who reads: at a key, which is remembered, and at an operator, who is looked up. */
const guardMs = { key: 500, operator: 5_000 }
/** Between two lines that tell only how far the stream has looked. */
const positionMs = 1_000

/**
 * Answers with the feed from there on, as Server-Sent Events, until the reader leaves, its key or session ends or the
 * process stops. What is wrong before the first byte is thrown.
 */
export async function streamEvents(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  query: StreamQuery,
): Promise<FastifyReply> {
  const watch = services.feed.watch(request.ctx.appId)
  try {
    const first = await firstPage(request.ctx, query)
    if (watch.ended.aborted) throw new TransportError({ code: 'server_stopping' })
    if (request.method === 'HEAD') {
      watch.end()
      return reply.type('text/event-stream').send('')
    }
    void serve(services, request, reply, query, watch, toPart(first))
    return reply
  } catch (error) {
    watch.end()
    throw error
  }
}

async function firstPage(ctx: Ctx, { filter, after, resumption }: StreamQuery): Promise<FeedPage> {
  try {
    return await listFilteredEvents(ctx, filter, { after: resumption ?? after, limit: mostEvents })
  } catch (error) {
    const blamed = resumption !== undefined && error instanceof DomainFault && error.fault.code === 'input_invalid'
    throw blamed ? invalid({ path: ['Last-Event-ID'], rule: 'range' }) : error
  }
}

async function serve(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  query: StreamQuery,
  watch: FeedWatch,
  first: Part,
): Promise<void> {
  const stream = openEventStream(reply, { onClose: watch.end })
  watch.ended.addEventListener('abort', stream.end)
  if (watch.ended.aborted) stream.end()
  const admit = () => contextAnew(services, request)
  // By itself, since the stream may be waiting for a reader that takes nothing.
  const everyMs = request.operator === undefined ? guardMs.key : guardMs.operator
  const guard = setInterval(() => void admit().catch(watch.end), everyMs)
  try {
    await follow({ stream, watch, admit, query }, first)
  } catch (error) {
    // The reader cannot be told any more. It comes back where it was, and is told then.
    faultOf(error, request)
  } finally {
    clearInterval(guard)
    watch.end()
  }
}

interface Following {
  readonly stream: EventStream
  readonly watch: FeedWatch
  readonly admit: () => Promise<Ctx>
  readonly query: StreamQuery
}

async function follow({ stream, watch, admit, query }: Following, first: Part): Promise<void> {
  const positionOf = createPositions(query.resumption)
  await stream.send('retry: 2000\n\n')
  for (let part = first; ; ) {
    const readAt = performance.now()
    const text = part.text + positionOf(part, readAt)
    if (text !== '') {
      await admit()
      if (watch.ended.aborted) return
      await stream.send(text)
    }
    if (!part.more) await moreNews(watch, readAt)
    if (watch.ended.aborted) return
    const ctx = await admit()
    part = toPart(await listFilteredEvents(ctx, query.filter, { after: part.nextAfter, limit: part.nextLimit }))
  }
}

async function moreNews(watch: FeedWatch, readAt: number): Promise<void> {
  await watch.news(lookMs)
  const gapMs = leastGapMs - (performance.now() - readAt)
  if (gapMs > 0) await pause(gapMs)
}

/**
 * Tells now and then how far the stream has looked, when a filter passed over the events there: a reader that comes
 * back need not have them looked at again. An id without data is the place to resume from, and no event (HTML, 9.2.6,
 * steps 1 and 2 of dispatching). `told`: what the reader has.
 */
function createPositions(told: number | undefined): (part: Part, now: number) => string {
  let toldAt = Number.NEGATIVE_INFINITY
  return (part, now) => {
    told = part.last ?? told
    if (told === part.nextAfter || now - toldAt < positionMs) return ''
    told = part.nextAfter
    toldAt = now
    return `id: ${told}\n\n`
  }
}

/** What is sent of a page, as text: the page itself, which may be large, is let go before the reader is waited for. */
interface Part {
  readonly text: string
  /** The sequence of the last event in it; undefined when there is none. */
  readonly last: number | undefined
  readonly nextAfter: number
  readonly more: boolean
  /** How many events to read next, by their size now. */
  readonly nextLimit: number
}

function toPart({ events, nextAfter, more }: FeedPage): Part {
  let text = ''
  let taken = 0
  for (const event of events) {
    if (text.length >= partLength) break
    text += `id: ${event.sequence}\ndata: ${toEventJson(event)}\n\n`
    taken++
  }
  const last = events[taken - 1]?.sequence
  const nextLimit = taken === 0 ? mostEvents : Math.min(mostEvents, Math.ceil((partLength * taken) / text.length))
  const whole = taken === events.length || last === undefined
  return { text, last, nextAfter: whole ? nextAfter : last, more: more || !whole, nextLimit }
}
