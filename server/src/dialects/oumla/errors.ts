import type { Issue, Kind, Rule } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import { isPresent } from './generation.ts'
import type { ErrorAnswer } from './schemas.ts'

interface Wire {
  readonly status: number
  /** The code, category and message of the present generation (contracts/oumla.md 0.4). */
  readonly code: string
  readonly category: string
  readonly message: string
  /** The message of the older body. */
  readonly oldMessage: string
  /** The status where the seed has another one than the present generation. */
  readonly oldStatus?: number
}

const notProcessed = { code: 'ERR_010', category: 'VALIDATION', message: 'The request could not be processed.' }
const notFound = { code: 'ERR_006', category: 'RESOURCE', message: 'The requested resource was not found.' }
const wentWrong = { code: 'ERR_019', category: 'SYSTEM', message: 'Something went wrong on our side.' }

const byKind = {
  not_found: { status: 404, ...notFound, oldMessage: 'Not Found' },
  conflict: { status: 409, ...notProcessed, category: 'CONFLICT', oldMessage: 'Conflict' },
  invalid: { status: 400, ...notProcessed, oldMessage: 'Bad Request' },
  unauthenticated: {
    status: 401,
    code: 'ERR_008',
    category: 'AUTHORIZATION',
    message: 'You need to sign in to continue.',
    oldMessage: 'Unauthorized',
  },
  forbidden: {
    status: 403,
    code: 'ERR_009',
    category: 'AUTHORIZATION',
    message: "You don't have permission to do that.",
    oldMessage: 'Forbidden',
  },
  limited: { status: 429, ...notProcessed, category: 'LIMIT', oldMessage: 'Too Many Requests' },
  unavailable: { status: 503, ...wentWrong, oldMessage: 'Service Unavailable' },
  internal: { status: 500, ...wentWrong, oldMessage: 'Internal Server Error' },
} as const satisfies Record<Kind, Wire>

const invalidInput = { ...byKind.invalid, code: 'ERR_300', message: 'Invalid input provided.' }
const invalidPage = { ...byKind.invalid, code: 'ERR_022', message: 'Invalid pagination parameters.' }

const byCode: Partial<Record<Fault['code'], Wire>> = {
  identifier_taken: {
    status: 409,
    code: 'ERR_001',
    category: 'CONFLICT',
    message: 'An account with these details already exists.',
    oldStatus: 404,
    oldMessage: 'The profile with this reference is already exists.',
  },
  idempotency_key_reused: { ...byKind.invalid, status: 422, oldMessage: 'Unprocessable Entity' },
  method_not_allowed: { ...byKind.invalid, status: 405, oldMessage: 'Method Not Allowed' },
  body_too_large: { ...byKind.invalid, status: 413, oldMessage: 'Payload Too Large' },
  media_type_unsupported: { ...byKind.invalid, status: 415, oldMessage: 'Unsupported Media Type' },
}

const pageFields = new Set(['skip', 'take', 'limit'])
const queryFields = new Set([...pageFields, 'enabled', 'name'])

function wireOf(fault: Fault): Wire {
  if (fault.code !== 'input_invalid') return byCode[fault.code] ?? byKind[kindOfFault(fault)]
  if (fault.issues.some((issue) => pageFields.has(issue.path[0] ?? ''))) return invalidPage
  // A body that is no object at all blames no field.
  return fault.issues.every((issue) => issue.path.length === 0) ? byKind.invalid : invalidInput
}

/** Answers a fault: in the present envelope to a client that sends `x-sdk-version`, else in the older body. */
export function answerFault(fault: Fault, request: Asked, reply: Answer): Answer {
  const wire = wireOf(fault)
  const retryAfter = retryAfterSeconds(fault)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (fault.code === 'wallet_pending') reply.header('x-workflow-id', fault.workflowId)
  const { status, body } = isPresent(request)
    ? { status: wire.status, body: presentBody(wire, request) }
    : oldAnswer(fault)
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body satisfies ErrorAnswer)
}

/** What a client that sends no `x-sdk-version` is answered. */
export function oldAnswer(fault: Fault): { readonly status: number; readonly body: ErrorAnswer } {
  const { oldStatus, status, oldMessage: message } = wireOf(fault)
  return { status: oldStatus ?? status, body: { message, errors: fieldErrors(fault) } }
}

function presentBody(wire: Wire, request: Asked): ErrorAnswer {
  return {
    message: wire.message,
    code: wire.code,
    category: wire.category,
    statusCode: wire.status,
    path: request.originalUrl.split('?', 1)[0] ?? '',
    timestamp: new Date().toISOString(),
    requestId: request.id,
    success: false,
  }
}

function fieldErrors(fault: Fault): { field: string; message: string }[] {
  if (fault.code === 'identifier_taken') {
    return fault.fields.map((field) => ({ field, message: 'The profile with this reference is already exists.' }))
  }
  if (fault.code !== 'input_invalid') return []
  // One value may break several rules (null is no text and none of the types); the first one names it.
  const sentences = new Map<string, string>()
  for (const issue of fault.issues) {
    const field = issue.path.join('.')
    if (field !== '' && !sentences.has(field)) sentences.set(field, sentenceOf(issue))
  }
  return Array.from(sentences, ([field, message]) => ({ field, message }))
}

/** Sentences are ours but the one for `type`, which is the seed's. */
function sentenceOf({ path, rule, limit, allowed }: Issue): string {
  const field = path.join('.')
  if (field === 'type' && (rule === 'choice' || rule === 'type')) {
    return 'it should only one of these profile types : User | Department | Merchant'
  }
  if (rule === 'range')
    return `${field} must be a whole number ${limit === undefined ? 'of at least 0' : `from 0 to ${limit}`}`
  const sentences: Partial<Record<Rule, string>> = {
    required: 'is required',
    type: queryFields.has(field) ? 'must be given once' : 'must be a string',
    too_short: 'must not be empty',
    too_long: `must have at most ${limit} characters`,
    choice:
      field === 'network' || field === 'networkId'
        ? 'must be a network that is enabled'
        : `must be one of ${allowed?.join(', ')}`,
    text: 'must not hold NUL or broken characters',
  }
  return `${field} ${sentences[rule] ?? 'is not valid'}`
}
