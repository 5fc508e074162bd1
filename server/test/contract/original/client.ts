import { createHmac } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { TestApi } from '../../helpers/api.ts'

/** The paths of the dialect: as printed, and under its own prefix. */
export const mounts = ['/v1', '/original/v1'] as const

/** What a client signs and sends of its pair. */
export interface Pair {
  readonly key: string
  readonly secret: string
}

type Claims = Readonly<Record<string, unknown>>

/** The claims that the vendor's documents print. */
export const documentClaims = { user_id: '*', resource: '*', action: '*' }

/** The claims that the vendor's SDKs sign, in their order. */
export function sdkClaims(key: string): Claims {
  return { resource: '*', action: '*', user_id: '*', api_key: key }
}

/** A JWT signed by hand, so that no test asks a library what the library thinks. */
export function tokenOf(secret: string, claims: Claims = documentClaims, header: Claims = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** The headers of a client that holds the pair. */
export function credentials({ key, secret }: Pair, claims?: Claims): Record<string, string> {
  return { 'x-api-key': key, authorization: `Bearer ${tokenOf(secret, claims)}` }
}

/** Posts text, bytes or nothing as they are to `…/user`; `headers` go over those of a JSON client. */
export function post(
  api: TestApi,
  mount: string,
  pair: Pair,
  payload: string | Buffer,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return api.server.inject({
    method: 'POST',
    url: `${mount}/user`,
    headers: { 'content-type': 'application/json', ...credentials(pair), ...headers },
    payload,
  })
}

/** Makes a user; gives its uid. */
export async function make(api: TestApi, pair: Pair, body: object = {}): Promise<string> {
  const response = await post(api, '/v1', pair, JSON.stringify(body))
  expect(response.statusCode).toBe(201)
  return response.json<{ data: { uid: string } }>().data.uid
}

/** Gets what stands under a path, as `/v1/user/1`. */
export function get(api: TestApi, path: string, pair: Pair): Promise<LightMyRequestResponse> {
  return api.server.inject({ method: 'GET', url: path, headers: credentials(pair) })
}

/** The path of a search; the values are percent-encoded. */
export function searchPath(mount: string, query: Readonly<Record<string, string>>): string {
  const terms = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${mount}/user?${terms.join('&')}`
}

/** Asks where a user receives, for any collection. */
export function deposit(api: TestApi, mount: string, pair: Pair, uid: string): Promise<LightMyRequestResponse> {
  return get(api, `${mount}/deposit?user_uid=${encodeURIComponent(uid)}&collection_uid=137499874203`, pair)
}

/** One error; `code` and `message` are those of a detail that blames no field. */
export interface ExpectedError {
  readonly status: number
  readonly type: string
  readonly code: string
  readonly message: string
}

const client = { type: 'client_error' }
const server = { type: 'server_error' }
const validation = { status: 400, type: 'validation_error' }

/** The table of docs/dialects/original.md, "Errors". */
export const errors = {
  email: { ...validation, code: 'invalid', message: 'Enter a valid email address.' },
  blank: { ...validation, code: 'blank', message: 'This field may not be blank.' },
  notString: { ...validation, code: 'invalid', message: 'This field must be a single string.' },
  externalIdTooLong: { ...validation, code: 'max_length', message: 'This field may have no more than 255 characters.' },
  emailTooLong: { ...validation, code: 'max_length', message: 'This field may have no more than 254 characters.' },
  required: { ...validation, code: 'required', message: 'This field is required.' },
  networkOff: { ...validation, code: 'invalid', message: 'This field is not valid.' },
  text: { ...validation, code: 'invalid', message: 'This field may not hold NUL or broken characters.' },
  notObject: { ...validation, code: 'invalid', message: 'The body must be a JSON object.' },
  nothingAsked: { ...validation, code: 'required', message: 'Give user_external_id, client_id or email.' },
  duplicate: { ...client, status: 400, code: 'already_exists', message: 'User already exists.' },
  unsubscribed: { ...client, status: 400, code: 'unsubscribed', message: 'User is unsubscribed.' },
  notJson: { ...client, status: 400, code: 'bad_request', message: 'The body is not valid JSON.' },
  keyMalformed: { ...client, status: 400, code: 'bad_request', message: 'The Idempotency-Key is not valid.' },
  badRequest: { ...client, status: 400, code: 'bad_request', message: 'Bad Request' },
  unauthorized: { ...client, status: 401, code: 'unauthorized', message: 'Unauthorized' },
  forbidden: { ...client, status: 403, code: 'forbidden', message: 'Forbidden' },
  userNotFound: { ...client, status: 404, code: 'not_found', message: 'User not found.' },
  notFound: { ...client, status: 404, code: 'not_found', message: 'Not Found' },
  methodNotAllowed: { ...client, status: 405, code: 'method_not_allowed', message: 'Method Not Allowed' },
  inFlight: {
    ...client,
    status: 409,
    code: 'conflict',
    message: 'The first request under this Idempotency-Key is not done yet.',
  },
  tooLarge: { ...client, status: 413, code: 'payload_too_large', message: 'Payload Too Large' },
  mediaType: { ...client, status: 415, code: 'unsupported_media_type', message: 'Unsupported Media Type' },
  keyReused: {
    ...client,
    status: 422,
    code: 'unprocessable_entity',
    message: 'The Idempotency-Key was used with another body.',
  },
  tooMany: { ...client, status: 429, code: 'too_many_requests', message: 'Too Many Requests' },
  internal: { ...server, status: 500, code: 'internal_server_error', message: 'Internal Server Error' },
  unavailable: { ...server, status: 503, code: 'service_unavailable', message: 'Service Unavailable' },
} as const satisfies Record<string, ExpectedError>

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The answer of an error to the byte; `field` is the one that it blames, if it does. */
export function expectError(response: LightMyRequestResponse, error: ExpectedError, field?: string): void {
  const { code, message } = error
  const detail = JSON.stringify({ code, message, ...(field === undefined ? {} : { field_name: field }) })
  expectErrorBody(response, error, detail)
}

/** The answer of an error that blames several fields, in this order. */
export function expectErrors(
  response: LightMyRequestResponse,
  blamed: readonly (readonly [field: string, error: ExpectedError])[],
): void {
  const details = blamed.map(([field, { code, message }]) => ({ code, message, field_name: field }))
  expectErrorBody(response, (blamed[0] as (typeof blamed)[0])[1], JSON.stringify(details))
}

function expectErrorBody(response: LightMyRequestResponse, { status, type }: ExpectedError, detail: string): void {
  expect(response.body).toBe(`{"success":false,"error":{"type":"${type}","detail":${detail}}}`)
  expect(response.statusCode).toBe(status)
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(response.headers['x-request-id']).toMatch(uuid)
}
