import type { Kind } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import type { ErrorAnswer } from './schemas.ts'

interface Wire {
  readonly status: number
  readonly title: string
  /** An internal error has none (seed 001, "500 Internal Server Error"). */
  readonly message?: string
}

const badRequest = { status: 400, title: 'Bad request.', message: 'The request is not valid.' }
const badBody = { ...badRequest, message: 'The request body is not valid.' }

const byKind = {
  not_found: { status: 404, title: 'Not found.', message: 'The requested resource was not found.' },
  conflict: badRequest,
  invalid: badRequest,
  unauthenticated: { status: 401, title: 'Unauthorized.', message: 'The API token is missing or not valid.' },
  forbidden: { status: 403, title: 'Forbidden.', message: 'The API token may not do this.' },
  limited: { status: 429, title: 'Too many requests.', message: 'The rate limit was exceeded.' },
  unavailable: { status: 503, title: 'Service unavailable.', message: 'The service is not available at the moment.' },
  internal: { status: 500, title: 'Internal server error.' },
} as const satisfies Record<Kind, Wire>

/** Of a path that names nothing; the capital is the vendor's (contracts/ocamba.md 1.2, merge). */
const unknown = (thing: string): Wire => ({ status: 400, title: 'Bad Request.', message: `Unknown ${thing} id.` })

const byCode: Partial<Record<Fault['code'], Wire>> = {
  profile_not_found: unknown('profile'),
  profile_list_not_found: unknown('profile list'),
  profile_list_name_taken: { ...badRequest, message: 'Duplicate entry: name.' },
  profile_property_label_taken: { ...badRequest, message: 'Duplicate entry: label.' },
  idempotency_key_in_flight: { ...badRequest, status: 409, title: 'Conflict.' },
  idempotency_key_reused: { ...badRequest, status: 422, title: 'Unprocessable entity.' },
  parallel_limit_reached: { ...byKind.limited, message: 'The limit of parallel requests was exceeded.' },
  method_not_allowed: { ...badRequest, status: 405, title: 'Method not allowed.' },
  body_malformed: badBody,
  body_too_large: { ...badBody, status: 413, title: 'Payload too large.' },
  media_type_unsupported: { ...badBody, status: 415, title: 'Unsupported media type.' },
}

/** What the vendor calls the identifiers that it shows. */
const names: Readonly<Record<string, string>> = { email: 'email', phone: 'mobile_phone_number' }
const named = (fields: readonly string[]) => fields.map((field) => names[field] ?? field).join(', ')

function wireOf(fault: Fault, takesBody: boolean): Wire {
  if (fault.code === 'identifier_taken') return { ...badRequest, message: `Duplicate entry: ${named(fault.fields)}.` }
  if (fault.code === 'identifier_suppressed') {
    return { ...badRequest, message: `Unsubscribed: ${named(fault.fields)}.` }
  }
  if (fault.code === 'input_invalid') return takesBody ? badBody : badRequest
  return byCode[fault.code] ?? byKind[kindOfFault(fault)]
}

/**
 * A fault as `{code, title, message, trace_id}`; the trace is the request's id, which its log line carries. Where a route takes a body,
 * the body is what is wrong with a request, also when there is none.
 */
export function errorOf(fault: Fault, traceId: string, takesBody: boolean): ErrorAnswer {
  const { status, title, message } = wireOf(fault, takesBody)
  return { code: status, title, ...(message !== undefined && { message }), trace_id: traceId }
}

/** Answers a fault in the vendor's shape. */
export function answerFault(fault: Fault, request: Asked, reply: Answer): Answer {
  const body = errorOf(fault, request.id, request.routeOptions?.schema?.body !== undefined)
  const retryAfter = retryAfterSeconds(fault)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return reply.code(body.code).header('content-type', 'application/json').serializer(JSON.stringify).send(body)
}
