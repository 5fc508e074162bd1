/** The part of docs/webhooks.md on having events sent. */
export function deliverySection(): string {
  return [endpoints, signatures, attempts, afterFailures, addresses].map((part) => part.trim()).join('\n\n')
}

const endpoints = `
## Webhooks

An endpoint is a URL that events of the app are posted to. All of this needs an API key with the scope
\`webhooks:manage\`; an app may have 500 endpoints.

\`\`\`sh
curl -X POST -H "Authorization: Bearer $FACET_SECRET" -H "Content-Type: application/json" \\
  -d '{"url": "https://hooks.example.com/facet", "types": ["profile.*"]}' "$FACET_URL/facet/v1/webhook-endpoints"
\`\`\`

The answer has a \`secret\`, \`whsec_…\`, and its \`keyId\`. The secret is shown now and never again. The endpoint is told of
what happens from then on.

| setting | what it does |
| --- | --- |
| \`url\` | where events are posted to; see [which addresses are refused](#which-addresses-are-refused) |
| \`types\` | 1 to 100 of the [catalogue](#catalogue); \`profile.*\` for all that begin so, \`*\` for all |
| \`excludeActor\` | the id of an actor whose own changes are not told: name your own API key and you hear no echo of yourself |
| \`signature\` | \`standard\` (without it) or \`original\`; see [verifying signatures](#verifying-signatures) |
| \`description\` | for people |
| \`state\` | by \`PATCH\`: \`paused\` lets events wait, \`active\` sends them |

| call | what it does |
| --- | --- |
| \`GET /webhook-endpoints\`, \`GET /webhook-endpoints/{id}\` | shows endpoints, with the \`keyId\` of each secret that signs |
| \`PATCH /webhook-endpoints/{id}\` | changes settings; what is absent is left alone |
| \`DELETE /webhook-endpoints/{id}\` | ends it, with its secrets and its log |
| \`POST /webhook-endpoints/{id}/rotate-secret\` | gives a new secret; \`overlapHours\` (0 to 168, 24 without it) says how long the old one signs too |
| \`POST /webhook-endpoints/{id}/test\` | sends a \`webhook_endpoint.tested\` event to this endpoint, whatever types it takes |

A paused endpoint loses nothing: what happens meanwhile is sent when it is active again, as far as events are still kept.

### What is posted

The body is one event as JSON, the same as in the feed; its \`id\` is in the header \`webhook-id\` (\`standard\`) or
\`x-webhook-correlation-id\` (\`original\`). Answer with any 2xx within 15 seconds: that counts as delivered. Any other
answer, a redirect among them, is a failure. Keep the event first and work on it after your answer.

- **At least once.** An event may come again, for instance when your answer was lost. Remember the ids that you have
  worked on, and pass over those that come again.
- **In order for each profile and endpoint.** The next event of the same \`subjectId\` is sent when the one before was
  delivered or given up. Events of different profiles do not wait for each other. A resend comes out of this order:
  compare \`sequence\` when it matters.
`

const signatures = `
### Verifying signatures

Verify the body byte for byte as it came, before it is parsed. Without that, anybody may post to your URL.

\`standard\` is [Standard Webhooks 1.0](https://www.standardwebhooks.com): HMAC-SHA256 with the bytes that the secret
encodes, over \`webhook-id\`, \`webhook-timestamp\` and the body. There are libraries for many languages.

\`\`\`js
import { Webhook } from 'standardwebhooks'

/** The event. Throws when no signature is good, or when it was made more than five minutes ago. */
export function readEvent(headers, body, secret) {
  return new Webhook(secret).verify(body, headers)
}
\`\`\`

\`original\` has four headers, and the ids again in the body, as \`app_uid\` and \`webhook_correlation_id\`:

| header | what it is |
| --- | --- |
| \`x-app-uid\` | the id of the app |
| \`x-webhook-correlation-id\` | the id of the event, the same in every attempt |
| \`x-webhook-attempt\` | which attempt this is, from 1 |
| \`x-webhook-signature\` | the \`keyId\` of the secret, a comma, and HMAC-SHA256 with the secret's text over the body, in hexadecimal |

\`\`\`js
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The event. Throws when the signature is not good. \`secrets\` is a Map from each keyId to its secret, \`whsec_…\`. */
export function readEvent(headers, body, secrets) {
  const [keyId, signature] = headers['x-webhook-signature'].split(',')
  const expected = createHmac('sha256', secrets.get(keyId)).update(body).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Error('The signature is not good')
  return JSON.parse(body)
}
\`\`\`

It carries no time, so an old request can be sent to you again by whoever has seen it: pass over ids that you know.

While a rotation overlaps there are two secrets, never more; one more rotation ends the oldest at once. \`standard\` sends a
signature of each, separated by a space, and is verified with either. \`original\` has room for one: it is the old
secret's until that ends, then the new one's, so hold both under their \`keyId\`. With \`overlapHours: 0\`, as after a leak,
the old one ends at once.
`

const attempts = `
### Attempts

A failed attempt is repeated after 5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours and
24 hours, each 10 % longer or shorter at random. After ten attempts, some three days, the delivery is given up. A
\`Retry-After\` in the answer makes a wait longer, up to 24 hours, and never shorter.

An endpoint is disabled, with a \`webhook_endpoint.disabled\` event, when it

- answers 410: at once, \`disabledReason\` is \`gone\`;
- has failed for 5 days and not succeeded once in between: \`failing\`.

Nothing is sent to it until somebody sets its \`state\` to \`active\`; events wait as for a paused one.

Each attempt is logged: status, headers, the first 4 KiB of the answer, how long it took, or why no answer came. The
log of a delivery is kept for 30 days after it ended.

| call | what it shows |
| --- | --- |
| \`GET /webhook-endpoints/{id}/deliveries\` | deliveries, the newest first; \`state\` narrows to \`due\`, \`held\`, \`delivered\` or \`failed\` |
| \`GET /webhook-endpoints/{id}/deliveries/{sequence}\` | one, with every attempt; \`sequence\` is the event's |
`

const afterFailures = `
### After failures

\`POST /webhook-endpoints/{id}/deliveries/{sequence}/resend\` makes one more attempt, whatever became of the delivery. If it
fails, a delivery that had ended stays as it was.

\`POST /webhook-endpoints/{id}/recover\` with \`{"since": "2026-11-22T10:00:00Z"}\` begins every delivery anew that was begun
since then and given up. Both answer 202 at once, and are done while the endpoint is active.
`

const addresses = `
### Which addresses are refused

Facet posts to public addresses only. A live app needs \`https\`; a sandbox app may use \`http\`. User names and passwords in
a URL are refused. So are loopback, private, link-local, documentation, multicast and the other special blocks of IPv4 and
IPv6, however they are written. What stands in the URL is looked at when it is set; the addresses of a name are looked at
again with every attempt, and a redirect is never followed. In an answer 400, \`/url\` breaks the rule \`format\` when it
is no URL that can be posted to, \`choice\` when it must be \`https\`, and \`range\` when its address is not public.

To receive webhooks on your own machine, start the server with
\`FACET_WEBHOOK_ALLOW=localhost:3000,127.0.0.1:8080\`. Sandbox apps may then post to these targets, also plainly. Live apps
never may.
`
