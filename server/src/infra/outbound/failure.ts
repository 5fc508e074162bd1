import type { OutboundResult } from '../../core/ports.ts'

export type FailureReason = Extract<OutboundResult, { kind: 'failed' }>['reason']

/** Why no answer came. The message is plain, and safe to show to the customer: it names no address. */
export class Failure extends Error {
  readonly reason: FailureReason

  constructor(reason: FailureReason, detail: string) {
    super(detail)
    this.name = 'Failure'
    this.reason = reason
  }
}

/** What an error on an open connection means. */
export function asFailure(error: Error & { code?: string }, host: string): Failure {
  if (error instanceof Failure) return error
  const { code = '', message, name } = error
  if (code === 'UND_ERR_INVALID_ARG') return new Failure('protocol', 'The message has a header that cannot be sent')
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new Failure('protocol', `${host} answered with too many headers`)
  const unreadable =
    name === 'HTTPParserError' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    /^bad (?:response|upgrade)$/.test(message)
  if (unreadable) return new Failure('protocol', `${host} did not answer in valid HTTP/1.1`)
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) return tlsFailure(error, host)
  return new Failure('connection', `The connection to ${host} was closed before an answer came`)
}

/** What an error before the connection was open means; `reached` says that the peer had taken the connection. */
export function asConnectFailure(error: Error & { code?: string }, host: string, reached: boolean): Failure {
  if (error instanceof Failure) return error
  if (reached) return tlsFailure(error, host)
  if (error.code === 'ECONNREFUSED') return new Failure('connection', `${host} refused the connection`)
  return new Failure('connection', `${host} could not be reached`)
}

function tlsFailure(error: Error & { code?: string }, host: string): Failure {
  return new Failure('tls', `No TLS connection to ${host} could be made (${error.code ?? 'no reason given'})`)
}
