import type { FieldError, Problem } from './operations.generated.ts'

/** The server answered that it does not do what was asked. Decide by `code`; docs/errors.md has them all. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  /** Never changes its meaning. `unexpected_answer`: what came is none of Facet's answers, as that of a proxy. */
  readonly code: string
  readonly detail: string
  /** The fields that are to blame, by JSON pointer (RFC 6901). */
  readonly errors: readonly FieldError[]
  /** The id that the server's log finds the request by. */
  readonly requestId: string | undefined
  /** How long to wait before another try, by `Retry-After`. */
  readonly retryAfterMs: number | undefined
  /** The whole answer, for members that single codes have. */
  readonly problem: Problem | undefined

  constructor(answer: Response, problem: Problem | undefined) {
    const detail = problem?.detail ?? `An answer of status ${answer.status} came that is none of Facet's.`
    super(detail)
    this.status = answer.status
    this.code = problem?.code ?? 'unexpected_answer'
    this.detail = detail
    this.errors = problem?.errors ?? []
    this.requestId = problem?.requestId ?? answer.headers.get('x-request-id') ?? undefined
    this.retryAfterMs = retryAfterMsOf(answer.headers)
    this.problem = problem
  }
}

/** No answer came, or not to its end: the request may have been carried out or not. `cause` tells more. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  /** Whether the answer took longer than it may. */
  readonly timedOut: boolean

  constructor(message: string, { timedOut, cause }: { readonly timedOut: boolean; readonly cause: unknown }) {
    super(message, { cause })
    this.timedOut = timedOut
  }
}

/** The error that an answer is which is no success, by its body. */
export function problemOf(answer: Response, text: string): ProblemError {
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  return new ProblemError(answer, isProblem ? (parseJson(text) as Problem | undefined) : undefined)
}

/** Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Of `Retry-After`, seconds or a date (RFC 9110 section 10.2.3); undefined when there is none that can be read. */
function retryAfterMsOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
