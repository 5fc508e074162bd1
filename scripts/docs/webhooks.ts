import { actorKinds } from '../../server/src/core/context.ts'
import { type EventKind, type EventType, eventKinds } from '../../server/src/core/event-types.ts'
import { toEventJson } from '../../server/src/core/feed/event-json.ts'
import { deliverySection } from './webhook-delivery.ts'

const catalogue = Object.entries(eventKinds) as [EventType, EventKind][]
const actorKindList = new Intl.ListFormat('en', { type: 'disjunction' }).format(actorKinds.map((kind) => `\`${kind}\``))

const sample = toEventJson({
  id: '019ab0c9-1a80-7c11-a2b3-4c5d6e7f8091',
  type: 'profile.updated',
  sequence: 4711,
  appId: '019ab0c0-0000-7d22-b3c4-5d6e7f809102',
  time: new Date('2026-11-22T10:05:00Z'),
  actor: { kind: 'api_key', id: '019ab0c1-2345-7e33-84d5-6e7f80910213' },
  requestId: '0b7c9a52-3c5f-4f0e-9d0a-5f2f6f0f3a11',
  subjectId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
  data: JSON.stringify(eventKinds['profile.updated'].example),
})

/** docs/webhooks.md, made from the catalogue of events; the prose stands here. */
export function renderWebhooks(): string {
  const parts = [head, eventsSection(), feedSection, deliverySection(), catalogueSection()]
  return `${parts
    .filter((part) => part !== '')
    .map((part) => part.trim())
    .join('\n\n')}\n`
}

const head = `<!-- Made by \`npm run docs\` from scripts/docs/webhooks.ts and server/src/core/event-types.ts. -->
# Events and webhooks

Every change of a profile, of what belongs to it, of an API key, an app and a webhook endpoint writes one event. Read
them as a feed, follow them as a stream, or have them sent.`

function eventsSection(): string {
  return `
## Events

${json(JSON.parse(sample))}

| member | what it is |
| --- | --- |
| \`id\` | a UUID: the same wherever and however often the event is told |
| \`type\` | one of the [catalogue](#catalogue) |
| \`sequence\` | the event's place in the feed of its app, from 1; null for the moments until it has one |
| \`appId\` | the app whose feed it is in |
| \`time\` | when the change was made; RFC 3339, UTC, milliseconds |
| \`actor\` | who made it: \`kind\` is ${actorKindList} |
| \`requestId\` | \`X-Request-Id\` of the request that made it; null when no request did |
| \`profileId\` | the profile that it is about, or null |
| \`subjectId\` | what it is about, whatever that is; the catalogue says for each type |
| \`data\` | \`before\` and \`after\`: the fields that differ; null on the side where the thing was not there. Never a secret |

What you may rely on:

- **No change without its event, no event without its change.** Both are one transaction.
- **No gaps.** The numbers of an app's feed are 1, 2, 3 and so on. Once a number can be read, all lower ones can, and
  stay what they are: a reader that goes on from the last number it saw misses nothing.
- **Order.** If change A was acknowledged before change B began, A has the lower number. The events of one profile stand
  in the order of its changes. Changes made at the same time by different requests stand in some order, which is the
  same for every reader.
- **Numbers come after the commit,** a moment later; for events of the command line (\`facet apps create\`, \`facet keys …\`) up
  to 5 seconds later. \`time\` may therefore go back a little from one number to the next;
  decide by \`sequence\`.
- **A type means what it means.** New types and new fields may come; yours must pass over what it does not know.

Events are kept for 90 days; the setting \`FACET_EVENT_RETENTION_DAYS\` says otherwise. Older ones are removed, the oldest
first.
`
}

const feedSection = `
## The feed

All of this needs an API key with the scope \`events:read\`. It shows the key's own app and no other.

\`\`\`sh
curl -H "Authorization: Bearer $SECRET" "$BASE_URL/facet/v1/events?after=0&limit=100"
\`\`\`

The answer is \`{"data": […], "nextAfter": 100, "more": true}\`. Keep \`nextAfter\` together with what you made of the events,
and ask for \`after=<nextAfter>\` next: at once when \`more\` is true, else whenever you like. \`nextAfter\` also moves on when a
filter let nothing through.

| query | what it does |
| --- | --- |
| \`after\` | begins behind this sequence; \`latest\`: behind the last event; without it: with the oldest that is kept |
| \`type\` | only these types: \`profile.created,profile.deleted\`, or repeated; \`profile.*\` for all that begin so, \`*\` for all |
| \`profile\` | only events of this profile, by its id |
| \`limit\` | 1 to 200, 50 without it |

\`GET /facet/v1/events/{id}\` gives one event, \`GET /facet/v1/event-types\` the catalogue.

### The stream

The same path answers Server-Sent Events when asked for \`text/event-stream\`. It takes the same query; \`limit\` says nothing
there.

\`\`\`sh
curl -N -H "Accept: text/event-stream" -H "Authorization: Bearer $SECRET" "$BASE_URL/facet/v1/events?after=latest"
\`\`\`

\`\`\`text
retry: 2000

id: 4711
data: {"id":"019ab0c9-…","type":"profile.updated","sequence":4711,…}

: heartbeat
\`\`\`

\`id\` is the event's sequence. Come back with the last one in the header \`Last-Event-ID\` and the stream goes on exactly
there; it wins over \`after\`. Clients of Server-Sent Events do that by themselves. An \`id\` without \`data\` is no event: it
moves the place to come back to over events that your filter left out. Lines that begin with a colon come at least every
15 seconds while nothing else does.

The stream ends when the key is revoked or expires, when the server stops, and when its reader has not taken what was
sent for a minute; the server keeps at most one part of about 64 KiB for a slow reader. Come back as after any other end. An
app may have 50 streams open on one node, and all apps 1000, of which each process has its share; more are answered with 429 \`event_streams_exhausted\`.

### When you were away for too long

When events behind \`after\` or \`Last-Event-ID\` are no longer kept, the answer is 410:

\`\`\`json
{ "status": 410, "code": "events_pruned", "oldestSequence": 1201 }
\`\`\`

What was removed cannot be read any more. Note \`nextAfter\` of \`GET /facet/v1/events?after=latest\`, list what you keep a
copy of (\`GET /facet/v1/profiles\`), then go on from the number that you noted. To read the events that are left, ask for
\`after\` one below \`oldestSequence\`.

A number beyond the feed's end is answered with 400: such a reader looks at a database that was set back, and would
otherwise pass over what comes.
`

function catalogueSection(): string {
  const rows = catalogue.map(([type, { about }]) => `| [\`${type}\`](#${anchorOf(type)}) | ${about} |`)
  return `
## Catalogue

The schemas are those of \`data\` in this version, in JSON Schema 2020-12, and the examples are instances of them. Fields
that a change does not touch are absent. The same is at \`GET /facet/v1/event-types\`.

| type | tells |
| --- | --- |
${rows.join('\n')}

${catalogue.map(([type, kind]) => kindSection(type, kind)).join('\n\n')}
`
}

const subjects: Readonly<Record<EventKind['subject'], string>> = {
  profile: 'the profile',
  profile_list: 'the list',
  profile_property: 'the property',
  api_key: 'the API key',
  app: 'the app',
  webhook_endpoint: 'the webhook endpoint',
}

function kindSection(type: EventType, { about, subject, data, example }: EventKind): string {
  return `### \`${type}\`

${about} \`subjectId\` is ${subjects[subject]}.

${json(example)}

<details>
<summary>JSON Schema</summary>

${json(data)}

</details>`
}

function json(value: unknown): string {
  return `\`\`\`json\n${printed(value)}\n\`\`\``
}

const width = 120

/** JSON with as much on a line as fits. */
function printed(value: unknown, indent = '', room = width): string {
  const flat = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ')
  if (flat.length <= room - indent.length || typeof value !== 'object' || value === null) return flat
  const inner = `${indent}  `
  const lines = Array.isArray(value)
    ? value.map((item) => inner + printed(item, inner))
    : Object.entries(value).map(([key, item]) => {
        const name = `${inner}${JSON.stringify(key)}: `
        return name + printed(item, inner, width - name.length + inner.length)
      })
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`
}

/** The anchor that a heading gets where Markdown is shown. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w -]/g, '')
}
