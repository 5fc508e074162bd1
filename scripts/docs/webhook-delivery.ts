/** The part of docs/webhooks.md on having events sent. */
export function deliverySection(): string {
  return [endpoints, signatures, attempts, afterFailures, addresses, development]
    .map((part) => part.trim())
    .join('\n\n')
}

const endpoints = `
## Webhooks

An endpoint is a URL that events of the app are posted to. All of this needs an API key with the scope
\`webhooks:manage\`; an app may have 500 endpoints.

\`\`\`sh
curl -X POST -H "Authorization: Bearer $SECRET" -H "Content-Type: application/json" \\
  -d '{"url": "https://hooks.example.com/facet", "types": ["profile.*"]}' "$BASE_URL/facet/v1/webhook-endpoints"
\`\`\`

The answer has a \`secret\`, \`whsec_…\`, and its \`keyId\`. The secret is shown now and never again. The endpoint is told of
what happens from then on.

| setting | what it does |
| --- | --- |
| \`url\` | where events are posted to, kept as the URL standard writes it; see [which addresses are refused](#which-addresses-are-refused) |
| \`types\` | 1 to 100 of the [catalogue](#catalogue); \`profile.*\` for all that begin so, \`*\` for all |
| \`excludeActor\` | the id of an actor whose own changes are not told: name your own API key and you hear no echo of yourself |
| \`signature\` | \`standard\` (without it) or \`original\`; see [verifying signatures](#verifying-signatures) |
| \`description\` | for people |
| \`state\` | by \`PATCH\`: \`paused\` lets events wait, \`active\` sends them |

| call | what it does |
| --- | --- |
| \`GET /facet/v1/webhook-endpoints\`, \`GET /facet/v1/webhook-endpoints/{id}\` | shows endpoints, with the \`keyId\` of each secret that signs |
| \`PATCH /facet/v1/webhook-endpoints/{id}\` | changes settings; what is absent is left alone |
| \`DELETE /facet/v1/webhook-endpoints/{id}\` | ends it, with its secrets and its log |
| \`POST /facet/v1/webhook-endpoints/{id}/rotate-secret\` | gives a new secret; \`overlapHours\` (0 to 168, 24 without it) says how long the old one signs too |
| \`POST /facet/v1/webhook-endpoints/{id}/test\` | sends a \`webhook_endpoint.tested\` event to this endpoint, whatever types it takes |

A paused endpoint loses nothing: what happens meanwhile is sent when it is active again, as far as events are still kept.

### What is posted

The body is one event as JSON, the same as in the feed; its \`id\` is in the header \`webhook-id\` (\`standard\`) or
\`x-webhook-correlation-id\` (\`original\`). Answer with any 2xx within 15 seconds: that counts as delivered. Any other
answer, a redirect among them, is a failure. Keep the event first and work on it after your answer.

- **At least once.** An event may come again, for instance when your answer was lost. Remember the ids that you have
  worked on, and pass over those that come again.
- **In order for each profile and endpoint.** The next event of the same \`subjectId\` is sent when the one before was
  delivered or given up. A resend comes out of this order: compare \`sequence\` when it matters.
- **Each endpoint by itself.** One slow endpoint delays no other. Each has up to 32 deliveries under way at a time, fewer in
  an app with more than 32 endpoints; events of different profiles wait for each other only when all of these places are
  taken.
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
  const [keyId, signature = ''] = (headers['x-webhook-signature'] ?? '').split(',')
  const secret = secrets.get(keyId)
  if (secret === undefined) throw new Error('There is no signature of a known key')
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(expected, given)) throw new Error('The signature is not good')
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
| \`GET /facet/v1/webhook-endpoints/{id}/deliveries\` | deliveries, the newest first; \`state\` narrows to \`due\`, \`held\`, \`delivered\` or \`failed\` |
| \`GET /facet/v1/webhook-endpoints/{id}/deliveries/{sequence}\` | one, with every attempt; \`sequence\` is the event's |
`

const afterFailures = `
### After failures

\`POST /facet/v1/webhook-endpoints/{id}/deliveries/{sequence}/resend\` makes one more attempt at a delivery that has
ended, or that waits for its next attempt. If it fails, a delivery that had ended stays as it was. Asked for while an
attempt is under way, it is that attempt. A delivery that is \`held\` it leaves as it is: that one goes out when the earlier
one has ended.

\`POST /facet/v1/webhook-endpoints/{id}/recover\` with \`{"since": "2026-11-22T10:00:00Z"}\` begins every
delivery anew that was begun since then and given up. Its answer names the instant that it is done from: an earlier one than you
asked for, when such a recovery was asked for before and is not done yet.

Both answer 202 at once, and are done while the endpoint is active.
`

const addresses = `
### Which addresses are refused

Facet posts to public addresses only. A live app needs \`https\`; a sandbox app may use \`http\`. User names and passwords in
a URL are refused, and so are backslashes, white space, empty labels of a host name and port 0. So are loopback, private,
link-local, documentation, multicast and the other special blocks of IPv4 and IPv6, however they are written. What stands in the URL is looked at when it is set; the addresses of a name are looked at
again with every attempt, and a redirect is never followed. In an answer 400, \`/url\` breaks the rule \`format\` when it
is no URL that can be posted to, \`https\` when it must begin so, and \`range\` when its address is not public.
`

const development = `
### Developing on your own machine

\`\`\`sh
npx facet listen --forward-to http://localhost:3000/hook    # in one terminal
npx facet trigger profile.created                           # in another
\`\`\`

\`facet listen\` follows the feed of the sandbox from now on and prints each event. With \`--forward-to\` it posts it as well,
from your machine: no endpoint is made, and any address will do. Posts are signed as \`standard\`, with a secret that is new
in each run and printed first: give your receiver that one. Events come one after the other, in the order of the feed, and
each once: an answer is printed, and a failure is not repeated. \`--types profile.*\` narrows. When the connection is lost
it goes on where it was.

For another server give \`--url\` and \`--secret\`: the secret of \`sandbox.json\` goes to the server of \`sandbox.json\` and to no
other. What stands in a command can be seen in the machine's list of processes, so \`--secret -\` reads the secret from
standard input:

\`\`\`sh
printf '%s' "$SECRET" | npx facet listen --url https://profiles.example.com --secret -
\`\`\`

\`facet trigger\` makes an event in a sandbox app by doing what writes it: \`profile.created\` makes a profile, which stays.
What no command can do there alone is made up after the [catalogue](#catalogue). Without a type it lists all. It is given to
the feed and to the app's endpoints like any other.

To have the server itself post to your machine, start it with \`FACET_WEBHOOK_ALLOW=localhost:3000,127.0.0.1:8080\`. Sandbox
apps may then post to these targets, also plainly. Live apps never may.
`
