import type { FastifyRequest } from 'fastify'
import type { Kind } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, faultOf, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import { Refusal } from '../../http/refusal.ts'

export const wrongLogin = 'Invalid username/password.'

interface Wire {
  readonly status: number
  readonly detail: string
}

const notAllowed = { status: 403, detail: 'You do not have permission to perform this action.' }
const unavailable = { status: 503, detail: 'Service temporarily unavailable, try again later.' }

const byKind = {
  not_found: { status: 404, detail: 'Not found.' },
  conflict: { status: 409, detail: 'Conflict.' },
  invalid: { status: 400, detail: 'Invalid input.' },
  unauthenticated: { status: 401, detail: 'Authentication credentials were not provided.' },
  forbidden: notAllowed,
  limited: { status: 429, detail: 'Request was throttled.' },
  unavailable,
  internal: { status: 500, detail: 'A server error occurred.' },
} as const satisfies Record<Kind, Wire>

const byCode: Partial<Record<Fault['code'], Wire>> = {
  profile_not_found: { status: 404, detail: 'No UserProfile matches the given query.' },
  login_failed: { status: 401, detail: wrongLogin },
  token_expired: { status: 401, detail: 'Token expired' },
  idempotency_key_reused: { status: 422, detail: 'This Idempotency-Key came before with another body.' },
  body_malformed: { status: 400, detail: 'JSON parse error' },
  body_too_large: { status: 413, detail: 'Request body is too large.' },
}

function wireOf(fault: Fault, request: Asked): Wire {
  switch (fault.code) {
    case 'method_not_allowed':
      return { status: 405, detail: `Method "${request.method}" not allowed.` }
    case 'media_type_unsupported':
      return { status: 415, detail: `Unsupported media type "${request.headers['content-type'] ?? ''}" in request.` }
    case 'token_invalid':
      // The two schemes of the vendor end their sentences differently (contracts/ona.md 3.6).
      return { status: 401, detail: schemeOf(request) === 'TempToken' ? 'Invalid token' : 'Invalid token.' }
    case 'login_locked':
      return { status: 401, detail: lockedOut(fault.retryAfterMs) }
    default:
      return byCode[fault.code] ?? byKind[kindOfFault(fault)]
  }
}

/** What is said to whom gave too many wrong passwords (contracts/ona.md 3.6). */
export function lockedOut(retryAfterMs: number): string {
  const minutes = toMinutes(retryAfterMs)
  return `Locked out. Too many wrong username/password attempts. Try again in ${minutes} minutes.`
}

/** Whole minutes, rounded as the vendor does. */
export function toMinutes(ms: number): number {
  return Math.round(ms / 60_000)
}

function schemeOf(request: Asked): 'Token' | 'TempToken' {
  return /^temptoken\b/i.test(request.headers.authorization ?? '') ? 'TempToken' : 'Token'
}

/** What a fault is answered with. */
export function errorOf(fault: Fault, request: Asked): { readonly status: number; readonly body: object } {
  const { status, detail } = wireOf(fault, request)
  return { status, body: { detail } }
}

/** Answers a fault as `{detail}`. */
export function answerFault(fault: Fault, request: Asked, reply: Answer): Answer {
  const { status, body } = errorOf(fault, request)
  const waitSeconds = retryAfterSeconds(fault)
  // A lock tells in its sentence when it ends.
  if (waitSeconds !== undefined && status !== 401) reply.header('retry-after', waitSeconds)
  return send(request, reply, status, body)
}

/** Answers what was thrown while a request was served. */
export function answerError(error: unknown, request: FastifyRequest, reply: Answer): Answer {
  if (error instanceof Refusal) return send(request, reply, error.status, error.body)
  const fault = faultOf(error, request)
  return isNoObject(fault) ? send(request, reply, 400, noObject) : answerFault(fault, request, reply)
}

const noObject = { non_field_errors: ['Invalid data. Expected a dictionary.'] }

/** Whether the body as a whole was of another type. */
function isNoObject(fault: Fault): boolean {
  return fault.code === 'input_invalid' && fault.issues.some(({ path, rule }) => path.length === 0 && rule === 'type')
}

function send(request: Asked, reply: Answer, status: number, body: object): Answer {
  if (status === 401) reply.header('www-authenticate', schemeOf(request))
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}
