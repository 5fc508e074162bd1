import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import type { AppLimits } from '../../../src/core/organizations/organizations.types.ts'
import type { TestApi, TestTenant } from '../../helpers/api.ts'
import type { TestDatabase } from '../../helpers/database.ts'

export type Answer = LightMyRequestResponse
type Headers = Readonly<Record<string, string>>
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** Where the dialect is served: as its document prints it, and under the prefix of its own. */
export const mounts = ['/v1/hood', '/ocamba/v1/hood'] as const

/** The calls of one API key. Paths are relative to the mount. */
export interface Client {
  call(method: Method, path: string, body?: unknown, headers?: Headers): Promise<Answer>
  get(path: string, headers?: Headers): Promise<Answer>
  /** Sends texts and bytes as they are, and anything else as JSON. */
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  delete(path: string, headers?: Headers): Promise<Answer>
  /** Creates a profile that must succeed, and gives it. */
  make(body?: object): Promise<ProfileItem>
  /** A profile with all its fields. */
  show(id: string): Promise<FullItem>
}

/** A profile as a create answers it. */
export type ProfileItem = Readonly<Record<string, string>> & { readonly id: string }

/** A profile as `view=full` shows it. */
export interface FullItem {
  readonly id: string
  readonly lists: readonly string[]
  readonly custom_properties: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** A client that presents the secret of an API key. */
export function clientOf(
  api: Pick<TestApi, 'server'>,
  { secret }: { readonly secret: string },
  mount: string = mounts[0],
): Client {
  const call: Client['call'] = (method, path, body, headers = {}) =>
    api.server.inject({
      method,
      url: mount + path,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: payloadOf(body) }),
    })
  return {
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
    async make(body = { email: anEmail() }) {
      const answer = await call('POST', '/profiles', body)
      expect(answer.statusCode, answer.body).toBe(201)
      return answer.json()
    },
    async show(id) {
      const answer = await call('GET', `/profiles/${id}?view=full`)
      expect(answer.statusCode, answer.body).toBe(200)
      return answer.json().items[0]
    },
  }
}

function payloadOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}

let drawn = 0

/** An e-mail that no other test of the file has. */
export function anEmail(): string {
  return `someone-${++drawn}@example.com`
}

/** Limits that no test comes near: an app has 10 requests a second otherwise. */
const wide: AppLimits = { perSecond: 1_000_000, perMinute: 1_000_000, parallel: 1_000_000 }

/** A new app with a key, whose limits are out of the way or those that are named. */
export async function newTenant(
  api: TestApi,
  database: TestDatabase,
  limits: Partial<AppLimits> = {},
): Promise<TestTenant> {
  const tenant = await api.newTenant()
  await updateApp(database.system(), tenant.ctx.appId, { settings: { limits: { ...wide, ...limits } } })
  return tenant
}

/** A client of a new app at the printed path. */
export async function newClient(api: TestApi, database: TestDatabase): Promise<Client> {
  return clientOf(api, (await newTenant(api, database)).apiKey)
}

/** One error of the contract. */
export interface ExpectedError {
  readonly status: number
  readonly title: string
  readonly message?: string
}

const badRequest = { status: 400, title: 'Bad request.' } as const
const unknown = (message: string) => ({ status: 400, title: 'Bad Request.', message }) as const

/** The table of docs/dialects/ocamba.md, "Errors". */
export const errors = {
  badBody: { ...badRequest, message: 'The request body is not valid.' },
  badRequest: { ...badRequest, message: 'The request is not valid.' },
  unknownProfile: unknown('Unknown profile id.'),
  unknownList: unknown('Unknown profile list id.'),
  duplicateEmail: { ...badRequest, message: 'Duplicate entry: email.' },
  unsubscribedEmail: { ...badRequest, message: 'Unsubscribed: email.' },
  duplicateName: { ...badRequest, message: 'Duplicate entry: name.' },
  duplicateLabel: { ...badRequest, message: 'Duplicate entry: label.' },
  unauthorized: { status: 401, title: 'Unauthorized.', message: 'The API token is missing or not valid.' },
  forbidden: { status: 403, title: 'Forbidden.', message: 'The API token may not do this.' },
  notFound: { status: 404, title: 'Not found.', message: 'The requested resource was not found.' },
  methodNotAllowed: { status: 405, title: 'Method not allowed.', message: 'The request is not valid.' },
  inFlight: { status: 409, title: 'Conflict.', message: 'The request is not valid.' },
  tooLarge: { status: 413, title: 'Payload too large.', message: 'The request body is not valid.' },
  mediaType: { status: 415, title: 'Unsupported media type.', message: 'The request body is not valid.' },
  keyReused: { status: 422, title: 'Unprocessable entity.', message: 'The request is not valid.' },
  limited: { status: 429, title: 'Too many requests.', message: 'The rate limit was exceeded.' },
  parallel: { status: 429, title: 'Too many requests.', message: 'The limit of parallel requests was exceeded.' },
  internal: { status: 500, title: 'Internal server error.' },
  unavailable: {
    status: 503,
    title: 'Service unavailable.',
    message: 'The service is not available at the moment.',
  },
} as const satisfies Record<string, ExpectedError>

/** The words for an identifier that is taken, or was unsubscribed. */
export function about(kind: 'Duplicate entry' | 'Unsubscribed', ...fields: readonly string[]): ExpectedError {
  return { ...badRequest, message: `${kind}: ${fields.join(', ')}.` }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The error to the byte: status, content type without a charset, and the four keys, or three without a message. */
export function expectError(answer: Answer, { status, title, message }: ExpectedError): void {
  const traceId = answer.headers['x-request-id']
  const body = { code: status, title, ...(message !== undefined && { message }), trace_id: traceId }
  expect(answer.body).toBe(JSON.stringify(body))
  expect(answer.statusCode).toBe(status)
  expect(traceId).toMatch(uuid)
  expect(answer.headers['content-type']).toBe('application/json')
}

/** An answer that says nothing but that it is done. */
export function expectDone(answer: Answer): void {
  expect([answer.statusCode, answer.body]).toEqual([204, ''])
  expect(answer.headers['content-type']).toBeUndefined()
}

/** The ids of a list's page. */
export function idsIn(answer: Answer): string[] {
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<{ items: { id: string }[] }>().items.map(({ id }) => id)
}

/** A path with a query. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`
}
