import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeDefaultApp } from '../../../src/core/organizations/organizations.service.ts'
import { ona } from '../../../src/dialects/ona/plugin.ts'
import type { Services } from '../../../src/http/dialect.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, details, expectDetail, newSite, type Person, password } from './client.ts'
import { registration } from './fixtures/seed-003.ts'

// docs/dialects/ona.md against what is really there: the table of endpoints, the bodies and the sentences that it prints.

const database = useDatabase()
const api = useApi(database)

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

const page = await readFile(new URL('../../../../docs/dialects/ona.md', import.meta.url), 'utf8')
const sectionOf = (title: string) => new RegExp(`^## ${title}\n(.*?)^## `, 'ms').exec(page)?.[1] ?? ''
const coverage = sectionOf('Coverage')
const rows = [...coverage.matchAll(/^\| `(([A-Z]+) (\S+))` \| (.+) \|$/gm)].map(
  ([, endpoint = '', method = '', path = '', state = '']) => ({ endpoint, method: method as Method, path, state }),
)
const served = rows.filter(({ state }) => state === 'served')
const unserved = rows.filter(({ state }) => state.startsWith('not served'))

let site: Client
let someone: Person
beforeAll(async () => {
  site = await newSite(api, database)
  someone = await site.person('someone')
})

/** The operations of the dialect's own OpenAPI document. */
async function published(): Promise<string[]> {
  const { paths } = (await api.server.inject('/ona/openapi.json')).json<{ paths: Record<string, object> }>()
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
    const path = url.replace(/:(\w+)/g, '{$1}')
    for (const one of [method].flat()) routes.push({ method: one, path, hidden })
  })
  await app.register(ona.plugin, { prefix: ona.prefix, services: {} as Services })
  await app.ready()
  await app.close()
  return routes
}

const concrete = (path: string) => path.replace('{user}', 'someone')

describe('the coverage table', () => {
  it('has a row for every endpoint once, and says of each whether it is served', () => {
    const lines = coverage.split('\n').filter((line) => line.startsWith('|'))
    expect(lines.length).toBe(rows.length + 2)
    expect(new Set(rows.map(({ endpoint }) => endpoint)).size).toBe(rows.length)
    expect(rows.map(({ method }) => method).filter((method) => !methods.includes(method))).toEqual([])
    expect(rows.map(({ state }) => state).filter((state) => !/^(served$|not (yet|served): )/.test(state))).toEqual([])
    expect(served.length).toBeGreaterThan(0)
  })

  it('calls served what the dialect’s OpenAPI document holds, and nothing else', async () => {
    expect((await published()).sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('calls served what the dialect registers, and nothing else', async () => {
    const open = (await registered()).filter(({ hidden, method }) => !hidden && method !== 'HEAD')
    const endpoints = open.map(({ method, path }) => `${method} ${path.slice(ona.prefix.length)}`)
    expect(endpoints.sort()).toEqual(served.map(({ endpoint }) => endpoint).sort())
  })

  it('misses no hidden route: each of them is the OpenAPI document or refuses the method', async () => {
    const hidden = (await registered()).filter((route) => route.hidden)
    expect(hidden.length).toBeGreaterThan(0)
    for (const { method, path } of hidden) {
      const isDocument = path === '/ona/openapi.json' && ['GET', 'HEAD'].includes(method)
      const response = await api.server.inject({ method: method as Method, url: concrete(path) })
      expect([method, path, response.statusCode]).toEqual([method, path, isDocument ? 200 : 405])
    }
  })

  it.each(served)('$endpoint is there at both mounts, at the hosts of the app alone', async ({ method, path }) => {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
    for (const mount of ['', ona.prefix]) {
      const answer = await site.call(method, concrete(path), { mount, ...body })
      expect([200, 400, 401]).toContain(answer.statusCode)
      const headers = { host: 'elsewhere.example.com' }
      expectDetail(await site.call(method, concrete(path), { mount, headers, ...body }), details.notFound)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount', async ({ method, path }) => {
    for (const mount of ['', ona.prefix]) {
      expectDetail(await site.call(method, concrete(path), { mount, as: someone }), details.notFound)
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

/** Ids, tokens and times differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"id":\d+/g, '"id":"…"')
    .replaceAll(/"[\da-f]{40}"/g, '"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"/g, '"…"')
}

/** The sentences of a table's column, of a cell that holds several each. */
function sentences(title: string, line: RegExp): string[] {
  const cells = [...sectionOf(title).matchAll(line)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => cell.split(' / ')).map((text) => /^`([^`]*)`/.exec(text)?.[1] ?? text)
}

describe('the bodies that the page prints', () => {
  it('are those served, and the calls of the page work as they stand', async () => {
    const text = 'insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)'
    await database.db.query(text, ['test', Buffer.alloc(1)])
    const { ctx } = await api.newTenant()
    await makeDefaultApp(database.system(), ctx.appId)
    const own = clientOf(api, { ctx, host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000' })
    const registered = await own.register({ ...registration, password })
    const as = `Basic ${Buffer.from(`demo:${password}`).toString('base64')}`
    const body = { current_password: password, new_password: 'quince-Meadow-12' }
    const answers: Record<string, { body: string }> = {
      registered,
      'password-changed': await own.call('POST', '/profile/demo/change_password', { as, body }),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers[name]?.body ?? 'nothing')])
    }
    const call = JSON.parse(/-d '(.+)'/.exec(page)?.[1] ?? '')
    expect(page).toContain(`-u ${call.username}:'${call.password}'`)
    const fresh = await newSite(api, database)
    expect((await fresh.register(call)).statusCode).toBe(201)
    const signedIn = `Basic ${Buffer.from(`${call.username}:${call.password}`).toString('base64')}`
    expect((await fresh.get('/profiles/demo', signedIn)).json().email).toBe(call.email)
  })

  it('hold in the table of errors: each status and sentence is one that the tests expect', () => {
    const table = [...sectionOf('Errors').matchAll(/^\| .+ \| (\d{3}) \| (.+) \|$/gm)]
    const stated = table.map(([, status, detail]) => `${status} ${detail}`)
    const { credentialsMissing: _, ...known } = details
    const expected = Object.values(known)
      .filter(([status, detail]) => status !== 401 && detail !== details.noRegistration[1])
      .map(([status, detail]) => `${status} ${detail}`)
    const further = [
      '405 Method "POST" not allowed.',
      '415 Unsupported media type "text/plain" in request.',
      '400 At most 1000 users may be named.',
    ]
    expect(stated.sort()).toEqual([...expected, ...further].sort())
  })

  it('hold in the table of sign-in: each sentence is one that is served', async () => {
    const stated = sentences(
      'Authentication',
      /^\| (?!what|---|scheme|Basic|Token|TempToken|none)[^`|]+ \| ([^|]+) \|$/gm,
    )
    const wrong = async (as?: string, address = '192.0.2.1') => (await site.get('/user', as, { address })).json().detail
    const { temp_token } = (await site.get('/user', someone)).json()
    await database.db.query('update profile_tokens set expires_at = now() where app_id = $1 and kind = $2', [
      site.ctx.appId,
      'temporary',
    ])
    const served = [
      await wrong(),
      await wrong('Token x'),
      await wrong('TempToken x'),
      await wrong(`TempToken ${temp_token}`),
      ...(await Promise.all(['Basic', 'Token', 'Basic a b', 'Token a b', 'Basic *'].map((header) => wrong(header)))),
    ]
    for (let i = 0; i < 10; i++) served.push(await wrong('Basic YTpi'))
    expect([...new Set(stated)].sort()).toEqual([...new Set(served)].sort())
  })

  it('hold in the table of registration: each sentence is one that is served', async () => {
    const stated = sentences('Register', /^\|(?! field| ?---)[^|]*\| [^|]+ \| (.+) \|$/gm)
    await site.person('demo')
    const long = 'x'.repeat(1_025)
    const email = 'demo@example.com'
    const bodies = [
      { country: 'XX', twitter: 'x y', city: long, first_name: long, metadata: '{', require_auth: 'x', password: long },
      { username: 'ab', email: 'x', name: 'x', last_name: long, metadata: { a: 'x'.repeat(65_536) }, password: '1' },
      { username: 'x'.repeat(31), email, name: 'x', metadata: JSON.parse(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`) },
      { username: '123', name: 'x', email: '', city: null, last_name: [], website: 'a\0', organization: '\ud800' },
      { username: 'api', password: 'password1' },
      { username: 'a b', name: `${'x'.repeat(31)} y` },
      { username: 'demo', password: 'demo12345', name: 'x' },
      { username: 'marigold', password: 'marigold', email: 'm@example.com', name: 'x' },
    ]
    const answers = await Promise.all(bodies.map((body) => site.register(body)))
    const served = answers.flatMap((answer) => Object.values(answer.json<Record<string, string[]>>()).flat())
    expect([...new Set(stated)].sort()).toEqual([...new Set(served)].sort())
  })

  it('hold in the table of passwords: each body is one that is served', async () => {
    const table = [...sectionOf('Change the password').matchAll(/^\| [^|]+ \| `(\{.+\})` \|$/gm)]
    const stated = table.map(([, body = '']) => body)
    const person = await site.person('changer')
    const change = async (current: string, next: string) => {
      const body = { current_password: current, new_password: next }
      return (await site.call('POST', '/profile/changer/change_password', { as: person, body })).body
    }
    const served = [await change('', ''), await change(password, 'password1'), await change(password, password)]
    served.push(await change('x', 'x'))
    for (let i = 2; i < 10; i++) await change('x', 'x')
    served.push(await change('x', 'x'))
    expect(stated).toEqual([served[0], served[3], served[4], served[1], served[2]])
  })
})
