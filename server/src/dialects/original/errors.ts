import type { Issue, Kind, Rule } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import type { ErrorAnswer, ErrorDetail } from './schemas.ts'

interface Wire {
  readonly status: number
  readonly type: ErrorAnswer['error']['type']
  readonly code: string
  readonly message: string
}

const invalidInput = { status: 400, type: 'validation_error', code: 'invalid', message: 'Bad Request' } as const
const clientError = { type: 'client_error' } as const
const serverError = { type: 'server_error' } as const

const byKind = {
  not_found: { ...clientError, status: 404, code: 'not_found', message: 'Not Found' },
  conflict: { ...clientError, status: 409, code: 'conflict', message: 'Conflict' },
  invalid: { ...clientError, status: 400, code: 'bad_request', message: 'Bad Request' },
  unauthenticated: { ...clientError, status: 401, code: 'unauthorized', message: 'Unauthorized' },
  forbidden: { ...clientError, status: 403, code: 'forbidden', message: 'Forbidden' },
  limited: { ...clientError, status: 429, code: 'too_many_requests', message: 'Too Many Requests' },
  unavailable: { ...serverError, status: 503, code: 'service_unavailable', message: 'Service Unavailable' },
  internal: { ...serverError, status: 500, code: 'internal_server_error', message: 'Internal Server Error' },
} as const satisfies Record<Kind, Wire>

const byCode: Partial<Record<Fault['code'], Wire>> = {
  input_invalid: invalidInput,
  profile_not_found: { ...byKind.not_found, message: 'User not found.' },
  identifier_taken: { ...clientError, status: 400, code: 'already_exists', message: 'User already exists.' },
  identifier_suppressed: { ...clientError, status: 400, code: 'unsubscribed', message: 'User is unsubscribed.' },
  idempotency_key_reused: {
    ...clientError,
    status: 422,
    code: 'unprocessable_entity',
    message: 'The Idempotency-Key was used with another body.',
  },
  idempotency_key_in_flight: {
    ...byKind.conflict,
    message: 'The first request under this Idempotency-Key is not done yet.',
  },
  idempotency_key_malformed: { ...byKind.invalid, message: 'The Idempotency-Key is not valid.' },
  body_malformed: { ...byKind.invalid, message: 'The body is not valid JSON.' },
  method_not_allowed: { ...clientError, status: 405, code: 'method_not_allowed', message: 'Method Not Allowed' },
  body_too_large: { ...clientError, status: 413, code: 'payload_too_large', message: 'Payload Too Large' },
  media_type_unsupported: {
    ...clientError,
    status: 415,
    code: 'unsupported_media_type',
    message: 'Unsupported Media Type',
  },
}

/** A fault in the vendor's envelope (contracts/original.md 4.3). */
export function errorOf(fault: Fault): { readonly status: number; readonly body: ErrorAnswer } {
  const wire = byCode[fault.code] ?? byKind[kindOfFault(fault)]
  const details = detailsOf(fault, wire)
  const [first] = details
  const body: ErrorAnswer = {
    success: false,
    error: { type: wire.type, detail: first && details.length === 1 ? first : details },
  }
  return { status: wire.status, body }
}

/** Answers a fault in the vendor's envelope. */
export function answerFault(fault: Fault, _request: Asked, reply: Answer): Answer {
  const { status, body } = errorOf(fault)
  const retryAfter = retryAfterSeconds(fault)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

/** The core's names of fields that have another one here. */
const fieldNames: Readonly<Record<string, string>> = { reference: 'user_external_id' }

/** One detail for each field that is to blame, or one without a field. */
function detailsOf(fault: Fault, { code, message }: Wire): ErrorDetail[] {
  if (fault.code === 'identifier_taken' || fault.code === 'identifier_suppressed') {
    return fault.fields.map((field) => ({ code, message, field_name: fieldNames[field] ?? field }))
  }
  if (fault.code !== 'input_invalid') return [{ code, message }]
  // One value may break several rules; the first one names it.
  const details = new Map<string, ErrorDetail>()
  for (const issue of fault.issues) {
    const name = issue.path.map((step) => fieldNames[step] ?? step).join('.')
    if (!details.has(name)) details.set(name, { ...saidOf(issue), ...(name === '' ? {} : { field_name: name }) })
  }
  return [...details.values()]
}

/** The sentence on e-mails is the vendor's, the others are ours. */
function saidOf({ path, rule, limit }: Issue): Omit<ErrorDetail, 'field_name'> {
  if (path.length === 0 && rule === 'required') {
    return { code: 'required', message: 'Give user_external_id, client_id or email.' }
  }
  if (path.length === 0) return { code: 'invalid', message: 'The body must be a JSON object.' }
  if (path[0] === 'email' && rule === 'format') return { code: 'invalid', message: 'Enter a valid email address.' }
  const said: Partial<Record<Rule, Omit<ErrorDetail, 'field_name'>>> = {
    required: { code: 'required', message: 'This field is required.' },
    type: { code: 'invalid', message: 'This field must be a single string.' },
    too_short: { code: 'blank', message: 'This field may not be blank.' },
    too_long: { code: 'max_length', message: `This field may have no more than ${limit} characters.` },
    text: { code: 'invalid', message: 'This field may not hold NUL or broken characters.' },
  }
  return said[rule] ?? { code: 'invalid', message: 'This field is not valid.' }
}
