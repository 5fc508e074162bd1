import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter } from 'prom-client'
import type { Log } from '../core/ports.ts'
import { plainAnswer } from './answers.ts'
import type { Dialect } from './dialect.ts'
import { probes } from './health.ts'
import type { Metrics } from './observe.ts'
import type { RewriteUrl } from './printed-paths.ts'

/** So many young requests may be under way: a process answers them all in some 50 ms. */
export const mostYoung = 256
/** What is under way for longer waits for something else than this process, and has a bound of its own there. */
const youngMs = 400
/** A body that may as well be read to its end. */
const shortBytes = 65_536
/** As often as that the log says that requests are refused. */
const saidEveryMs = 1_000

export interface AdmissionOptions {
  /** The first one answers for paths that belong to none. */
  readonly dialects: readonly Pick<Dialect, 'name' | 'prefix' | 'answerFault'>[]
  readonly rewrite: RewriteUrl
  readonly headers: Readonly<Record<string, string>>
  readonly metrics: Metrics
  readonly log: Log
}

/** Whether a request is taken; it is answered when it is not. Asked before the framework sees it. */
export type Admission = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Refuses with `overloaded` what comes while more is under way than this process answers soon, so that what is taken is answered in
 * time. A refusal costs far less than a create, since nothing is looked at but the path: that tells the dialect in whose shape it
 * is refused. Only young requests count: who waits for a password's turn, a picture or an event holds nobody up. Probes are
 * always taken.
 */
export function createAdmission({ dialects, rewrite, headers, metrics, log }: AdmissionOptions): Admission {
  const young = createYoung()
  const refused = new Counter({
    name: 'facet_http_requests_refused_total',
    help: 'Requests that were refused unread, since too many others were under way.',
    labelNames: ['dialect'],
    registers: [metrics.registry],
  })
  let refusedSince = 0
  let sayAt = 0
  const refusals: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = []

  function say(): void {
    refusedSince++
    const now = performance.now()
    if (now < sayAt) return
    sayAt = now + saidEveryMs
    log.warn({ requests: refusedSince }, 'Requests are refused: more is asked than can be answered soon')
    refusedSince = 0
  }

  function refuse(request: IncomingMessage, response: ServerResponse): void {
    const { url: originalUrl = '/', method = 'GET' } = request
    const url = rewrite(originalUrl, request.headers)
    const dialect = dialects.find(({ prefix }) => url.startsWith(`${prefix}/`)) ?? dialects[0]
    const id = randomUUID()
    const asked = { id, method, originalUrl, headers: request.headers }
    const answer = plainAnswer(response, { ...headers, 'x-request-id': id })
    // A long body would go on coming for nothing.
    if (bodyOf(request) === 'long') answer.header('connection', 'close')
    dialect?.answerFault({ code: 'overloaded' }, asked, answer)
    refused.inc({ dialect: dialect?.name ?? 'none' })
    say()
  }

  /** Together with all that are refused in this turn: a client that is awake already is not woken for each of them. */
  function refuseSoon(request: IncomingMessage, response: ServerResponse): void {
    refusals.push({ request, response })
    if (refusals.length > 1) return
    setImmediate(() => {
      for (const { request, response } of refusals.splice(0)) refuse(request, response)
    })
  }

  return (request, response) => {
    if (young.count >= mostYoung && !probes.has(request.url ?? '')) {
      refuseSoon(request, response)
      return false
    }
    // One whose body has yet to come costs nothing. What a client gives up goes on all the same, and counts until it is old.
    const begin = () => {
      if (!response.writableFinished) response.once('finish', young.begin())
    }
    if (bodyOf(request) === 'none') begin()
    else request.once('end', begin)
    return true
  }
}

function bodyOf({ headers }: IncomingMessage): 'none' | 'short' | 'long' {
  if (headers['transfer-encoding'] !== undefined) return 'long'
  const length = headers['content-length']
  if (length === undefined || length === '0') return 'none'
  return Number(length) > shortBytes ? 'long' : 'short'
}

/** Counts what is under way and began within the last `youngMs`, or half of it. */
function createYoung() {
  let before = { count: 0 }
  let now = { count: 0 }
  let turnAt = 0

  function turn(): void {
    const at = performance.now()
    if (at < turnAt) return
    before = at < turnAt + youngMs / 2 ? now : { count: 0 }
    now = { count: 0 }
    turnAt = at + youngMs / 2
  }

  return {
    get count() {
      turn()
      return before.count + now.count
    },
    /** Gives the function that ends it. */
    begin() {
      const generation = now
      generation.count++
      return () => {
        generation.count--
      }
    },
  }
}
