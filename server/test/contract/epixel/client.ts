import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { listOutbox } from '../../../src/core/mail/mail.service.ts'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import type { AppSettingsPatch } from '../../../src/core/organizations/organizations.types.ts'
import type { TestApi, TestTenant } from '../../helpers/api.ts'
import type { TestDatabase } from '../../helpers/database.ts'

/** The paths of the dialect: as printed with the default prefix and version, and under its own prefix. */
export const mounts = ['/api/v1', '/epixel/api/v1'] as const

export type Answer = LightMyRequestResponse
type Method = 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE'

/** A file of a form. */
export interface SentFile {
  readonly bytes: Buffer
  readonly filename?: string
  readonly type?: string
}

export type Fields = Readonly<Record<string, unknown>>

/** The ways in which a body can be sent, each alike. */
export const encodings = ['multipart', 'urlencoded', 'json'] as const
export type Encoding = (typeof encodings)[number]

/** How a request is made; without `access` it is a visitor's, who has the app's key alone. */
export interface Sent {
  readonly access?: string | undefined
  readonly fields?: Fields
  readonly encoding?: Encoding
  /** A body as it is, with its type. */
  readonly raw?: { readonly type: string; readonly body: string | Buffer }
  readonly headers?: Record<string, string>
  readonly mount?: string
  readonly address?: string
}

export interface Tokens {
  readonly refresh: string
  readonly access: string
}

/** Somebody who has registered and signed in. */
export interface Person extends Tokens {
  readonly username: string
  readonly email: string
  readonly password: string
}

/** An app as its people's devices reach it. */
export interface Client extends TestTenant {
  call(method: Method, path: string, sent?: Sent): Promise<Answer>
  get(path: string, access?: string, sent?: Sent): Promise<Answer>
  post(path: string, fields: Fields, access?: string, sent?: Sent): Promise<Answer>
  login(username: string, password?: string): Promise<Tokens>
  /** Registers somebody and signs them in. */
  person(username: string, more?: Record<string, string>): Promise<Person>
  profile(person: Pick<Person, 'access'>): Promise<Profile>
  /** The newest mail to an address, and the code in it. */
  mailTo(address: string): Promise<{ subject: string; text: string; code: string } | undefined>
}

export interface Profile {
  readonly UserProfile: readonly [Record<string, string>]
  readonly ProfileImage: string
  readonly UserLocInfo: Record<string, string>
}

export const password = 'plum-Orchard-77'

/** What a registration must hold, but for the names. */
export const signUpFields = {
  country_code: 'FR',
  first_name: 'Ada',
  last_name: 'Lovelace',
  password,
  agree_terms: '1',
  user_type: 'customer',
} as const

let numbers = 0
/** A phone number that nobody has. */
export const newNumber = () => `6582${String(++numbers).padStart(5, '0')}`

/** A new app. */
export async function newClient(
  api: TestApi,
  database: TestDatabase,
  options: { mode?: 'sandbox' | 'live'; settings?: AppSettingsPatch } = {},
): Promise<Client> {
  const tenant = await api.newTenant({ mode: options.mode ?? 'sandbox' })
  if (options.settings !== undefined) {
    await updateApp(database.system(), tenant.ctx.appId, { settings: options.settings })
  }
  return clientOf(api, tenant)
}

export function clientOf(api: Pick<TestApi, 'server'>, tenant: TestTenant): Client {
  const call: Client['call'] = (method, path, sent = {}) => {
    const payload = payloadOf(sent)
    return api.server.inject({
      method,
      url: `${sent.mount ?? mounts[0]}${path}`,
      headers: {
        apikey: tenant.apiKey.key,
        ...(sent.access !== undefined && { authorization: `Bearer ${sent.access}` }),
        ...(payload && { 'content-type': payload.type }),
        ...sent.headers,
      },
      ...(payload && { payload: payload.body }),
      ...(sent.address !== undefined && { remoteAddress: sent.address }),
    })
  }
  const post: Client['post'] = (path, fields, access, sent) => call('POST', path, { ...sent, fields, access })
  const login: Client['login'] = async (username, secret = password) => {
    const answer = await post('/user/login/', { username, password: secret })
    expect(answer.statusCode, answer.body).toBe(200)
    return answer.json()
  }
  return {
    ...tenant,
    call,
    get: (path, access, sent) => call('GET', path, { ...sent, access }),
    post,
    login,
    async person(username, more = {}) {
      const email = `${username}@example.com`
      const fields = { ...signUpFields, username, email, phone_number: newNumber(), ...more }
      const answer = await post('/user/signup/', fields)
      expect(answer.statusCode, answer.body).toBe(200)
      return { username, email: fields.email, password: fields.password, ...(await login(username, fields.password)) }
    },
    async profile({ access }) {
      return (await call('GET', '/user/get/profile/', { access })).json().data
    },
    async mailTo(address) {
      const { items } = await listOutbox(tenant.ctx, { limit: 50 })
      const mail = items.find(({ to }) => to === address)
      return mail && { ...mail, code: /\b\d{6}\b/.exec(mail.text)?.[0] ?? '' }
    },
  }
}

function payloadOf({ fields, encoding, raw }: Sent): { type: string; body: string | Buffer } | undefined {
  if (raw !== undefined || fields === undefined) return raw
  const hasFiles = Object.values(fields).some(isFile)
  switch (encoding ?? (hasFiles ? 'multipart' : 'json')) {
    case 'json':
      return { type: 'application/json', body: JSON.stringify(fields) }
    case 'urlencoded':
      return {
        type: 'application/x-www-form-urlencoded',
        body: new URLSearchParams(fields as Record<string, string>).toString(),
      }
    case 'multipart':
      return multipartOf(fields)
  }
}

const isFile = (value: unknown): value is SentFile =>
  typeof value === 'object' && value !== null && Buffer.isBuffer((value as Partial<SentFile>).bytes)

/** A form in the bytes that clients write (RFC 7578). */
export function multipartOf(fields: Fields): { type: string; body: Buffer } {
  const boundary = `--------------------------${Math.random().toString().slice(2)}`
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const filename = isFile(value) ? `; filename="${value.filename ?? 'file'}"` : ''
    const type = isFile(value) ? `\r\nContent-Type: ${value.type ?? 'application/octet-stream'}` : ''
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}${type}\r\n\r\n`
    return [Buffer.from(head), isFile(value) ? value.bytes : Buffer.from(String(value)), Buffer.from('\r\n')]
  })
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

/** The table of docs/dialects/epixel.md, "Errors": answers with a sentence and no field. */
export const details = {
  credentialsMissing: [401, 'Authentication credentials were not provided.'],
  keyWrong: [401, 'The supplied authentication credentials are invalid.'],
  loginWrong: [401, 'No active account found with the given credentials'],
  tooManyAttempts: [429, 'Too many failed attempts. Try again later.'],
  throttled: [429, 'Request was throttled.'],
  selfServiceOff: [403, 'People may not sign in to this app by themselves.'],
  forbidden: [403, 'You do not have permission to perform this action.'],
  notFound: [404, 'Not found.'],
  malformed: [400, 'Malformed request.'],
  inFlight: [409, 'Conflict.'],
  keyReused: [422, 'This Idempotency-Key came before with another body.'],
  invalidInput: [400, 'Invalid input.'],
  tooLarge: [413, 'Request body is too large.'],
  failed: [500, 'A server error occurred.'],
  unavailable: [503, 'Service temporarily unavailable, try again later.'],
} as const

/** The bodies of tokens that do not hold. */
export const tokenNotValid = {
  detail: 'Given token not valid for any token type',
  code: 'token_not_valid',
  messages: [{ token_class: 'AccessToken', token_type: 'access', message: 'Token is invalid or expired' }],
}
export const refreshNotValid = { detail: 'Token is invalid or expired', code: 'token_not_valid' }

/** An answer to the byte: the keys in this order. */
export function expectBody(answer: Answer, status: number, body: unknown): void {
  expect(answer.body).toBe(JSON.stringify(body))
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
}

/** The answer of an error in one sentence: bare where nobody could be identified, else in the envelope. */
export function expectDetail(answer: Answer, [status, detail]: readonly [status: number, detail: string]): void {
  if (status === 401) expectBody(answer, status, { detail })
  else expectBody(answer, status, { status_code: status, errors: { detail: [detail] }, data: {} })
}

/** A refusal of fields, all at once and in this order. */
export function expectErrors(answer: Answer, errors: Record<string, readonly string[]>): void {
  expectBody(answer, 400, { status_code: 400, errors, data: {} })
}

export function expectSuccess(answer: Answer, data: unknown = {}): void {
  expectBody(answer, 200, { status_code: 200, errors: {}, data })
}

/** What is said of several fields alike. */
export const said = {
  required: ['This field is required.'],
  blank: ['This field may not be blank.'],
  null: ['This field may not be null.'],
  notText: ['Not a valid string.'],
  noFile: ['No file was submitted.'],
  emptyFile: ['The submitted file is empty.'],
  notAFile: ['The submitted data was not a file. Check the encoding type on the form.'],
  notAChoice: (word: string) => [`"${word}" is not a valid choice.`],
} as const
