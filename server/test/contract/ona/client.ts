import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { Ctx } from '../../../src/core/context.ts'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import type { AppSettingsPatch } from '../../../src/core/organizations/organizations.types.ts'
import type { TestApi } from '../../helpers/api.ts'
import type { TestDatabase } from '../../helpers/database.ts'

/** The paths of the dialect: as printed, and under its own prefix. */
export const mounts = ['/api/v1', '/ona/api/v1'] as const

export type Answer = LightMyRequestResponse

/** One app of the server under test, as its visitors reach it. */
export interface Site {
  readonly ctx: Ctx
  readonly host: string
  /** What links in its answers begin with. */
  readonly origin: string
}

/** Somebody who has registered. */
export interface Person {
  readonly username: string
  readonly email: string
  readonly password: string
  readonly token: string
  readonly id: number
}

/** How a request is made; without `as` it is a visitor's. */
export interface Sent {
  /** A person, who shows their token, or the whole header. */
  readonly as?: Person | string
  /** A JSON body. */
  readonly body?: unknown
  /** A form. */
  readonly form?: string | Record<string, string>
  readonly headers?: Record<string, string>
  /** The path begins with this instead of the printed `/api/v1`. */
  readonly mount?: string
  readonly address?: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

export interface Client extends Site {
  call(method: Method, path: string, sent?: Sent): Promise<Answer>
  get(path: string, as?: Person | string, sent?: Sent): Promise<Answer>
  patch(path: string, body: unknown, as?: Person | string, sent?: Sent): Promise<Answer>
  register(body: unknown, sent?: Sent): Promise<Answer>
  /** Registers somebody with a password and gives them with their token. */
  person(username: string, more?: Record<string, unknown>, as?: Person): Promise<Person>
}

let sites = 0

/** A new app with a host of its own. */
export async function newSite(
  api: TestApi,
  database: TestDatabase,
  options: { mode?: 'sandbox' | 'live'; settings?: AppSettingsPatch } = {},
): Promise<Client> {
  const { ctx } = await api.newTenant({ mode: options.mode ?? 'sandbox' })
  const host = `site${++sites}.people.example.com`
  await updateApp(database.system(), ctx.appId, { hosts: [host], settings: options.settings })
  return clientOf(api, { ctx, host, origin: `http://${host}` })
}

export const password = 'plum-Orchard-77'

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`
}

export function clientOf(api: TestApi, site: Site): Client {
  const call: Client['call'] = (method, path, sent = {}) => {
    const payload = payloadOf(sent)
    return api.server.inject({
      method,
      url: `${sent.mount ?? mounts[0]}${path}`,
      headers: { host: site.host, ...authorizationOf(sent.as), ...payload.headers, ...sent.headers },
      ...(payload.payload !== undefined && { payload: payload.payload }),
      ...(sent.address !== undefined && { remoteAddress: sent.address }),
    })
  }
  return {
    ...site,
    call,
    get: (path, as, sent) => call('GET', path, { ...sent, ...(as !== undefined && { as }) }),
    patch: (path, body, as, sent) => call('PATCH', path, { ...sent, body, ...(as !== undefined && { as }) }),
    register: (body, sent) => call('POST', '/profiles', { ...sent, body }),
    async person(username, more = {}, as) {
      const all = { username, email: `${username}@example.com`, first_name: 'Pat', password, ...more }
      const answer = await call('POST', '/profiles', { body: all, ...(as && { as }) })
      expect(answer.statusCode, answer.body).toBe(201)
      const user = await call('GET', '/user', { as: basic(username, all.password) })
      const { id } = answer.json<{ id: number }>()
      return { ...all, token: user.json<{ api_token: string }>().api_token, id }
    },
  }
}

function authorizationOf(as: Person | string | undefined): Record<string, string> {
  if (as === undefined) return {}
  return { authorization: typeof as === 'string' ? as : `Token ${as.token}` }
}

function payloadOf({ body, form }: Sent): { headers?: Record<string, string>; payload?: string | Buffer } {
  if (form !== undefined) {
    const payload = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload }
  }
  if (body === undefined) return {}
  // Text and bytes go as they are, so that a test may send what is no JSON.
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return { headers: { 'content-type': 'application/json' }, payload }
}

/** The table of docs/dialects/ona.md, "Errors", and that of "Authentication". */
export const details = {
  credentialsMissing: [401, 'Authentication credentials were not provided.'],
  loginWrong: [401, 'Invalid username/password.'],
  lockedOut: [401, 'Locked out. Too many wrong username/password attempts. Try again in 30 minutes.'],
  tokenWrong: [401, 'Invalid token.'],
  temporaryTokenWrong: [401, 'Invalid token'],
  tokenExpired: [401, 'Token expired'],
  forbidden: [403, 'You do not have permission to perform this action.'],
  noRegistration: [403, 'You do not have permission to create user.'],
  personNotFound: [404, 'No UserProfile matches the given query.'],
  notFound: [404, 'Not found.'],
  notJson: [400, 'JSON parse error'],
  notDecodable: [400, 'Invalid input.'],
  inFlight: [409, 'Conflict.'],
  keyReused: [422, 'This Idempotency-Key came before with another body.'],
  tooLarge: [413, 'Request body is too large.'],
  failed: [500, 'A server error occurred.'],
  unavailable: [503, 'Service temporarily unavailable, try again later.'],
} as const

type Detail = (typeof details)[keyof typeof details] | readonly [status: number, detail: string]

/** The answer of an error in one sentence, to the byte. */
export function expectDetail(answer: Answer, [status, detail]: Detail): void {
  expectBody(answer, status, { detail })
}

/** An answer to the byte: the keys in this order. */
export function expectBody(answer: Answer, status: number, body: unknown): void {
  expect(answer.body).toBe(JSON.stringify(body))
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
}

export const required = ['This field is required.']
export const tooMany = (count: number) => `Ensure this field has no more than ${count} characters.`
export const usernameForm =
  'username may only contain alphanumeric characters, dots, hyphens, underscores, emails, or phone numbers, and cannot end with .json, .csv, .xls, .xlsx, or .kml'
