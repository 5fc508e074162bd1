import { STATUS_CODES } from 'node:http'
import type { Issue, Kind, Rule } from '../../core/errors.ts'
import type { Answer, Asked } from '../../http/answers.ts'
import { type Fault, kindOfFault, retryAfterSeconds } from '../../http/faults.ts'
import type { Problem } from './schemas.ts'

const statusByKind = {
  not_found: 404,
  conflict: 409,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  limited: 429,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<Kind, number>

const statusByCode: Partial<Record<Fault['code'], number>> = {
  revision_stale: 412,
  events_pruned: 410,
  idempotency_key_reused: 422,
  method_not_allowed: 405,
  body_too_large: 413,
  media_type_unsupported: 415,
}

/** What each code means, for people; the same texts stand in docs/errors.md. */
export const details: { readonly [C in Fault['code']]: string } = {
  profile_not_found: 'There is no such profile in this app.',
  api_key_not_found: 'There is no such API key in this app.',
  api_key_ended: 'The API key was revoked or has expired.',
  secret_not_shown: 'The secret of an API key is shown again to operators alone, and only in sandbox apps.',
  app_not_found: 'There is no such app, or this key may not see it.',
  organization_not_found: 'There is no such organization.',
  event_not_found: 'There is no such event in this app, or it is past keeping.',
  events_pruned: 'Events behind `after` are no longer kept. `oldestSequence` is the first that is.',
  event_streams_exhausted: 'As many event streams are open as there may be: of this app, or on this server.',
  webhook_endpoint_not_found: 'There is no such webhook endpoint in this app.',
  webhook_delivery_not_found: 'No such event was for this endpoint, or its delivery is past keeping.',
  seed_not_found: 'The app has no seed yet.',
  wallet_not_found: 'There is no such wallet.',
  workflow_not_found: 'There is no such workflow.',
  wallet_pending: 'The wallet is still being made. Ask again after the seconds of Retry-After.',
  webhook_endpoints_exhausted: 'The app has as many webhook endpoints as it may have. Delete one first.',
  identifier_suppressed:
    'The person behind this e-mail or phone was unsubscribed, so that no profile can be given it. `errors` names the fields.',
  profile_list_not_found: 'There is no such list in this app.',
  profile_list_name_taken: 'Another list of this app has the same name.',
  profile_property_label_taken: 'Another property of this app has the same label.',
  host_taken: 'Another app answers for a host. `errors` names each one that is taken.',
  identifier_taken: 'Another profile of this app has the same identifier. `errors` names each one that is taken.',
  revision_stale: 'The profile has changed since the version named in If-Match. Read it again, then repeat the change.',
  idempotency_key_in_flight: 'A request with this Idempotency-Key is still being worked on. Repeat it in a moment.',
  idempotency_key_reused: 'This Idempotency-Key came before with another body. Use a new key for a new request.',
  input_invalid: 'Some fields are not as they must be. `errors` names each of them.',
  credentials_missing: 'Send the secret of an API key as `Authorization: Bearer sk_…`.',
  credentials_invalid: 'The API key is malformed, unknown, revoked or expired.',
  login_failed: 'The name or the password is wrong.',
  login_locked: 'Too many wrong passwords came from this address. Retry-After says how many seconds to wait.',
  token_invalid: 'The token of a person is malformed or unknown, or was replaced.',
  token_expired: 'The temporary token of a person has ended.',
  password_wrong: 'The present password is wrong.',
  password_locked: 'Too many wrong passwords came from this address. Retry-After says how many seconds to wait.',
  scope_missing: 'The API key, or the role of the operator, lacks the scope that this request needs.',
  app_mode_forbidden: 'A sandbox key never reaches a live app.',
  outbox_not_found: 'This is a live app: only sandbox apps have an outbox.',
  outbox_mail_not_found: 'There is no such mail in the outbox of this app, or it is past keeping.',
  email_proof_invalid: 'The key that was mailed is unknown, has ended, or was for another address.',
  email_code_invalid: 'The code that was mailed is another one, has ended, or was for another address.',
  session_not_found: 'This profile has no session with this id.',
  app_header_missing: 'Name the app by its id in the header `Facet-App`: a session is of an operator, not of an app.',
  operator_session_invalid: 'Nobody is signed in, or the session has ended.',
  operator_session_stale: 'The sign-in is too long ago for this. Sign in again.',
  operator_required: 'Only an operator who is signed in has this; an API key has not.',
  operator_not_found: 'There is no such operator in this organization.',
  operator_is_member: 'This person belongs to the organization already.',
  origin_foreign: 'A request with the cookie of a session must come from the console itself.',
  role_forbidden: 'Only an owner may give the role of an owner, or take it.',
  last_owner: 'The organization would be without an owner.',
  invitation_not_found: 'There is no such open invitation to this organization.',
  invitations_exhausted: 'As many invitations to this organization are open as there may be.',
  link_invalid: 'The link is unknown, has ended or was used.',
  sign_in_failed: 'The e-mail or the password is wrong.',
  operator_password_wrong: 'The present password of the operator is wrong.',
  second_factor_invalid: 'The code is wrong, or was used before, or the sign-in that it belongs to has ended.',
  two_factor_refused: 'Two-factor sign-in is not in the state that this needs: it is on already, or it is off.',
  guesses_exhausted: 'Too many wrong guesses came of late. Retry-After says how many seconds to wait.',
  passkey_invalid: 'The passkey is unknown, or its answer does not fit the question.',
  passkey_not_found: 'The operator has no passkey with this id.',
  mail_unavailable: 'This must be told by mail, and the server has no mail server for live apps.',
  rate_limited:
    'Too many requests in this minute, or too many mails to one address in this hour. Retry-After says how many seconds to wait.',
  own_changes_exhausted:
    'The person has changed their own profile as often as they may within a day. Retry-After says how many seconds to wait.',
  parallel_limit_reached:
    'As many requests of this app are under way as there may be. Repeat it when one of them is done.',
  hashing_exhausted: 'As many passwords wait to be checked as may. Retry-After says how many seconds to wait.',
  pictures_exhausted: 'As many pictures wait to be made as may. Retry-After says how many seconds to wait.',
  files_unavailable: 'The place where files are kept could not be asked. Nothing was changed.',
  database_unavailable:
    'The database could not be asked. A read changed nothing; repeat a write under the same Idempotency-Key.',
  query_too_slow: 'The database worked on this for too long and gave up. Narrow the filter or the search.',
  change_blocked: 'Another change holds what this one needs, and did not let go in time. Nothing was changed.',
  internal: 'Something went wrong in Facet. Its log tells more under this request id.',
  route_not_found: 'There is nothing at this path.',
  method_not_allowed: 'This path does not take this method; Allow names those it takes.',
  request_malformed: 'The request could not be read: its URL or its headers are broken.',
  server_stopping: 'This server is stopping and takes no new requests.',
  overloaded: 'More is asked of this server than it can answer soon. Nothing was done.',
  body_malformed: 'The body is not JSON in UTF-8.',
  body_too_large: 'The body is larger than this server takes.',
  media_type_unsupported: 'Send the body as application/json.',
  idempotency_key_malformed: 'An Idempotency-Key is 1 to 255 visible ASCII characters.',
}

/** The status that a code is answered with here. */
export function statusOf(fault: Fault): number {
  return statusByCode[fault.code] ?? statusByKind[kindOfFault(fault)]
}

/** A fault as problem details (RFC 9457). */
export function problemOf(fault: Fault, requestId: string): Problem {
  const status = statusOf(fault)
  const errors = fieldErrors(fault)
  return {
    type: `urn:facet:error:${fault.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: fault.code === 'scope_missing' ? `${details.scope_missing} It is ${fault.scope}.` : details[fault.code],
    code: fault.code,
    ...(errors === undefined ? {} : { errors }),
    ...(fault.code === 'events_pruned' ? { oldestSequence: fault.oldestSequence } : {}),
    requestId,
  }
}

/** Answers a fault with its problem details. */
export function answerFault(fault: Fault, request: Asked, reply: Answer): Answer {
  const problem = problemOf(fault, request.id)
  const retryAfter = retryAfterSeconds(fault)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem)
}

function fieldErrors(fault: Fault): Problem['errors'] {
  if (fault.code === 'identifier_taken') {
    return fault.fields.map((field) => fieldError({ path: [field], rule: 'taken' }))
  }
  if (fault.code === 'identifier_suppressed') {
    return fault.fields.map((field) => fieldError({ path: [field], rule: 'suppressed' }))
  }
  if (fault.code === 'host_taken') {
    return fault.hosts.map((host) => ({ path: '/hosts', rule: 'taken', detail: `${host} is taken by another app` }))
  }
  return fault.code === 'input_invalid' ? fault.issues.map(fieldError) : undefined
}

function fieldError(issue: Issue): NonNullable<Problem['errors']>[number] {
  return { path: toPointer(issue.path), rule: issue.rule, detail: sentences[issue.rule](issue) }
}

function toPointer(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const sentences: { readonly [R in Rule]: (issue: Issue) => string } = {
  required: () => 'is required',
  type: () => 'is not of the right type',
  blank: () => 'must not be blank',
  too_short: ({ limit }) => `must be at least ${limit} long`,
  too_long: ({ limit }) => `must be at most ${limit} long`,
  too_deep: ({ limit }) => `must be at most ${limit} levels deep`,
  format: () => 'is not in the right form',
  https: () => 'must begin with https://',
  text: () => 'must not hold NUL or broken characters',
  choice: ({ allowed }) => (allowed === undefined ? 'is not a known value' : `must be one of ${allowed.join(', ')}`),
  range: () => 'is out of range',
  reserved: () => 'is kept for the installation itself',
  unknown: () => 'is not taken here',
  taken: () => 'is taken by another profile',
  suppressed: () => 'is of a person who was unsubscribed',
  too_similar: ({ similarTo }) => `is too much like ${similarTo}`,
  common: () => 'is one of the passwords that people choose most',
  numeric: () => 'must not be of digits alone',
  reused: () => 'is the present password or one of the last before it',
  picture: () => 'is no picture that can be taken',
}
