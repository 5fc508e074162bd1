/** What a dialect needs to know of a fault when it knows nothing else; each kind has a status in every dialect. */
export type Kind =
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'limited'
  | 'unavailable'
  | 'internal'

/** The rule that a field broke. Dialects turn it into their own sentence. */
export type Rule =
  | 'required'
  | 'type'
  | 'blank'
  | 'too_short'
  | 'too_long'
  | 'too_deep'
  | 'format'
  | 'https'
  | 'text'
  | 'choice'
  | 'range'
  | 'reserved'
  | 'unknown'
  | 'taken'
  | 'suppressed'
  | 'too_similar'
  | 'common'
  | 'numeric'
  | 'reused'
  | 'picture'

/** One broken rule. `path` leads to the field from the top of the input; `limit` is in the rule's own unit. */
export interface Issue {
  readonly path: readonly string[]
  readonly rule: Rule
  readonly limit?: number
  readonly allowed?: readonly string[]
  /** Of `too_similar`: the field that the value is too much like. */
  readonly similarTo?: string
}

/** The identifiers that are unique among the live profiles of an app. */
export type Identifier = 'reference' | 'username' | 'email' | 'phone'

/** Everything that can go wrong, as data: no sentences here, they belong to the dialects. */
export type FaultData =
  | { readonly code: 'profile_not_found' }
  | { readonly code: 'api_key_not_found' }
  | { readonly code: 'api_key_ended' }
  | { readonly code: 'secret_not_shown' }
  | { readonly code: 'app_not_found' }
  | { readonly code: 'organization_not_found' }
  | { readonly code: 'event_not_found' }
  | { readonly code: 'events_pruned'; readonly oldestSequence: number }
  | { readonly code: 'event_streams_exhausted'; readonly retryAfterMs: number }
  | { readonly code: 'webhook_endpoint_not_found' }
  | { readonly code: 'webhook_delivery_not_found' }
  | { readonly code: 'webhook_endpoints_exhausted'; readonly limit: number }
  | { readonly code: 'seed_not_found' }
  | { readonly code: 'wallet_not_found' }
  | { readonly code: 'workflow_not_found' }
  | { readonly code: 'wallet_pending'; readonly workflowId: string; readonly retryAfterMs: number }
  | { readonly code: 'host_taken'; readonly hosts: readonly string[] }
  | { readonly code: 'identifier_taken'; readonly fields: readonly Identifier[] }
  | { readonly code: 'identifier_suppressed'; readonly fields: readonly Identifier[] }
  | { readonly code: 'profile_list_not_found' }
  | { readonly code: 'profile_list_name_taken' }
  | { readonly code: 'profile_property_label_taken' }
  | { readonly code: 'revision_stale'; readonly revision: number }
  | { readonly code: 'idempotency_key_in_flight' }
  | { readonly code: 'idempotency_key_reused' }
  | { readonly code: 'input_invalid'; readonly issues: readonly Issue[] }
  | { readonly code: 'credentials_missing' }
  | { readonly code: 'credentials_invalid' }
  | { readonly code: 'login_failed'; readonly attemptsLeft: number }
  | { readonly code: 'login_locked'; readonly retryAfterMs: number }
  | { readonly code: 'token_invalid' }
  | { readonly code: 'token_expired' }
  | { readonly code: 'password_wrong'; readonly attemptsLeft: number }
  | { readonly code: 'password_locked'; readonly retryAfterMs: number }
  | { readonly code: 'scope_missing'; readonly scope: string }
  | { readonly code: 'app_mode_forbidden' }
  | { readonly code: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly code: 'own_changes_exhausted'; readonly retryAfterMs: number }
  | { readonly code: 'parallel_limit_reached'; readonly limit: number }
  | { readonly code: 'outbox_not_found' }
  | { readonly code: 'outbox_mail_not_found' }
  | { readonly code: 'mail_unavailable' }
  | { readonly code: 'email_proof_invalid' }
  | { readonly code: 'email_code_invalid' }
  | { readonly code: 'session_not_found' }
  | { readonly code: 'app_header_missing' }
  | { readonly code: 'operator_session_invalid' }
  | { readonly code: 'operator_session_stale' }
  | { readonly code: 'operator_required' }
  | { readonly code: 'operator_not_found' }
  | { readonly code: 'operator_is_member' }
  | { readonly code: 'origin_foreign' }
  | { readonly code: 'role_forbidden' }
  | { readonly code: 'last_owner' }
  | { readonly code: 'invitation_not_found' }
  | { readonly code: 'invitations_exhausted'; readonly limit: number }
  | { readonly code: 'link_invalid' }
  | { readonly code: 'sign_in_failed' }
  | { readonly code: 'operator_password_wrong' }
  | { readonly code: 'second_factor_invalid' }
  | { readonly code: 'two_factor_refused' }
  | { readonly code: 'guesses_exhausted'; readonly retryAfterMs: number }
  | { readonly code: 'passkey_invalid' }
  | { readonly code: 'passkey_not_found' }
  | { readonly code: 'hashing_exhausted'; readonly retryAfterMs: number }
  | { readonly code: 'pictures_exhausted'; readonly retryAfterMs: number }
  | { readonly code: 'files_unavailable' }
  | { readonly code: 'database_unavailable' }
  | { readonly code: 'query_too_slow' }
  | { readonly code: 'change_blocked'; readonly retryAfterMs: number }
  | { readonly code: 'internal' }

export type FaultCode = FaultData['code']

const kinds = {
  profile_not_found: 'not_found',
  api_key_not_found: 'not_found',
  api_key_ended: 'conflict',
  secret_not_shown: 'forbidden',
  app_not_found: 'not_found',
  organization_not_found: 'not_found',
  event_not_found: 'not_found',
  events_pruned: 'not_found',
  event_streams_exhausted: 'limited',
  webhook_endpoint_not_found: 'not_found',
  webhook_delivery_not_found: 'not_found',
  webhook_endpoints_exhausted: 'conflict',
  seed_not_found: 'not_found',
  wallet_not_found: 'not_found',
  workflow_not_found: 'not_found',
  wallet_pending: 'unavailable',
  host_taken: 'conflict',
  identifier_taken: 'conflict',
  identifier_suppressed: 'conflict',
  profile_list_not_found: 'not_found',
  profile_list_name_taken: 'conflict',
  profile_property_label_taken: 'conflict',
  revision_stale: 'conflict',
  idempotency_key_in_flight: 'conflict',
  idempotency_key_reused: 'invalid',
  input_invalid: 'invalid',
  credentials_missing: 'unauthenticated',
  credentials_invalid: 'unauthenticated',
  login_failed: 'unauthenticated',
  login_locked: 'unauthenticated',
  token_invalid: 'unauthenticated',
  token_expired: 'unauthenticated',
  password_wrong: 'invalid',
  password_locked: 'limited',
  scope_missing: 'forbidden',
  app_mode_forbidden: 'forbidden',
  rate_limited: 'limited',
  own_changes_exhausted: 'limited',
  parallel_limit_reached: 'limited',
  outbox_not_found: 'not_found',
  outbox_mail_not_found: 'not_found',
  mail_unavailable: 'unavailable',
  email_proof_invalid: 'invalid',
  email_code_invalid: 'invalid',
  session_not_found: 'not_found',
  app_header_missing: 'invalid',
  operator_session_invalid: 'unauthenticated',
  operator_session_stale: 'forbidden',
  operator_required: 'forbidden',
  operator_not_found: 'not_found',
  operator_is_member: 'conflict',
  origin_foreign: 'forbidden',
  role_forbidden: 'forbidden',
  last_owner: 'conflict',
  invitation_not_found: 'not_found',
  invitations_exhausted: 'conflict',
  link_invalid: 'not_found',
  sign_in_failed: 'unauthenticated',
  operator_password_wrong: 'invalid',
  second_factor_invalid: 'unauthenticated',
  two_factor_refused: 'conflict',
  guesses_exhausted: 'limited',
  passkey_invalid: 'unauthenticated',
  passkey_not_found: 'not_found',
  hashing_exhausted: 'unavailable',
  pictures_exhausted: 'unavailable',
  files_unavailable: 'unavailable',
  database_unavailable: 'unavailable',
  query_too_slow: 'unavailable',
  change_blocked: 'unavailable',
  internal: 'internal',
} as const satisfies Record<FaultCode, Kind>

/** The kind of a code: the safe fallback for a dialect that has no words of its own for the code. */
export function kindOf(code: FaultCode): Kind {
  return kinds[code]
}

/** The one error that the core throws on purpose. */
export class DomainFault extends Error {
  readonly fault: FaultData

  constructor(fault: FaultData, cause?: unknown) {
    super(fault.code, cause === undefined ? undefined : { cause })
    this.name = 'DomainFault'
    this.fault = fault
  }
}

/** A DomainFault of code `input_invalid` for the given broken rules. */
export function invalid(...issues: readonly Issue[]): DomainFault {
  return new DomainFault({ code: 'input_invalid', issues })
}
