import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { TestApi, TestTenant } from '../../helpers/api.ts'

/** One generation of the contract at one mount. */
export interface Face {
  readonly name: string
  readonly path: string
  /** Whether the path is this dialect's alone: a request to the printed one is another's when it carries no `x-api-key`. */
  readonly own: boolean
  /** Whether the client sends `x-sdk-version`. */
  readonly present: boolean
  /** What the client sends besides its key. */
  readonly headers: Readonly<Record<string, string>>
}

const mounts = [
  { path: '/api/v1/profiles', own: false },
  { path: '/oumla/api/v1/profiles', own: true },
]
const generations = [
  { name: 'the seed', present: false, headers: {} },
  { name: 'x-sdk-version', present: true, headers: { 'x-sdk-version': '1.0.0' } },
]

/** Every generation at every mount. */
export const faces: readonly Face[] = mounts.flatMap((mount) =>
  generations.map(({ name, ...generation }) => ({ name: `${name} at ${mount.path}`, ...mount, ...generation })),
)

/** Both generations at the printed path, for what does not depend on the mount. */
export const printedFaces = faces.slice(0, 2)

/** The same generation at the same mount, at another path than that of profiles. */
export function at(face: Face, path: string): Face {
  return { ...face, path: face.path.replace('/api/v1/profiles', path) }
}

/** Posts text, bytes or nothing as they are; `headers` go over those of a JSON client. */
export function post(
  api: TestApi,
  face: Face,
  secret: string,
  payload: string | Buffer,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const json = { 'content-type': 'application/json', 'x-api-key': secret }
  return api.server.inject({
    method: 'POST',
    url: face.path,
    headers: { ...json, ...face.headers, ...headers },
    payload,
  })
}

/** Creates a profile; the caller looks at the answer. */
export function create(
  api: TestApi,
  face: Face,
  tenant: TestTenant,
  reference: string,
  type = 'User',
): Promise<LightMyRequestResponse> {
  return post(api, face, tenant.apiKey.secret, JSON.stringify({ reference, type }))
}

/** Gets the list; `query` begins with `?` or is empty. */
export function list(api: TestApi, face: Face, secret: string, query = ''): Promise<LightMyRequestResponse> {
  const headers = { 'x-api-key': secret, ...face.headers }
  return api.server.inject({ method: 'GET', url: face.path + query, headers })
}

/** Makes profiles `p1` to `p<count>`, in this order. */
export async function fill(api: TestApi, face: Face, tenant: TestTenant, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    const response = await create(api, face, tenant, `p${i}`)
    expect(response.statusCode).toBe(201)
  }
}

/** The answer to a create, in the face's generation. */
export function createdBody({ present }: Face, reference: string, type = 'User'): string {
  const profile = { reference, type }
  return JSON.stringify(present ? { data: profile } : { message: 'Profile created', profile })
}

/** One error in both generations. */
export interface ExpectedError {
  readonly status: number
  readonly message: string
  readonly code: string
  readonly category: string
  readonly presentMessage: string
  /** The status of the present generation, where it is another. */
  readonly presentStatus?: number
}

const notProcessed = {
  code: 'ERR_010',
  category: 'VALIDATION',
  presentMessage: 'The request could not be processed.',
}
const system = { code: 'ERR_019', category: 'SYSTEM', presentMessage: 'Something went wrong on our side.' }

/** The table of docs/dialects/oumla.md, "Errors". */
export const errors = {
  badRequest: { status: 400, message: 'Bad Request', ...notProcessed },
  invalidInput: {
    status: 400,
    message: 'Bad Request',
    code: 'ERR_300',
    category: 'VALIDATION',
    presentMessage: 'Invalid input provided.',
  },
  invalidPage: {
    status: 400,
    message: 'Bad Request',
    code: 'ERR_022',
    category: 'VALIDATION',
    presentMessage: 'Invalid pagination parameters.',
  },
  unauthorized: {
    status: 401,
    message: 'Unauthorized',
    code: 'ERR_008',
    category: 'AUTHORIZATION',
    presentMessage: 'You need to sign in to continue.',
  },
  forbidden: {
    status: 403,
    message: 'Forbidden',
    code: 'ERR_009',
    category: 'AUTHORIZATION',
    presentMessage: "You don't have permission to do that.",
  },
  notFound: {
    status: 404,
    message: 'Not Found',
    code: 'ERR_006',
    category: 'RESOURCE',
    presentMessage: 'The requested resource was not found.',
  },
  duplicate: {
    status: 404,
    message: 'The profile with this reference is already exists.',
    presentStatus: 409,
    code: 'ERR_001',
    category: 'CONFLICT',
    presentMessage: 'An account with these details already exists.',
  },
  methodNotAllowed: { status: 405, message: 'Method Not Allowed', ...notProcessed },
  inFlight: { status: 409, message: 'Conflict', ...notProcessed, category: 'CONFLICT' },
  tooLarge: { status: 413, message: 'Payload Too Large', ...notProcessed },
  mediaType: { status: 415, message: 'Unsupported Media Type', ...notProcessed },
  keyReused: { status: 422, message: 'Unprocessable Entity', ...notProcessed },
  internal: { status: 500, message: 'Internal Server Error', ...system },
  walletPending: { status: 503, message: 'Service Unavailable', ...system },
  unavailable: { status: 503, message: 'Service Unavailable', ...system },
} as const satisfies Record<string, ExpectedError>

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** The error to the byte, in the face's generation. `fields` are those that the older body blames, with sentences. */
export function expectError(
  response: LightMyRequestResponse,
  face: Pick<Face, 'path' | 'present'>,
  error: ExpectedError,
  fields: readonly (readonly [field: string, message: string])[] = [],
): void {
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
  const requestId = response.headers['x-request-id']
  expect(requestId).toMatch(uuid)
  if (!face.present) {
    const blamed = fields.map(([field, message]) => ({ field, message }))
    expect(response.body).toBe(JSON.stringify({ message: error.message, errors: blamed }))
    expect(response.statusCode).toBe(error.status)
    return
  }
  const { timestamp } = response.json<{ timestamp: string }>()
  expect(timestamp).toMatch(isoMs)
  expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(60_000)
  const statusCode = error.presentStatus ?? error.status
  const { presentMessage: message, code, category } = error
  const body = { message, code, category, statusCode, path: face.path, timestamp, requestId, success: false }
  expect(response.body).toBe(JSON.stringify(body))
  expect(response.statusCode).toBe(statusCode)
}
