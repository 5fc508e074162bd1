import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSequencer } from '../../server/src/core/feed/feed.service.ts'
import { listenOnLoopback, type TestTenant, useApi } from '../../server/test/helpers/api.ts'
import { useDatabase } from '../../server/test/helpers/database.ts'
import { type Client, createClient } from '../src/client.ts'
import { ProblemError } from '../src/errors.ts'
import { operations } from '../src/operations.generated.ts'
import { entriesOf, pagesOf } from '../src/pages.ts'

const database = useDatabase()
const api = useApi(database)
let baseUrl: string
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  baseUrl = await listenOnLoopback(api.server)
})
beforeEach(async () => {
  tenant = await api.newTenant()
  client = createClient({ baseUrl, secret: tenant.apiKey.secret })
})

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
}

/** What a call throws; fails when it does not. */
async function problemFrom(call: Promise<unknown>): Promise<ProblemError> {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(ProblemError)
  return error
}

describe('a client', () => {
  it('has a function for every operation of the document that the server serves, at its place, and none else', async () => {
    const { paths } = (await (await fetch(`${baseUrl}/facet/v1/openapi.json`)).json()) as Document
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, { method: method.toUpperCase(), path }]),
    )
    expect(operations).toEqual(Object.fromEntries(served))
    expect(Object.keys(client).toSorted()).toEqual([...served.map(([name]) => name), 'events'].toSorted())
  })

  it('gives what is answered, with its status, and the version that a change is made for', async () => {
    const made = await client.createProfile({ body: { firstName: 'Ada', username: undefined, attributes: { n: [1] } } })
    expect(made).toMatchObject({ status: 201, body: { firstName: 'Ada', attributes: { n: [1] } }, replayed: false })
    expect(made.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(made.headers.get('location')).toBe(`/facet/v1/profiles/${made.body.id}`)
    const params = { profile: made.body.id }
    const changed = await client.changeProfile({ params, body: { firstName: 'Ann' }, ifMatch: made.etag })
    expect(changed).toMatchObject({ status: 200, body: { firstName: 'Ann' } })
    const stale = await problemFrom(client.changeProfile({ params, body: { firstName: 'Eve' }, ifMatch: made.etag }))
    expect(stale).toMatchObject({ status: 412, code: 'revision_stale' })
    const got = await client.getProfile({ params })
    expect([got.body, got.etag]).toEqual([changed.body, changed.etag])
    expect(await client.deleteProfile({ params, ifMatch: got.etag })).toMatchObject({ status: 204, body: null })
  })

  it('says what the server says of a failure', async () => {
    const error = await problemFrom(client.createProfile({ body: { email: 'nonsense' } }))
    expect(error).toMatchObject({
      name: 'ProblemError',
      message: error.detail,
      status: 400,
      code: 'input_invalid',
      errors: [{ path: '/email', rule: 'format', detail: expect.stringMatching(/\S/) }],
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      retryAfterMs: undefined,
      problem: { title: 'Bad Request' },
    })
  })

  it('writes once under one key', async () => {
    const input = { body: { firstName: 'Ada' }, idempotencyKey: 'once' }
    const [first, second] = [await client.createProfile(input), await client.createProfile(input)]
    expect([first.replayed, second.replayed]).toEqual([false, true])
    expect(second.body).toEqual(first.body)
    const keyed = createClient({ baseUrl, secret: tenant.apiKey.secret, keyedWrites: true })
    await Promise.all([keyed.createProfile({ body: {} }), keyed.createProfile({ body: {} })])
    expect((await client.listProfiles()).body.total).toBe(3)
  })

  it('sends any text as one segment of a path, and refuses what would lead elsewhere', async () => {
    for (const reference of ['a/b', '../x', '%2e', 'ü ?#&=+', 'a\\b']) {
      const { body } = await client.createProfile({ body: { reference } })
      const got = await client.getProfile({ params: { profile: `reference:${reference}` } })
      expect(got.body).toEqual(body)
    }
    for (const id of ['', '.', '..']) {
      await expect(client.getWallet({ params: { id } })).rejects.toThrow(TypeError)
    }
  })

  it('asks for each of several values, and for nothing where a value is undefined', async () => {
    await client.createProfileList({ body: { name: 'First' } })
    await client.createProfile({ body: {} })
    await createSequencer(tenant.ctx, tenant.ctx.appId).number()
    const type = ['profile.created', 'profile_list.created']
    const { body } = await client.listEvents({ query: { type, after: undefined, limit: 2 } })
    expect(body.data.map((event) => event.type).toSorted()).toEqual(type)
  })
})

describe('the package', () => {
  it('imports its own files only', () => {
    const files = readdirSync('sdk/src')
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const imported = readFileSync(`sdk/src/${file}`, 'utf8').matchAll(/^(?:import|export) .* from '(.*)'$/gm)
      for (const [, path] of imported) expect(path, file).toMatch(/^\.\/[\w.-]+\.ts$/)
    }
    expect(JSON.parse(readFileSync('sdk/package.json', 'utf8'))).not.toHaveProperty('dependencies')
  })
})

describe('the pages of a list', () => {
  it('come one after the other to the last, each with what was asked for', async () => {
    for (const firstName of ['a', 'b', 'c', 'd', 'e']) await client.createProfile({ body: { firstName } })
    const sizes: number[] = []
    for await (const page of pagesOf(client.listProfiles, { query: { limit: 2 } })) sizes.push(page.data.length)
    expect(sizes).toEqual([2, 2, 1])
    const names: (string | null)[] = []
    for await (const { firstName } of entriesOf(client.listProfiles, { query: { limit: 2, sort: 'createdAt' } })) {
      names.push(firstName)
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('are all of the thing that was named, for as long as the signal says', async () => {
    const { signal } = new AbortController()
    const inputs: unknown[] = []
    const list: Client['listWebhookDeliveries'] = async (input) => {
      const answer = await client.listProfiles()
      inputs.push(input)
      return { ...answer, status: 200, body: { data: [], nextCursor: inputs.length === 1 ? 'next' : null } }
    }
    for await (const _ of pagesOf(list, { params: { id: '1' }, query: { state: 'due' }, signal }));
    const first = { params: { id: '1' }, query: { state: 'due' }, signal }
    expect(inputs).toEqual([first, { ...first, query: { state: 'due', cursor: 'next' } }])
  })

  it('are not asked for when nobody wants them', async () => {
    for (const firstName of ['a', 'b', 'c']) await client.createProfile({ body: { firstName } })
    let calls = 0
    const list: Client['listProfiles'] = (input) => {
      calls += 1
      return client.listProfiles(input)
    }
    for await (const _ of entriesOf(list, { query: { limit: 1 } })) break
    expect(calls).toBe(1)
  })
})

describe('sdk/README.md', () => {
  it('has an example that works', async () => {
    const [, code = ''] = /```ts\n(.*?)```/s.exec(readFileSync('sdk/README.md', 'utf8')) ?? []
    const source = code
      .replaceAll(/'@facet\/sdk(?:\/(\w+))?'/g, (_, part = 'client') =>
        JSON.stringify(new URL(`../src/${part}.ts`, import.meta.url).href),
      )
      .replace('https://profiles.example.com', baseUrl)
      .replace('process.env.FACET_SECRET', JSON.stringify(tenant.apiKey.secret))
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)
    expect(log.mock.calls).toEqual([['Ada'], [[expect.objectContaining({ path: '/email', rule: 'taken' })]]])
    log.mockRestore()
    const { body } = await client.listProfiles()
    expect(body.data).toMatchObject([{ email: 'ada@example.com', city: 'London' }])
  })
})
