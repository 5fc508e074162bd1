import type { FastifyRequest } from 'fastify'
import type { Kind } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, faultOf, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import { Refusal } from '../../http/refusal.ts'
import { envelope } from './schemas.ts'

interface Wire {
  readonly status: number
  readonly detail: string
}

const byKind = {
  not_found: { status: 404, detail: 'Not found.' },
  conflict: { status: 409, detail: 'Conflict.' },
  invalid: { status: 400, detail: 'Invalid input.' },
  unauthenticated: { status: 401, detail: 'Authentication credentials were not provided.' },
  forbidden: { status: 403, detail: 'You do not have permission to perform this action.' },
  limited: { status: 429, detail: 'Request was throttled.' },
  unavailable: { status: 503, detail: 'Service temporarily unavailable, try again later.' },
  internal: { status: 500, detail: 'A server error occurred.' },
} as const satisfies Record<Kind, Wire>

const byCode: Partial<Record<Fault['code'], Wire>> = {
  credentials_invalid: { status: 401, detail: 'The supplied authentication credentials are invalid.' },
  login_failed: { status: 401, detail: 'No active account found with the given credentials' },
  idempotency_key_reused: { status: 422, detail: 'This Idempotency-Key came before with another body.' },
  body_malformed: { status: 400, detail: 'Malformed request.' },
  request_malformed: { status: 400, detail: 'Malformed request.' },
  body_too_large: { status: 413, detail: 'Request body is too large.' },
}

/** What a token that does not hold is answered with by the vendor's framework (contracts/epixel.md 2.2). */
const tokenNotValid = {
  detail: 'Given token not valid for any token type',
  code: 'token_not_valid',
  messages: [{ token_class: 'AccessToken', token_type: 'access', message: 'Token is invalid or expired' }],
}

/** Who deletes a profile ends its sessions; a request that came at that moment finds nobody behind its token. */
const ofTokens: ReadonlySet<Fault['code']> = new Set(['token_invalid', 'token_expired', 'profile_not_found'])

function wireOf(fault: Fault, request: Asked): Wire {
  switch (fault.code) {
    case 'method_not_allowed':
      return { status: 405, detail: `Method "${request.method}" not allowed.` }
    case 'media_type_unsupported':
      return { status: 415, detail: `Unsupported media type "${request.headers['content-type'] ?? ''}" in request.` }
    case 'own_changes_exhausted':
      return { status: 429, detail: dailyLimit(retryAfterSeconds(fault) ?? 1) }
    case 'login_locked':
    case 'password_locked':
      return { status: 429, detail: 'Too many failed attempts. Try again later.' }
    default:
      return byCode[fault.code] ?? byKind[kindOfFault(fault)]
  }
}

/** The seed's sentence, with its broken placeholder mended (contracts/README, decision 12). */
function dailyLimit(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)]
  return `Your daily profile update limit exceeded. Expected available in ${hours} hours ${minutes} minutes and ${seconds % 60} seconds.`
}

/** What a fault is answered with: in the envelope, or as `{detail}` where nobody could be identified. */
export function errorOf(fault: Fault, request: Asked): { readonly status: number; readonly body: object } {
  if (ofTokens.has(fault.code)) return { status: 401, body: tokenNotValid }
  const { status, detail } = wireOf(fault, request)
  return { status, body: status === 401 ? { detail } : envelope(status, { detail: [detail] }) }
}

/** Answers a fault in the vendor's shape. */
export function answerFault(fault: Fault, request: Asked, reply: Answer): Answer {
  const { status, body } = errorOf(fault, request)
  const waitSeconds = retryAfterSeconds(fault)
  if (waitSeconds !== undefined) reply.header('retry-after', waitSeconds)
  return send(reply, status, body)
}

/** Answers what was thrown while a request was served. */
export function answerError(error: unknown, request: FastifyRequest, reply: Answer): Answer {
  if (error instanceof Refusal) return send(reply, error.status, error.body)
  const fault = faultOf(error, request)
  return isNoObject(fault) ? send(reply, 400, noObject) : answerFault(fault, request, reply)
}

const noObject = envelope(400, { non_field_errors: ['Invalid data. Expected a dictionary.'] })

/** Whether the body as a whole was of another type. */
function isNoObject(fault: Fault): boolean {
  return fault.code === 'input_invalid' && fault.issues.some(({ path, rule }) => path.length === 0 && rule === 'type')
}

function send(reply: Answer, status: number, body: object): Answer {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="api"')
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}
