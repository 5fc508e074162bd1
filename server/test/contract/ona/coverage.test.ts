import { beforeAll, describe, expect, it } from 'vitest'
import { makeDefaultApp } from '../../../src/core/organizations/organizations.service.ts'
import { ona } from '../../../src/dialects/ona/plugin.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, readDialectPage } from '../../helpers/dialect-page.ts'
import { type Client, clientOf, details, expectDetail, newSite, type Person, password } from './client.ts'
import { registration } from './fixtures/seed-003.ts'

// docs/dialects/ona.md against what is really there: the table of endpoints, the bodies and the sentences that it prints.

const database = useDatabase()
const api = useApi(database)

const page = await readDialectPage(ona)
const { served, unserved, printed } = page

let site: Client
let someone: Person
beforeAll(async () => {
  site = await newSite(api, database)
  someone = await site.person('someone')
})

describe('the coverage table', () => {
  itStatesWhatIsServed(api, ona, page)

  it.each(served)('$endpoint is there at both mounts, at the hosts of the app alone', async ({ method, path }) => {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
    for (const mount of ['', ona.prefix]) {
      const answer = await site.call(method, concrete(path, 'someone'), { mount, ...body })
      expect([200, 400, 401]).toContain(answer.statusCode)
      const headers = { host: 'elsewhere.example.com' }
      expectDetail(await site.call(method, concrete(path, 'someone'), { mount, headers, ...body }), details.notFound)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount', async ({ method, path }) => {
    for (const mount of ['', ona.prefix]) {
      expectDetail(await site.call(method, concrete(path, 'someone'), { mount, as: someone }), details.notFound)
    }
  })
})

/** Ids, tokens and times differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"id":\d+/g, '"id":"…"')
    .replaceAll(/"[\da-f]{40}"/g, '"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"/g, '"…"')
}

/** The sentences of a table's column, of a cell that holds several each. */
function sentences(title: string, line: RegExp): string[] {
  const cells = [...page.section(title).matchAll(line)].map(([, cell = '']) => cell)
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
    const call = JSON.parse(/-d '(.+)'/.exec(page.text)?.[1] ?? '')
    expect(page.text).toContain(`-u ${call.username}:'${call.password}'`)
    const fresh = await newSite(api, database)
    expect((await fresh.register(call)).statusCode).toBe(201)
    const signedIn = `Basic ${Buffer.from(`${call.username}:${call.password}`).toString('base64')}`
    expect((await fresh.get('/profiles/demo', signedIn)).json().email).toBe(call.email)
  })

  it('hold in the table of errors: each status and sentence is one that the tests expect', () => {
    const table = [...page.section('Errors').matchAll(/^\| .+ \| (\d{3}) \| (.+) \|$/gm)]
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
    const table = [...page.section('Change the password').matchAll(/^\| [^|]+ \| `(\{.+\})` \|$/gm)]
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
