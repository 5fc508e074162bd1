import { STATUS_CODES } from 'node:http'
import type { LightMyRequestResponse } from 'fastify'
import pg from 'pg'
import { expect } from 'vitest'
import type { TestApi } from '../../helpers/api.ts'
import type { TestDatabase } from '../../helpers/database.ts'

export type Answer = LightMyRequestResponse
type Headers = Readonly<Record<string, string>>
type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE'

/** The calls of one API key. Paths are relative to `/facet/v1`. */
export interface Client {
  call(method: Method, path: string, body?: unknown, headers?: Headers): Promise<Answer>
  get(path: string, headers?: Headers): Promise<Answer>
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  delete(path: string, headers?: Headers): Promise<Answer>
  /** Creates a profile that must succeed, and gives it. */
  make(body?: object): Promise<ProfileBody>
}

/** A profile as the native dialect answers it. */
export interface ProfileBody {
  readonly id: string
  readonly uid: string
  readonly longId: string
  readonly number: number
  readonly [field: string]: unknown
}

export interface Page {
  readonly data: readonly ProfileBody[]
  readonly nextCursor: string | null
  readonly total: number | null
}

/** A client that presents the secret of an API key. */
export function clientOf(api: TestApi, { secret }: { readonly secret: string }): Client {
  const call: Client['call'] = (method, path, body, headers = {}) =>
    api.server.inject({
      method,
      url: `/facet/v1${path}`,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return {
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
    async make(body = {}) {
      const answer = await call('POST', '/profiles', body)
      expect(answer.statusCode, answer.body).toBe(201)
      return answer.json()
    },
  }
}

/** The path of a profile under one of its keys. */
export function pathBy(kind: 'uid' | 'reference' | 'username' | 'email' | 'phone', value: string): string {
  return `/profiles/${kind}:${encodeURIComponent(value)}`
}

/** The path of a list with its query. */
export function listPath(query: Readonly<Record<string, string | number>>): string {
  const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return `/profiles?${new URLSearchParams(texts)}`
}

/** Every page of a list, in order, from the first to the one without a next. */
export async function walk(
  client: Client,
  query: Readonly<Record<string, string | number>>,
  between: () => Promise<unknown> = async () => {},
): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await client.get(listPath(cursor === '' ? query : { ...query, cursor }))
    expect(answer.statusCode, answer.body).toBe(200)
    const page: Page = answer.json()
    pages.push(page)
    cursor = page.nextCursor
    if (pages.length > 1_000) throw new Error('The walk does not end')
    await between()
  }
  return pages
}

export const idsOf = (pages: readonly Page[]): string[] => pages.flatMap((page) => page.data.map(({ id }) => id))

/**
 * Holds a profile's row until `sessions` sessions wait for a lock, so that what `work` starts is certainly under way at
 * the same time; then lets go. `work` must not await what it starts.
 */
export async function whileLocked<T>(
  database: TestDatabase,
  id: string,
  sessions: number,
  work: () => T,
  whenAllWait: () => Promise<unknown> = async () => {},
): Promise<T> {
  const blocker = new pg.Client(database.address)
  await blocker.connect()
  try {
    await blocker.query('begin')
    await blocker.query('select from profiles where id = $1 for update', [id])
    const started = work()
    const count = async () => {
      // Within a transaction the view stays as it was first read.
      await blocker.query('select pg_stat_clear_snapshot()')
      const { rowCount } = await blocker.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rowCount
    }
    await expect.poll(count, { timeout: 10_000, interval: 10 }).toBe(sessions)
    await whenAllWait()
    return started
  } finally {
    await blocker.end()
  }
}

/** Asserts a whole problem (RFC 9457): status, type, every member, and that no other is there. */
export function expectProblem(
  answer: Answer,
  status: number,
  code: string,
  errors?: readonly { readonly path: string; readonly rule: string }[],
): void {
  const problem = answer.json()
  expect(problem, answer.body).toEqual({
    type: `urn:facet:error:${code}`,
    title: STATUS_CODES[status],
    status,
    detail: expect.stringMatching(/^\S.*\.$/s),
    code,
    requestId: answer.headers['x-request-id'],
    ...(errors === undefined ? {} : { errors: expect.arrayContaining([]) }),
  })
  if (errors !== undefined) {
    const told = problem.errors.map(({ path, rule, detail, ...rest }: Record<string, unknown>) => {
      expect(detail).toMatch(/\S/)
      expect(rest).toEqual({})
      return { path, rule }
    })
    expect(sorted(told)).toEqual(sorted(errors))
  }
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
}

function sorted(errors: readonly { readonly path: string; readonly rule: string }[]): unknown[] {
  return errors.toSorted((a, b) => `${a.path} ${a.rule}`.localeCompare(`${b.path} ${b.rule}`, 'en'))
}
