import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { ocamba } from '../../../src/dialects/ocamba/plugin.ts'
import type { Services } from '../../../src/http/dialect.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, clientOf, errors, expectError, type Method, newClient, newTenant } from './client.ts'
import { exampleCountry, exampleProfile } from './fixtures/seed-001.ts'

// docs/dialects/ocamba.md against what is really there: the table of endpoints, the errors, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

interface Row {
  readonly endpoint: string
  readonly method: Method
  readonly path: string
  readonly state: string
}

const page = await readFile(new URL('../../../../docs/dialects/ocamba.md', import.meta.url), 'utf8')
const section = /^## Coverage\n(.*?)^## /ms.exec(page)?.[1] ?? ''
const rows: Row[] = [...section.matchAll(/^\| `(([A-Z]+) (\S+))` \| (.+) \|$/gm)].map(
  ([, endpoint = '', method = '', path = '', state = '']) => ({ endpoint, method: method as Method, path, state }),
)
const served = rows.filter(({ state }) => state === 'served')
const unserved = rows.filter(({ state }) => state !== 'served')

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant(api, database)
})

interface Operation {
  readonly responses: Readonly<Record<string, object>>
}

/** The operations of the dialect's own OpenAPI document, by endpoint. */
async function published(): Promise<Map<string, Operation>> {
  const document = (await api.server.inject('/ocamba/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  return new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  )
}

interface Registered {
  readonly method: string
  readonly path: string
  readonly hidden: boolean
}

/** Every route that the dialect's plugin registers, whatever it publishes. */
async function registered(): Promise<Registered[]> {
  const app = Fastify()
  const routes: Registered[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    const hidden = (schema as { hide?: boolean } | undefined)?.hide === true
    for (const one of [method].flat()) routes.push({ method: one, path: url, hidden })
  })
  await app.register(ocamba.plugin, { prefix: ocamba.prefix, services: {} as Services })
  await app.ready()
  await app.close()
  return routes
}

const concrete = (path: string) => path.replaceAll(/\{\w+\}|:\w+/g, 'x')

describe('the coverage table', () => {
  it('has a row for every endpoint once, and says of each whether it is served', () => {
    const lines = section.split('\n').filter((line) => line.startsWith('|'))
    expect(lines.length).toBe(rows.length + 2)
    expect(new Set(rows.map(({ endpoint }) => endpoint)).size).toBe(rows.length)
    expect(rows.map(({ method }) => method).filter((method) => !methods.includes(method))).toEqual([])
    expect(unserved.map(({ state }) => state).filter((state) => !/^not (yet|served): /.test(state))).toEqual([])
    expect(served.length).toBeGreaterThan(0)
  })

  it('calls served what the dialect’s OpenAPI document holds, and nothing else', async () => {
    expect([...(await published()).keys()].sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('calls served what the dialect registers, and nothing else', async () => {
    const open = (await registered()).filter(({ hidden, method }) => !hidden && method !== 'HEAD')
    const endpoints = open.map(
      ({ method, path }) => `${method} ${path.slice(ocamba.prefix.length).replaceAll(/:(\w+)/g, '{$1}')}`,
    )
    expect(endpoints.sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('misses no hidden route: each of them is the OpenAPI document or refuses the method', async () => {
    const hidden = (await registered()).filter((route) => route.hidden)
    expect(hidden.length).toBeGreaterThan(0)
    for (const { method, path } of hidden) {
      const isDocument = path === '/ocamba/openapi.json' && ['GET', 'HEAD'].includes(method)
      const answer = await api.server.inject({ method: method as Method, url: concrete(path) })
      expect([method, path, answer.statusCode]).toEqual([method, path, isDocument ? 200 : 405])
    }
  })

  it.each(served)('$endpoint is there at both mounts, and wants a key', async ({ method, path }) => {
    for (const mount of ['', ocamba.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path) }), errors.unauthorized)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount', async ({ method, path }) => {
    const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
    for (const mount of ['', ocamba.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path), headers }), errors.notFound)
    }
  })

  it('is published with the statuses of success that the page names', async () => {
    const success = new Map(
      [...(await published())].map(([endpoint, { responses }]) => [
        endpoint,
        Object.keys(responses).filter((status) => status.startsWith('2')),
      ]),
    )
    const expected = (endpoint: string) => {
      if (endpoint.startsWith('GET')) return '200'
      if (endpoint.endsWith('/import')) return '202'
      return /^POST .*(profiles|profile-lists|profile-properties)$/.test(endpoint) ? '201' : '204'
    }
    for (const [endpoint, statuses] of success) expect([endpoint, statuses]).toEqual([endpoint, [expected(endpoint)]])
  })
})

/** The JSON blocks of the page by the name behind `json`, without their spaces. */
const printed = new Map(
  [...page.matchAll(/^```json (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [
    name,
    JSON.stringify(JSON.parse(text)),
  ]),
)

/** Ids, traces and times differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"(id|company_id)":"\d+"/g, '"$1":"…"')
    .replaceAll(/"trace_id":"[0-9a-f-]{36}"/g, '"trace_id":"…"')
    .replaceAll(/"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/g, '"…"')
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const client = await newClient(api, database)
    const limited = clientOf(api, (await newTenant(api, database, { perMinute: 1 })).apiKey)
    await limited.get('/profiles')
    const created = await client.post('/profiles', exampleProfile)
    const { id } = created.json()
    const answers: Record<string, Answer> = {
      limited: await limited.get('/profiles'),
      created,
      list: await client.get('/profiles?fields=id,email,create_time'),
      'unknown-id': await client.post(`/profiles/${id}/merge/17430755068336100383`),
      queued: await client.post('/profiles/import', importOf(id)),
      'list-created': await client.post('/profile-lists', bodyOf('list-created')),
      'property-created': await client.post('/profile-properties', bodyOf('property-created')),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(answers[name]?.body ?? 'nothing')]).toEqual([name, settled(body)])
    }
  })

  it('say what the example call answers', async () => {
    const client = await newClient(api, database)
    const call = /-d '(.+)'/.exec(page)?.[1] ?? ''
    expect(JSON.parse(call)).toEqual(exampleProfile)
    expect(settled((await client.post('/profiles', call)).body)).toBe(settled(printed.get('created') ?? ''))
    expect(JSON.parse(printed.get('created') ?? '{}')).toMatchObject({
      ...exampleProfile,
      country_code: exampleCountry,
    })
  })

  it('hold in the table of errors: each row is one that the tests expect', () => {
    const table = /^## Errors\n(.*?)^## /ms.exec(page)?.[1] ?? ''
    const stated = [...table.matchAll(/^\| .+ \| (\d{3}) \| (.+?) \|(?: (.+?))? \|$/gm)]
    const lines = stated.map(([, status, title, message = '']) => [status, title, message].join(' | '))
    const expected = Object.values(errors).map((error) =>
      [error.status, error.title, 'message' in error ? error.message : ''].join(' | '),
    )
    expect(lines.length).toBe(table.split('\n').filter((line) => /^\| .*\d{3}/.test(line)).length)
    expect(lines.sort()).toEqual(expected.sort())
  })
})

/** The body of the page's import, with an id that there is. */
function importOf(id: string): object {
  const text = /^```json\n(\{ "profiles".*?)^```$/ms.exec(page)?.[1] ?? ''
  const body = JSON.parse(text)
  return { profiles: [{ ...body.profiles[0], id }] }
}

/** What a client sends to get the body of that name. */
function bodyOf(name: string): object {
  const { id: _, company_id: __, create_time: ___, update_time: ____, ...body } = JSON.parse(printed.get(name) ?? '{}')
  return body
}
