import { lookup as systemLookup } from 'node:dns'
import type { Outbound, OutboundResult } from '../../core/ports.ts'
import type { Answer } from './answer.ts'
import { createConnections } from './connections.ts'
import { type Exchange, startExchange } from './exchange.ts'
import { Failure } from './failure.ts'
import { createClientOpener, type Lookup } from './open-client.ts'
import { type Refusal, readTarget } from './target.ts'

export interface OutboundOptions {
  /** The local targets that sandbox apps may reach, as `host:port` the way the URL standard writes them. */
  readonly allow: readonly string[]
  /** 15 s for the whole of a post: waiting, look-up, connecting and reading. */
  readonly timeoutMs?: number
  /** 2 s for the rest of an answer once its status has come. */
  readonly bodyTimeoutMs?: number
  /** 64; above it, messages to one origin wait for each other. */
  readonly connectionsPerOrigin?: number
  /** 1,000 over all origins; above it, the one that was idle longest is closed. */
  readonly idleConnections?: number
  /** 30 s, or what the receiver says if that is less. */
  readonly keepAliveMs?: number
  /** The certificates (PEM) to trust, in place of the usual ones. */
  readonly ca?: readonly string[]
  /** The system's resolver. */
  readonly lookup?: Lookup
}

export interface OpenOutbound extends Outbound {
  /** Takes no more messages, gives those under way the time to end, then breaks them off. */
  close(timeoutMs: number): Promise<void>
  /** What is held at the moment: bounded, however many origins are posted to. */
  counts(): { readonly origins: number; readonly idle: number; readonly posting: number }
}

const refusals: Readonly<Record<Refusal, string>> = {
  malformed: 'The URL is not a valid http or https URL',
  not_https: 'A live app posts to https URLs only',
  credentials: 'The URL has a user name or a password in it',
  address: 'The address of the URL is not public',
}

/** Posts over HTTP/1.1 to the addresses that the rules allow, judged inside the socket's own look-up. */
export function createOutbound(options: OutboundOptions): OpenOutbound {
  const { timeoutMs = 15_000, bodyTimeoutMs = 2_000, keepAliveMs = 30_000, lookup = systemLookup, ca } = options
  const { connectionsPerOrigin: perOrigin = 64, idleConnections: idleTotal = 1_000 } = options
  const allow = new Set(options.allow)
  const open = createClientOpener({ lookup, keepAliveMs, ...(ca === undefined ? {} : { ca }) })
  const connections = createConnections(open, { perOrigin, idleTotal })
  const posting = new Set<Exchange>()
  let closed = false

  return {
    refusal(url, mode) {
      const target = readTarget(url, mode, allow)
      return typeof target === 'string' ? target : undefined
    },
    async post(message) {
      const startedAt = performance.now()
      const target = readTarget(message.url, message.mode, allow)
      if (typeof target === 'string') return result(new Failure('refused', refusals[target]), startedAt)
      if (closed) return result(stopped(), startedAt)
      const exchange = startExchange(connections, target, message, { timeoutMs, bodyTimeoutMs })
      posting.add(exchange)
      const outcome = await exchange.outcome
      posting.delete(exchange)
      return result(outcome, startedAt)
    },
    async close(graceMs) {
      closed = true
      const timer = setTimeout(() => {
        for (const exchange of posting) exchange.breakOff(stopped())
      }, graceMs)
      await Promise.all([...posting].map(({ outcome }) => outcome))
      clearTimeout(timer)
      await connections.close()
    },
    counts: () => ({ ...connections.counts, posting: posting.size }),
  }
}

function result(outcome: Answer | Failure, startedAt: number): OutboundResult {
  const durationMs = Math.round(performance.now() - startedAt)
  if (!(outcome instanceof Failure)) return { kind: 'answered', ...outcome, durationMs }
  return { kind: 'failed', reason: outcome.reason, detail: outcome.message, durationMs }
}

function stopped(): Failure {
  return new Failure('connection', 'The message was broken off, as this server is stopping')
}
