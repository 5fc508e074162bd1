import type { Rule } from '../../server/src/core/errors.ts'
import { details, statusOf } from '../../server/src/dialects/native/errors.ts'
import type { Fault } from '../../server/src/http/faults.ts'

type Code = Fault['code']

/** What a client does about each code. A new code does not compile until it has a line here. */
const remedies: Readonly<Record<Code, string>> = {
  profile_not_found: 'Look the profile up under another key. A deleted one never comes back.',
  api_key_not_found: 'List the keys of the app; a key sees those of its own app only.',
  api_key_ended: 'Make a new key.',
  secret_not_shown: 'Rotate the key: the secret of the new one is shown with it.',
  app_not_found: 'List the apps that the key may see.',
  organization_not_found: 'Check the id.',
  event_not_found: 'Check the id; events are kept as long as `FACET_EVENT_RETENTION_DAYS` says.',
  events_pruned: 'Bring your copy up to date by listing, then go on with `after` one below `oldestSequence`.',
  event_streams_exhausted:
    'Close streams that are no longer read, then come back after as long as `Retry-After` says; or ask for the list.',
  webhook_endpoint_not_found: 'List the endpoints of the app.',
  webhook_delivery_not_found: 'List the deliveries of the endpoint.',
  seed_not_found: 'Ask for a wallet first: the seed is made with the first one.',
  wallet_not_found: 'Make a wallet for the profile on that network first, or check the id.',
  workflow_not_found: 'Check the id: it is that of `x-workflow-id`. Workflows are forgotten 30 days after their end.',
  wallet_pending:
    'Repeat the request after `Retry-After` seconds: the work goes on meanwhile, and `x-workflow-id` names it.',
  webhook_endpoints_exhausted: 'Delete an endpoint that is no longer used, or let one take more types.',
  host_taken: 'Choose another host, or have the other app let it go.',
  identifier_taken: 'Find the profile that has the identifier, or choose another one.',
  identifier_suppressed: 'Leave the person alone; use another e-mail or phone if it is another person.',
  profile_list_not_found: 'List the lists of the app.',
  profile_list_name_taken: 'Find the list that has the name, or choose another one.',
  profile_property_label_taken: 'Find the property that has the label, or choose another one.',
  revision_stale: 'Get the profile, apply the change to what it is now, send the new `ETag` in `If-Match`.',
  idempotency_key_in_flight: 'Wait a moment, then repeat the request as it was, under the same key.',
  idempotency_key_reused: 'Use a new key for every new request; repeat only what is the same byte for byte.',
  input_invalid: 'Mend each field that `errors` names.',
  credentials_missing: 'Send the `Authorization` header.',
  credentials_invalid: 'Check the secret for a typing mistake; otherwise have a new key made.',
  login_failed: 'Check both; nothing tells which one is wrong, or whether there is such a person.',
  login_locked: 'Wait as long as `Retry-After` says. From other addresses the right password still works.',
  token_invalid: 'Log in again; a change of password replaces the tokens.',
  token_expired: 'Get a new one with the permanent token or the password.',
  password_wrong: 'Try again; ten wrong ones in a row lock the account for the address.',
  password_locked: 'Wait as long as `Retry-After` says.',
  scope_missing: 'Use a key that has the scope, or do without the scope when creating a key; an admin changes roles.',
  app_mode_forbidden: 'Use a key of a live app.',
  outbox_not_found: 'Use a key of a sandbox app.',
  outbox_mail_not_found: 'List the outbox; mails are kept in it for 7 days.',
  email_proof_invalid: 'Have a new key mailed.',
  email_code_invalid: 'Have a new code mailed.',
  session_not_found: 'List the sessions of the profile; one that has ended is gone.',
  app_header_missing: 'Send `Facet-App` with the id of an app of `GET /facet/v1/operator`.',
  operator_session_invalid: 'Sign in at `/console`.',
  operator_session_stale: 'Sign out and in again; this needs a session of the last day.',
  operator_required: 'Sign in at `/console`, and send no `Authorization`.',
  operator_not_found: 'List the operators of the organization.',
  operator_is_member: 'Change their role instead.',
  origin_foreign:
    'Open the console at the address in `FACET_PUBLIC_URL`; a proxy must pass `Host` on, and be named in `FACET_TRUSTED_PROXIES`.',
  role_forbidden: 'Ask an owner.',
  last_owner: 'Make somebody else an owner first.',
  invitation_not_found: 'List the open invitations of the organization.',
  invitations_exhausted: 'Withdraw one that nobody will accept.',
  link_invalid:
    'Ask for a new one: an admin invites again, `facet operators reset` makes one that sets a new password.',
  sign_in_failed: 'Check both; nothing tells which one is wrong, or whether there is such an operator.',
  operator_password_wrong: 'Try again; guesses are slowed.',
  second_factor_invalid: 'Try the next code, or a backup code; after some time sign in anew.',
  two_factor_refused: 'Look at `twoFactorEnabled` of `GET /facet/v1/operator`.',
  guesses_exhausted: 'Wait as long as `Retry-After` says.',
  passkey_invalid: 'Ask for new options and try again, or sign in with the password.',
  passkey_not_found: 'List the passkeys.',
  mail_unavailable: 'Have `SMTP_URL` and `FACET_MAIL_FROM` set; see configuration.md.',
  rate_limited: 'Wait as long as `Retry-After` says; `RateLimit` tells beforehand how many requests are left.',
  own_changes_exhausted:
    'Wait as long as `Retry-After` says; or have `settings.selfService.changesPerDay` of the app raised.',
  parallel_limit_reached: 'Send fewer requests at once; or have `settings.limits.parallel` of the app raised.',
  hashing_exhausted: 'Wait as long as `Retry-After` says, then repeat. Nothing was changed.',
  pictures_exhausted: 'Wait as long as `Retry-After` says, then repeat. Nothing was changed.',
  files_unavailable: 'Wait as long as `Retry-After` says, then repeat.',
  database_unavailable: 'Wait as long as `Retry-After` says, then repeat.',
  query_too_slow: 'Ask for less: filters other than identifiers read the list that they narrow.',
  change_blocked: 'Wait as long as `Retry-After` says, then repeat.',
  server_stopping: 'Repeat at once, on a new connection: another process answers, or the next one.',
  overloaded: 'Wait as long as `Retry-After` says, then repeat, more slowly.',
  internal: 'Give the request id to whoever runs the server.',
  route_not_found: 'Check the path against `/facet/v1/openapi.json`.',
  method_not_allowed: 'Use one of the methods in `Allow`.',
  request_malformed: 'Percent-encode the URL as UTF-8; quote the tags of `If-Match` as `ETag` has them.',
  body_malformed: 'Send one JSON text in UTF-8, without a key named `__proto__`.',
  body_too_large: 'Send less, or raise `FACET_BODY_LIMIT`.',
  media_type_unsupported: 'Send `Content-Type: application/json`.',
  idempotency_key_malformed: 'Use a UUID.',
}

/** What the `rule` of a field error says. */
const rules: Readonly<Record<Rule, string>> = {
  required: 'The field must be there.',
  type: 'The value has another JSON type than the field takes.',
  blank: 'There must be something but white space.',
  too_short: 'There are too few characters, or entries of a list.',
  too_long: 'There are too many characters, or entries of a list; for `attributes`: too many bytes as JSON.',
  too_deep: 'Objects and arrays are nested too deeply.',
  format: 'The text has not the form that the field takes.',
  https: 'A live app takes URLs that begin with `https://` only.',
  text: 'The text holds NUL or half a surrogate pair.',
  choice: 'The value is none of the known ones.',
  range: 'The number, the time or the address is out of range.',
  reserved: 'It is kept for the installation itself.',
  unknown: 'There is no such field here.',
  taken: 'Another profile has it; of a host: another app.',
  suppressed: 'The person behind it was unsubscribed.',
  too_similar: 'The password is too much like another field of its own profile, or a word of one.',
  common: 'The password is one of those that people choose most.',
  numeric: 'The password has digits alone.',
  reused: 'The password is the present one, or one of the five before it.',
  picture: 'The file is no picture of an accepted format, is broken, or is larger than pictures may be.',
}

/** docs/errors.md, made from the codes that the native dialect answers. */
export function renderErrors(): string {
  const codes = (Object.keys(details) as Code[]).map((code) => ({ code, status: statusOf({ code } as Fault) }))
  codes.sort((a, b) => a.status - b.status || a.code.localeCompare(b.code, 'en'))
  const rows = codes.map(({ code, status }) => `| \`${code}\` | ${status} | ${details[code]} | ${remedies[code]} |`)
  const ruleRows = Object.entries(rules).map(([rule, meaning]) => `| \`${rule}\` | ${meaning} |`)
  return `<!-- Made by \`npm run docs\` from server/src/dialects/native/errors.ts. -->
# Errors

Facet's own API answers every error as problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), with
\`Content-Type: application/problem+json\`. The other dialects answer the same faults in the shapes that their own
documents print.

\`\`\`json
{
  "type": "urn:facet:error:input_invalid",
  "title": "Bad Request",
  "status": 400,
  "detail": "${details.input_invalid}",
  "code": "input_invalid",
  "errors": [{ "path": "/email", "rule": "format", "detail": "is not in the right form" }],
  "requestId": "0b7c9a52-3c5f-4f0e-9d0a-5f2f6f0f3a11"
}
\`\`\`

Decide by \`code\`: it never changes its meaning. \`title\` and \`detail\` are for people and may be reworded. \`errors\` is
there when fields are to blame; \`path\` is a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into the
body, or names a query parameter. \`requestId\` is also in the header \`X-Request-Id\` and in the server's log.

| code | status | meaning | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}

## The rules of fields

| rule | meaning |
| --- | --- |
${ruleRows.join('\n')}
`
}
