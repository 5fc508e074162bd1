import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import type { Dialect, Services } from '../../src/http/dialect.ts'
import type { TestApi } from './api.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

/** A row of a page's table of coverage. */
export interface CoverageRow {
  /** Method and path, as `GET /profiles/{user}`. */
  readonly endpoint: string
  readonly method: Method
  readonly path: string
  /** `served`, or why it is not. */
  readonly state: string
}

/** What docs/dialects/<name>.md states, to be held against what is served. */
export interface DialectPage {
  readonly text: string
  /** The text below a heading of the second level, up to the next one; empty where there is none. */
  section(title: string): string
  readonly rows: readonly CoverageRow[]
  readonly served: readonly CoverageRow[]
  readonly unserved: readonly CoverageRow[]
  /** The JSON blocks by the name behind `json`, without their spaces. */
  readonly printed: ReadonlyMap<string, string>
}

/** Reads the page of a dialect. */
export async function readDialectPage({ name }: Dialect): Promise<DialectPage> {
  const text = await readFile(new URL(`../../../docs/dialects/${name}.md`, import.meta.url), 'utf8')
  const section = (title: string) => new RegExp(`^## ${title}\n(.*?)^## `, 'ms').exec(text)?.[1] ?? ''
  const cells = section('Coverage').matchAll(/^\| `(([A-Z]+) (\S+))` \| (.+) \|$/gm)
  const rows = [...cells].map(([, endpoint = '', method = '', path = '', state = '']) => ({
    endpoint,
    method: method as Method,
    path,
    state,
  }))
  const blocks = text.matchAll(/^```json (\S+)\n(.*?)^```$/gms)
  return {
    text,
    section,
    rows,
    served: rows.filter(({ state }) => state === 'served'),
    unserved: rows.filter(({ state }) => state !== 'served'),
    printed: new Map([...blocks].map(([, block = '', json = '']) => [block, JSON.stringify(JSON.parse(json))])),
  }
}

interface Registered {
  readonly method: string
  readonly path: string
  readonly hidden: boolean
}

/** Every route that the dialect's plugin registers, whatever it publishes; parameters as OpenAPI writes them. */
async function registeredBy(dialect: Dialect): Promise<Registered[]> {
  const app = Fastify()
  const routes: Registered[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    const hidden = (schema as { hide?: boolean } | undefined)?.hide === true
    const path = url.replaceAll(/:(\w+)(\(.*?\))?/g, '{$1}')
    for (const one of [method].flat()) routes.push({ method: one, path, hidden })
  })
  await app.register(dialect.plugin, { prefix: dialect.prefix, services: { maxPictureBytes: 1 } as Services })
  await app.ready()
  await app.close()
  return routes
}

/** The operations of the dialect's own OpenAPI document, by endpoint. */
export async function publishedBy<Operation = object>(api: TestApi, dialect: Dialect): Promise<Map<string, Operation>> {
  const document = (await api.server.inject(`${dialect.prefix}/openapi.json`)).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  return new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  )
}

/** A path that can be called, with a value for each parameter. */
export function concrete(path: string, value = 'x'): string {
  return path.replaceAll(/\{\w+\}/g, value)
}

/** The tests that every page's table of coverage must hold: the same endpoints as the document and the routes. */
export function itStatesWhatIsServed(api: TestApi, dialect: Dialect, page: DialectPage): void {
  const { rows, served, unserved } = page
  const endpoints = served.map(({ endpoint }) => endpoint).sort()

  it('has a row for every endpoint once, and says of each whether it is served', () => {
    const lines = page.section('Coverage').split('\n')
    expect(lines.filter((line) => line.startsWith('|')).length).toBe(rows.length + 2)
    expect(new Set(rows.map(({ endpoint }) => endpoint)).size).toBe(rows.length)
    expect(rows.map(({ method }) => method).filter((method) => !methods.includes(method))).toEqual([])
    expect(unserved.map(({ state }) => state).filter((state) => !/^not (yet|served): /.test(state))).toEqual([])
    expect(served.length).toBeGreaterThan(0)
  })

  it('calls served what the dialect’s OpenAPI document holds, and nothing else', async () => {
    expect([...(await publishedBy(api, dialect)).keys()].sort()).toEqual(endpoints)
  })

  it('calls served what the dialect registers, and nothing else', async () => {
    const open = (await registeredBy(dialect)).filter(({ hidden, method }) => !hidden && method !== 'HEAD')
    const registered = open.map(({ method, path }) => `${method} ${path.slice(dialect.prefix.length)}`)
    expect(registered.sort()).toEqual(endpoints)
  })

  it('misses no hidden route: each of them is the OpenAPI document or refuses the method', async () => {
    const hidden = (await registeredBy(dialect)).filter((route) => route.hidden)
    expect(hidden.length).toBeGreaterThan(0)
    for (const { method, path } of hidden) {
      const isDocument = path === `${dialect.prefix}/openapi.json` && ['GET', 'HEAD'].includes(method)
      const response = await api.server.inject({ method: method as Method, url: concrete(path) })
      expect([method, path, response.statusCode]).toEqual([method, path, isDocument ? 200 : 405])
    }
  })
}
