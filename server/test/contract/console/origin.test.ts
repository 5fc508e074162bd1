import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const database = useDatabase()
const api = useApi(database)
const named = useApi(database, { publicUrl: 'https://console.example.com' })
const { signIn } = consoleOf(api)

type Headers = Record<string, string>

const here = 'http://localhost:4000'

/** Headers of requests that a browser makes for pages of elsewhere, or of who knows where. */
const foreign: [string, Headers][] = [
  ['another site', { origin: 'https://evil.example' }],
  ['another port', { origin: 'http://localhost:4001' }],
  ['another scheme', { origin: 'https://localhost:4000' }],
  ['a page without an origin', { origin: 'null' }],
  ['another site, with our host before it', { origin: 'http://localhost:4000.evil.example' }],
  ['nowhere', {}],
  ['another site, by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ['a sub-domain, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-site' }],
  ['an own origin that Sec-Fetch-Site contradicts', { origin: here, 'sec-fetch-site': 'cross-site' }],
  ['the address bar', { 'sec-fetch-site': 'none' }],
]
const own: [string, Headers][] = [
  ['Origin', { origin: here }],
  ['Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }],
  ['both', { origin: here, 'sec-fetch-site': 'same-origin' }],
]

const post = (url: string, headers: Headers, payload: object) =>
  api.server.inject({ method: 'POST', url, headers: { host: 'localhost:4000', ...headers }, payload })

describe('what changes something', () => {
  it.each(foreign)('is refused at the sign-in from %s', async (_from, headers) => {
    const { email } = await newOperator(database)
    const answer = await post('/console/auth/sign-in/email', headers, { email, password: operatorPassword })
    expect(answer.statusCode).toBe(403)
    expect(answer.json().code).toBe('origin_foreign')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it.each(own)('is taken at the sign-in from the console, which it says by %s', async (_by, headers) => {
    const { email } = await newOperator(database)
    const answer = await post('/console/auth/sign-in/email', headers, { email, password: operatorPassword })
    expect(answer.statusCode).toBe(200)
  })

  it.each(foreign)(
    'is refused in the native API with a session from %s, and changes nothing',
    async (_from, headers) => {
      const ctx = await database.newApp()
      const { email } = await newOperator(database, { [ctx.organizationId]: 'owner' })
      const session = { cookie: await signIn(email), 'facet-app': ctx.appId }
      const answer = await post('/facet/v1/profiles', { ...session, ...headers }, { type: 'User' })
      expect(answer.statusCode).toBe(403)
      expect(answer.json().code).toBe('origin_foreign')
      expect(await database.db.query('select from profiles where app_id = $1', [ctx.appId])).toHaveLength(0)
    },
  )

  it.each(own)(
    'is taken in the native API with a session from the console, which it says by %s',
    async (_by, headers) => {
      const ctx = await database.newApp()
      const { email } = await newOperator(database, { [ctx.organizationId]: 'owner' })
      const session = { cookie: await signIn(email), 'facet-app': ctx.appId }
      expect((await post('/facet/v1/profiles', { ...session, ...headers }, { type: 'User' })).statusCode).toBe(201)
    },
  )
})

describe('what only reads', () => {
  const read = async (headers: Headers) => {
    const { email } = await newOperator(database)
    const all = { host: 'localhost:4000', cookie: await signIn(email), ...headers }
    return (await api.server.inject({ url: '/facet/v1/operator', headers: all })).statusCode
  }

  it('is taken from the console, the address bar, and browsers that say nothing of it over plain HTTP', async () => {
    for (const headers of [{}, { 'sec-fetch-site': 'none' }, ...own.map(([, given]) => given)]) {
      expect(await read(headers)).toBe(200)
    }
  })

  it('is refused when it says that it comes from elsewhere', async () => {
    const says = foreign.map(([, headers]) => headers).filter((headers) => Object.keys(headers).length > 0)
    for (const headers of says.filter((headers) => headers['sec-fetch-site'] !== 'none')) {
      expect(await read(headers)).toBe(403)
    }
  })
})

describe('with a public address', () => {
  const at = (host: string, origin: string) =>
    consoleOf(named).ask('POST', '/sign-in/email', {
      headers: { host, origin },
      body: { email: 'nobody@example.com', password: 'x' },
    })

  it('that is where requests come from, whatever host they name, and loopback of this machine', async () => {
    expect((await at('console.example.com', 'https://console.example.com')).statusCode).toBe(401)
    expect((await at('10.0.0.7:4000', 'https://console.example.com')).statusCode).toBe(401)
    expect((await at('127.0.0.1:4000', 'http://127.0.0.1:4000')).statusCode).toBe(401)
    expect((await at('10.0.0.7:4000', 'http://10.0.0.7:4000')).statusCode).toBe(403)
  })
})

describe('a request with an API key', () => {
  it('is judged by the key alone: a cookie beside it does nothing, and it may come from anywhere', async () => {
    const { ctx, apiKey } = await api.newTenant()
    const { email } = await newOperator(database, { [ctx.organizationId]: 'owner' })
    const viewer = await api.newKey({ ctx, apiKey }, ['profiles:read'])
    const headers = { cookie: await signIn(email), 'facet-app': ctx.appId, origin: 'https://evil.example' }
    const withKey = (secret: string) =>
      post('/facet/v1/profiles', { ...headers, authorization: `Bearer ${secret}` }, { type: 'User' })
    expect((await withKey(viewer.secret)).statusCode).toBe(403)
    expect((await withKey(apiKey.secret)).statusCode).toBe(201)
    expect((await withKey('sk_wrong')).json().code).toBe('credentials_invalid')
    const basic = await post('/facet/v1/profiles', { ...headers, authorization: 'Basic eDp5' }, { type: 'User' })
    expect(basic.json().code).toBe('credentials_missing')
  })
})
