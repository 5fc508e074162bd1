import type { FastifyRequest } from 'fastify'
import { DomainFault, type FaultData, type Issue, type Kind, kindOf, type Rule } from '../core/errors.ts'

/** What can be wrong with a request before any meaning is looked at. */
export type TransportFault =
  | { readonly code: 'route_not_found' }
  | { readonly code: 'method_not_allowed'; readonly allowed: readonly string[] }
  | { readonly code: 'request_malformed' }
  | { readonly code: 'server_stopping' }
  | { readonly code: 'overloaded' }
  | { readonly code: 'body_malformed' }
  | { readonly code: 'body_too_large' }
  | { readonly code: 'media_type_unsupported' }
  | { readonly code: 'idempotency_key_malformed' }

/** Everything that a dialect must be able to answer. */
export type Fault = FaultData | TransportFault

const transportKinds = {
  route_not_found: 'not_found',
  method_not_allowed: 'invalid',
  request_malformed: 'invalid',
  server_stopping: 'unavailable',
  overloaded: 'unavailable',
  body_malformed: 'invalid',
  body_too_large: 'invalid',
  media_type_unsupported: 'invalid',
  idempotency_key_malformed: 'invalid',
} as const satisfies Record<TransportFault['code'], Kind>

/** The kind of any fault. */
export function kindOfFault(fault: Fault): Kind {
  return fault.code in transportKinds
    ? transportKinds[fault.code as TransportFault['code']]
    : kindOf((fault as FaultData).code)
}

/** An error for a fault that is found before the core is asked. */
export class TransportError extends Error {
  readonly fault: TransportFault

  constructor(fault: TransportFault) {
    super(fault.code)
    this.name = 'TransportError'
    this.fault = fault
  }
}

const frameworkFaults: Record<string, TransportFault> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type_unsupported' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'body_malformed' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'body_malformed' },
}

interface FrameworkError {
  readonly code?: string
  readonly statusCode?: number
  readonly validation?: readonly AjvError[]
}

interface AjvError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The fault behind whatever was thrown while a request was served; `internal` for what nobody foresaw. */
function toFault(error: unknown): Fault {
  if (error instanceof DomainFault || error instanceof TransportError) return error.fault
  const { code, statusCode, validation } = (error ?? {}) as FrameworkError
  if (validation !== undefined) return { code: 'input_invalid', issues: issuesOf(validation) }
  const known = frameworkFaults[code ?? '']
  if (known !== undefined) return known
  const clientsMistake = code?.startsWith('FST_') && statusCode !== undefined && statusCode < 500
  return clientsMistake ? { code: 'request_malformed' } : { code: 'internal' }
}

const rules: Record<string, Rule> = {
  required: 'required',
  type: 'type',
  enum: 'choice',
  minLength: 'too_short',
  maxLength: 'too_long',
  minItems: 'too_short',
  maxItems: 'too_long',
  minimum: 'range',
  maximum: 'range',
  additionalProperties: 'unknown',
}

/** An answer names no more mistakes than this, however many a body of a megabyte holds. */
const maxIssues = 100

function issuesOf(errors: readonly AjvError[]): Issue[] {
  // What is of the wrong type breaks the other rules of its field for that alone.
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath))
  const telling = errors.filter(({ keyword, instancePath }) => keyword === 'type' || !mistyped.has(instancePath))
  return telling.slice(0, maxIssues).map(({ keyword, instancePath, params }) => {
    const named = params.missingProperty ?? params.additionalProperty
    const path = [...pointer(instancePath), ...(typeof named === 'string' ? [named] : [])]
    const limit = typeof params.limit === 'number' ? { limit: params.limit } : {}
    const allowed = Array.isArray(params.allowedValues) ? { allowed: params.allowedValues as string[] } : {}
    return { path, rule: rules[keyword] ?? 'format', ...limit, ...allowed }
  })
}

/** The steps of a JSON pointer (RFC 6901). */
function pointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const oneSecond: ReadonlySet<Fault['code']> = new Set(['overloaded', 'database_unavailable', 'files_unavailable'])

/** The seconds to wait before the request is repeated, as Retry-After is written; undefined where waiting is no help. */
export function retryAfterSeconds(fault: Fault): number | undefined {
  if (oneSecond.has(fault.code)) return 1
  return 'retryAfterMs' in fault ? Math.max(1, Math.ceil(fault.retryAfterMs / 1_000)) : undefined
}

/** The fault behind an error, with the cause in the log when it is ours to mend: the answer holds the request id alone. */
export function faultOf(error: unknown, request: FastifyRequest): Fault {
  const fault = toFault(error)
  const kind = kindOfFault(fault)
  if (kind === 'internal') request.log.error({ err: error }, 'A request failed for a reason nobody foresaw')
  else if (kind === 'unavailable') request.log.warn({ err: error }, 'A request could not be served')
  return fault
}
