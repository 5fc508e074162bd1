import { beforeAll, describe, expect, it } from 'vitest'
import { makeDefaultApp } from '../../../src/core/organizations/organizations.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, details, expectDetail, newSite, type Person } from './client.ts'

const database = useDatabase()
const api = useApi(database, { publicUrl: 'https://facet.example.com/base', trustedProxies: ['192.0.2.1'] })

let site: Client
let ann: Person
let standard: Client

beforeAll(async () => {
  const text = 'insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)'
  await database.db.query(text, ['test', Buffer.alloc(1)])
  site = await newSite(api, database)
  ann = await site.person('ann')
  const { ctx } = await api.newTenant()
  await makeDefaultApp(database.system(), ctx.appId)
  standard = clientOf(api, { ctx, host: 'localhost:4000', origin: 'http://localhost:4000' })
  await standard.person('ann', { first_name: 'Standard' })
})

/** What the links of an answer begin with, the same in all of them. */
async function originFor(host: string, headers = {}, address = '127.0.0.1'): Promise<string> {
  const answer = await site.get('/profiles/ann', undefined, { headers: { host, ...headers }, address })
  expect(answer.statusCode, answer.body).toBe(200)
  const { url, user } = answer.json()
  expect(user).toBe(url.replace('/profiles/', '/users/'))
  return url.slice(0, -'/api/v1/profiles/ann'.length)
}

describe('links', () => {
  it('begin with the host that the app lists, and the port that was asked', async () => {
    expect(await originFor(site.host)).toBe(`http://${site.host}`)
    expect(await originFor(`${site.host.toUpperCase()}:8080`)).toBe(`http://${site.host}:8080`)
    expect(await originFor(`${site.host}:80`)).toBe(`http://${site.host}`)
  })

  it('begin with loopback for who asks there, and with FACET_PUBLIC_URL for who asks its host', async () => {
    for (const host of ['localhost:4000', '127.0.0.1:4000', '[::1]:4000']) {
      expect(await originFor(host)).toBe(`http://${host}`)
    }
    expect(await originFor('facet.example.com')).toBe('https://facet.example.com/base')
    expect(await originFor('facet.example.com:81')).toBe('https://facet.example.com/base')
  })

  it('are the same in every answer that has some', async () => {
    const headers = { host: `${site.host}:8080` }
    const begin = `http://${site.host}:8080/api/v1/`
    const person = await site.person('everywhere')
    const sent = { as: person, headers }
    const answers = [
      await site.call('GET', '/profiles', sent),
      await site.call('GET', '/profiles?users=everywhere', sent),
      await site.call('GET', '/user', sent),
      await site.call('PATCH', '/profiles/everywhere', { ...sent, body: { city: 'x' } }),
      await site.register({ username: 'new-one', email: 'new@example.com', first_name: 'N' }, { headers }),
    ]
    for (const answer of answers) {
      const links = [...answer.body.matchAll(/"(?:url|user)":"([^"]+)"/g)].map(([, link = '']) => link)
      expect(links).toHaveLength(2)
      for (const link of links) expect(link.startsWith(begin)).toBe(true)
    }
  })

  it('do not follow X-Forwarded-Host, Forwarded or a whole URL, whoever sends them', async () => {
    for (const address of ['203.0.113.9', '192.0.2.1']) {
      const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-original-host': 'evil' }
      expect(await originFor(site.host, headers, address)).toBe(`http://${site.host}`)
    }
  })

  it('take the scheme from a trusted proxy and from nobody else', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    expect(await originFor(site.host, headers, '192.0.2.1')).toBe(`https://${site.host}`)
    expect(await originFor(site.host, headers, '203.0.113.9')).toBe(`http://${site.host}`)
  })
})

describe('a host of no app', () => {
  it.each([
    'evil.example',
    'site0.people.example.com',
    'people.example.com',
    'x.site1.people.example.com',
    'site1.people.example.com.evil.example',
    'site1.people.example.com@evil.example',
    'site1.people.example.com/x',
    'site1.people.example.com:0',
    'site1.people.example.com:99999',
    'site1.people.example.com, evil.example',
    '10.0.0.1',
  ])('%o is 404 for every route and for everybody, and stands nowhere in the answer', async (host) => {
    const headers = { host }
    const answers = [
      await site.get('/profiles', ann, { headers }),
      await site.get('/profiles/ann', undefined, { headers }),
      await site.get('/user', ann, { headers }),
      await site.register({ username: 'x', email: 'x', first_name: 'x' }, { headers }),
      await site.patch('/profiles/ann', {}, ann, { headers }),
      await site.call('POST', '/profile/ann/change_password', { as: ann, headers, body: {} }),
    ]
    for (const answer of answers) {
      expectDetail(answer, details.notFound)
      expect(JSON.stringify(answer.headers)).not.toContain('evil')
    }
  })
})

describe('each host', () => {
  it('leads to its app’s people alone', async () => {
    expect((await site.get('/profiles/ann')).json().first_name).toBe('Pat')
    expect((await standard.get('/profiles/ann')).json().first_name).toBe('Standard')
    expectDetail(await standard.get('/profiles', ann), details.tokenWrong)
  })
})
