import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { oumla } from '../../../src/dialects/oumla/plugin.ts'
import type { Services } from '../../../src/http/dialect.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { create, createdBody, errors, expectError, type Face, faces, list, post, printedFaces } from './faces.ts'
import { exampleProfile } from './fixtures/seed-000.ts'

// docs/dialects/oumla.md against what is really there: the table of endpoints, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)
const [seedFace, presentFace] = printedFaces as [Face, Face]

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

interface Row {
  readonly endpoint: string
  readonly method: Method
  readonly path: string
  readonly state: string
}

const page = await readFile(new URL('../../../../docs/dialects/oumla.md', import.meta.url), 'utf8')
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
  const { paths } = (await api.server.inject('/oumla/openapi.json')).json<{ paths: Record<string, object> }>()
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
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
  await app.register(oumla.plugin, { prefix: oumla.prefix, services: {} as Services })
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
    const endpoints = open.map(({ method, path }) => `${method} ${path.slice(oumla.prefix.length)}`)
    expect(endpoints.sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('misses no hidden route: each of them is the OpenAPI document or refuses the method', async () => {
    const hidden = (await registered()).filter((route) => route.hidden)
    expect(hidden.length).toBeGreaterThan(0)
    for (const { method, path } of hidden) {
      const isDocument = path === '/oumla/openapi.json' && ['GET', 'HEAD'].includes(method)
      const response = await api.server.inject({ method: method as Method, url: path })
      expect([method, path, response.statusCode]).toEqual([method, path, isDocument ? 200 : 405])
    }
  })

  it.each(served)('$endpoint is there at both mounts, and wants a key', async ({ method, path }) => {
    // The printed path is this dialect's by the header alone.
    for (const [mount, headers] of [['', { 'x-api-key': '' }] as const, [oumla.prefix, {}] as const]) {
      const face = { path: mount + concrete(path), present: false }
      const response = await api.server.inject({ method, url: face.path, headers })
      expectError(response, face, errors.unauthorized)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount, in both generations', async ({ method, path }) => {
    for (const mount of ['', oumla.prefix]) {
      for (const { present, headers } of printedFaces) {
        const url = mount + concrete(path)
        const response = await api.server.inject({
          method,
          url,
          headers: { ...headers, 'x-api-key': tenant.apiKey.secret },
        })
        expectError(response, { path: url, present }, errors.notFound)
      }
    }
  })
})

/** The JSON blocks of the page by the name behind `json`, without their spaces. */
const printed = new Map(
  [...page.matchAll(/^```json (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [
    name,
    JSON.stringify(JSON.parse(text)),
  ]),
)

/** Ids and times differ from run to run, but for the example's own reference. */
function settled(body: string): string {
  return body
    .replaceAll(/"(organizationId|requestId)":"[0-9a-f-]{36}"/g, '"$1":"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"/g, '"…"')
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const example = async (face: Face) => {
      const { apiKey } = await api.newTenant()
      const { reference, type } = exampleProfile
      const make = (wanted: string) => post(api, face, apiKey.secret, JSON.stringify({ reference, type: wanted }))
      const [created, duplicate, wrongType] = [await make(type), await make(type), await make('user')]
      const [all, badPage] = [
        await list(api, face, apiKey.secret),
        await list(api, face, apiKey.secret, '?skip=x&take=x'),
      ]
      return { created, duplicate, 'wrong-type': wrongType, list: all, 'bad-page': badPage }
    }
    const [old, present] = [await example(seedFace), await example(presentFace)]
    const answers = new Map([
      ...Object.entries(old),
      ...Object.entries(present).map(([name, answer]) => [`${name}-present`, answer] as const),
    ])
    expect(printed.size).toBe(9)
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers.get(name)?.body ?? 'nothing')])
    }
  })

  it('hold in the table of errors: each message, code and status is one that the tests expect', () => {
    const table = /^## Errors\n(.*?)^## /ms.exec(page)?.[1] ?? ''
    const stated = [...table.matchAll(/^\| .+ \| (\d{3})(?: \/ (\d{3}))? \| (.+) \| (ERR_\d+) \| (\w+) \| (.+) \|$/gm)]
    const lines = stated.map(([, old, present = old, ...words]) => [old, present, ...words].join(' | '))
    const expected = Object.values(errors).map(({ status, message, code, category, presentMessage, ...other }) => {
      const presentStatus = 'presentStatus' in other ? other.presentStatus : status
      return [status, presentStatus, message, code, category, presentMessage].join(' | ')
    })
    expect(lines.sort()).toEqual(expected.sort())
  })

  it('says what the example call answers', async () => {
    const own = await api.newTenant()
    const [face] = faces as [Face]
    const call = /-d '(.+)'/.exec(page)?.[1] ?? ''
    const response = await post(api, face, own.apiKey.secret, call)
    expect(response.body).toBe(createdBody(face, exampleProfile.reference))
    expect((await create(api, face, own, exampleProfile.reference)).statusCode).toBe(404)
  })
})
