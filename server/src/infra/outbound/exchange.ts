import type { Dispatcher } from 'undici'
import type { OutboundMessage } from '../../core/ports.ts'
import { type Answer, createAnswerReader } from './answer.ts'
import type { Connection, Connections } from './connections.ts'
import { asFailure, Failure } from './failure.ts'
import type { Target } from './target.ts'

/** A post under way. */
export interface Exchange {
  readonly outcome: Promise<Answer | Failure>
  /** Ends it with the failure, or with the answer as far as it came. */
  breakOff(failure: Failure): void
}

export interface ExchangeLimits {
  readonly timeoutMs: number
  readonly bodyTimeoutMs: number
}

/** The headers that belong to the connection; a caller's are left out. `host` would choose the certificate's name too. */
const ownHeaders = new Set(['host', 'connection', 'content-length', 'accept-encoding', 'transfer-encoding', 'expect'])

/**
 * Posts once; the outcome never rejects. Whatever goes wrong after the status has come does not undo it: the receiver
 * has said what became of the message.
 */
export function startExchange(
  connections: Connections,
  target: Target,
  { headers, body, group }: OutboundMessage,
  { timeoutMs, bodyTimeoutMs }: ExchangeLimits,
): Exchange {
  const deadline = performance.now() + timeoutMs
  const reader = createAnswerReader()
  const { promise, resolve } = Promise.withResolvers<Answer | Failure>()
  const expire = () => breakOff(new Failure('timeout', `${target.host} did not answer in time`))
  let timer = setTimeout(expire, timeoutMs)
  let connection: Connection | undefined
  let giveUp: (() => void) | undefined
  let done = false

  function finish(outcome: Answer | Failure, reusable: boolean): void {
    done = true
    clearTimeout(timer)
    giveUp?.()
    if (connection !== undefined) connections[reusable ? 'keep' : 'drop'](connection)
    resolve(outcome)
  }

  function breakOff(failure: Failure): void {
    if (!done) finish(reader.read(false) ?? failure, false)
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(_controller, status, fields) {
      if (done || status < 200) return
      reader.begin(status, fields)
      clearTimeout(timer)
      timer = setTimeout(expire, Math.min(bodyTimeoutMs, Math.max(0, deadline - performance.now())))
    },
    onResponseData(_controller, chunk) {
      if (!done && !reader.add(chunk)) breakOff(new Failure('protocol', `The answer of ${target.host} is too long`))
    },
    onResponseEnd() {
      const answer = reader.read(true)
      if (!done && answer !== undefined) finish(answer, true)
    },
    onResponseError: (_controller, error) => breakOff(asFailure(error, target.host)),
  }
  giveUp = connections.take(target, group, (taken) => {
    connection = taken
    const { origin, path } = target
    taken.client.dispatch({ origin, path, method: 'POST', headers: sent(headers), body }, handler)
  })
  return { outcome: promise, breakOff }
}

function sent(headers: OutboundMessage['headers']): string[] {
  const pairs = Object.entries(headers).filter(([name]) => !ownHeaders.has(name.toLowerCase()))
  return [...pairs.flat(), 'accept-encoding', 'identity']
}
