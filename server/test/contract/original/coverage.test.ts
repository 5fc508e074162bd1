import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { original } from '../../../src/dialects/original/plugin.ts'
import type { Services } from '../../../src/http/dialect.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { credentials, errors, expectError, get, post, searchPath, tokenOf } from './client.ts'
import { sampleUser } from './fixtures/seed-004.ts'

// docs/dialects/original.md against what is really there: the table of endpoints, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

interface Row {
  readonly endpoint: string
  readonly method: Method
  readonly path: string
  readonly state: string
}

const page = await readFile(new URL('../../../../docs/dialects/original.md', import.meta.url), 'utf8')
const section = /^## Coverage\n(.*?)^## /ms.exec(page)?.[1] ?? ''
const rows: Row[] = [...section.matchAll(/^\| `(([A-Z]+) (\S+))` \| (.+) \|$/gm)].map(
  ([, endpoint = '', method = '', path = '', state = '']) => ({ endpoint, method: method as Method, path, state }),
)
const served = rows.filter(({ state }) => state === 'served')
const unserved = rows.filter(({ state }) => state !== 'served')

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})

/** The operations of the dialect's own OpenAPI document. */
async function published(): Promise<string[]> {
  const { paths } = (await api.server.inject('/original/openapi.json')).json<{ paths: Record<string, object> }>()
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

interface Registered {
  readonly method: string
  readonly path: string
  readonly hidden: boolean
}

/** Every route that the dialect's plugin registers, whatever it publishes; parameters as OpenAPI writes them. */
async function registered(): Promise<Registered[]> {
  const app = Fastify()
  const routes: Registered[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    const hidden = (schema as { hide?: boolean } | undefined)?.hide === true
    const path = url.replace(/:(\w+)(\(.*?\))?/g, '{$1}')
    for (const one of [method].flat()) routes.push({ method: one, path, hidden })
  })
  await app.register(original.plugin, { prefix: original.prefix, services: {} as Services })
  await app.ready()
  await app.close()
  return routes
}

function concrete(path: string): string {
  return path.replaceAll(/\{\w+\}/g, 'x')
}

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
    expect((await published()).sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('calls served what the dialect registers, and nothing else', async () => {
    const open = (await registered()).filter(({ hidden, method }) => !hidden && method !== 'HEAD')
    const endpoints = open.map(({ method, path }) => `${method} ${path.slice(original.prefix.length)}`)
    expect(endpoints.sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('misses no hidden route: each of them is the OpenAPI document or refuses the method', async () => {
    const hidden = (await registered()).filter((route) => route.hidden)
    expect(hidden.length).toBeGreaterThan(0)
    for (const { method, path } of hidden) {
      const isDocument = path === '/original/openapi.json' && ['GET', 'HEAD'].includes(method)
      const response = await api.server.inject({ method: method as Method, url: concrete(path) })
      expect([method, path, response.statusCode]).toEqual([method, path, isDocument ? 200 : 405])
    }
  })

  it.each(served)('$endpoint is there at both mounts, and wants credentials', async ({ method, path }) => {
    for (const mount of ['', original.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path) }), errors.unauthorized)
    }
  })

  it.each(unserved)(
    '$endpoint is not there at either mount, with credentials and without',
    async ({ method, path }) => {
      for (const mount of ['', original.prefix]) {
        for (const headers of [{}, credentials(tenant.apiKey)]) {
          expectError(await api.server.inject({ method, url: mount + concrete(path), headers }), errors.notFound)
        }
      }
    },
  )
})

/** The JSON blocks of the page by the name behind `json`, without their spaces. */
const printed = new Map(
  [...page.matchAll(/^```json (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [
    name,
    JSON.stringify(JSON.parse(text)),
  ]),
)

/** Uids and times differ from run to run. */
function settled(body: string): string {
  return body.replaceAll(/"uid":"\d{12}"/g, '"uid":"…"').replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}000Z"/g, '"…"')
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const { apiKey } = await api.newTenant()
    const create = (body: object) => post(api, '/v1', apiKey, JSON.stringify(body))
    const created = await create(sampleUser)
    const answers: Record<string, { body: string }> = {
      created,
      'invalid-email': await create({ email: 'nobody' }),
      'invalid-fields': await create({ user_external_id: '', email: 5 }),
      duplicate: await create({ user_external_id: sampleUser.user_external_id }),
      user: await get(api, `/v1/user/${created.json().data.uid}`, apiKey),
      'user-not-found': await get(api, '/v1/user/452711987655', apiKey),
      'empty-uid': await get(api, '/v1/user/', apiKey),
      nobody: await get(api, searchPath('/v1', { email: 'nobody@example.com' }), apiKey),
      'nothing-asked': await get(api, '/v1/user', apiKey),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers[name]?.body ?? 'nothing')])
    }
  })

  it('hold in the table of errors: each status, type, code and message is one that the tests expect', () => {
    const table = /^## Errors\n(.*?)^## /ms.exec(page)?.[1] ?? ''
    const stated = [...table.matchAll(/^\| .+ \| (\d{3}) \| (\w+) \| (\w+) \| (.+) \|$/gm)].map((row) => row.slice(1))
    const expected = Object.values(errors).map(({ status, type, code, message }) => [`${status}`, type, code, message])
    const asLines = (all: string[][]) => all.map((row) => row.join(' | ')).sort()
    expect(asLines(stated)).toEqual(asLines(expected))
  })

  it('shows how to sign a token', async () => {
    const { apiKey } = await api.newTenant()
    const script = /^TOKEN=\$\(node -e '(.*?)'\)$/ms.exec(page)?.[1] ?? ''
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
      env: { SECRET: apiKey.secret },
    })
    expect(stdout.trim()).toBe(tokenOf(apiKey.secret))
  })

  it('says what the example call answers', async () => {
    const { apiKey } = await api.newTenant()
    const call = /-d '(.+)'/.exec(page)?.[1] ?? ''
    const response = await post(api, '/v1', apiKey, call)
    expect([response.statusCode, settled(response.body)]).toEqual([201, settled(printed.get('created') ?? '')])
  })
})
