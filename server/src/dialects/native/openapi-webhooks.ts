import { type TSchema, Type } from 'typebox'
import { type EventKind, eventKinds } from '../../core/event-types.ts'
import { EventAnswer } from './event-schemas.ts'

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

/** Those of both signature styles: an endpoint gets the ones of its own. */
const headers = [
  header('webhook-id', '`standard`: the id of the event, the same in every attempt'),
  header('webhook-timestamp', '`standard`: when this attempt was made, in seconds since 1970'),
  header('webhook-signature', '`standard`: `v1,` and HMAC-SHA256 in base64, of each secret, separated by a space'),
  header('x-app-uid', '`original`: the id of the app'),
  header('x-webhook-correlation-id', '`original`: the id of the event, the same in every attempt'),
  header('x-webhook-attempt', '`original`: which attempt this is, from 1'),
  header('x-webhook-signature', '`original`: the `keyId` of the secret, a comma, and HMAC-SHA256 in hexadecimal'),
]

const responses = {
  '2XX': { description: 'Delivered, if it comes within 15 seconds' },
  '410': { description: 'Failed, and the endpoint is disabled' },
  default: { description: 'Failed, a redirect too: it is tried again' },
}

/** What endpoints are posted, by the type of the event, as OpenAPI 3.1 has it under `webhooks`. */
export function describeWebhooks(): Record<string, { readonly post: object }> {
  const kinds = Object.entries<EventKind>(eventKinds)
  return Object.fromEntries(kinds.map(([type, kind]) => [type, { post: describe(type, kind) }]))
}

function describe(type: string, { about, data }: EventKind): object {
  return {
    summary: type,
    description: about,
    // Whoever posts is known by the signature.
    security: [],
    parameters: headers,
    requestBody: { required: true, content: { 'application/json': { schema: bodyOf(type, data) } } },
    responses,
  }
}

function bodyOf(type: string, data: TSchema): object {
  return Type.Object({
    ...EventAnswer.properties,
    type: Type.Literal(type),
    sequence: Type.Integer({ description: 'Its place in the feed, from 1, without gaps' }),
    data,
    app_uid: Type.Optional(Type.String({ description: '`original` only: `appId` again' })),
    webhook_correlation_id: Type.Optional(Type.String({ description: '`original` only: `id` again' })),
  })
}
