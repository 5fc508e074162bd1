import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { basic, type Client, details, expectDetail, mounts, newSite, type Person, password } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
let ann: Person
let temporary: string

beforeAll(async () => {
  site = await newSite(api, database)
  ann = await site.person('ann', { email: 'Ann@Example.com' })
  temporary = (await site.get('/user', ann)).json().temp_token
})

const own = (as: string, mount?: string) => site.get('/profiles', as, mount === undefined ? {} : { mount })
const encoded = (text: string) => Buffer.from(text).toString('base64')

describe('200', () => {
  it.each(mounts)('at %s by username or e-mail in any case, by Token and by TempToken', async (mount) => {
    const names = ['ann', 'ANN', 'ann@example.com', 'ANN@EXAMPLE.COM', 'ａｎｎ']
    const headers = [
      ...names.map((name) => basic(name, password)),
      `basic  ${encoded(`ann:${password}`)} `,
      `Token ${ann.token}`,
      `token ${ann.token}`,
      `TempToken ${temporary}`,
      `temptoken  ${temporary} `,
    ]
    for (const header of headers) {
      const people = (await own(header, mount)).json()
      expect([header, people[0]?.username]).toEqual([header, 'ann'])
    }
  })

  it('takes everything behind the first colon for the password', async () => {
    await site.person('colon', { password: 'plum:Orchard:77' })
    expect((await own(basic('colon', 'plum:Orchard:77'))).json()[0].username).toBe('colon')
  })

  it.each(['Digest username="ann"', 'Bearer abc', 'Bearer', 'Negotiate x', 'Basically x', 'x', ''])(
    'passes over a scheme that is not served: %s is a visitor’s',
    async (header) => {
      expect((await own(header)).json()).toEqual([])
      expectDetail(await site.get('/user', header), details.credentialsMissing)
    },
  )
})

describe('401', () => {
  const noCredentials = (scheme: string) => `Invalid ${scheme} header. No credentials provided.`
  const notBase64 = 'Invalid basic header. Credentials not correctly base64 encoded.'
  const tokenSpaces = 'Invalid token header. Token string should not contain spaces.'

  it.each<[header: string, detail: string]>([
    ['Basic', noCredentials('basic')],
    ['Basic  ', noCredentials('basic')],
    ['Basic a b', 'Invalid basic header. Credentials string should not contain spaces.'],
    ['Basic ***', notBase64],
    [`Basic ${encoded('no colon')}`, notBase64],
    ['Token', noCredentials('token')],
    ['Token a b', tokenSpaces],
    ['Token x', 'Invalid token.'],
    [`Token ${'0'.repeat(40)}`, 'Invalid token.'],
    [`Token ${'A'.repeat(40)}`, 'Invalid token.'],
    [`Token ${'0'.repeat(5_000)}`, 'Invalid token.'],
    ['TempToken', noCredentials('token')],
    ['TempToken a b', tokenSpaces],
    ['TempToken x', 'Invalid token'],
    [`TempToken ${'0'.repeat(40)}`, 'Invalid token'],
  ])('%.40s is refused, also where a visitor would be let in', async (header, detail) => {
    for (const path of ['/profiles', '/profiles/ann', '/user', '/users/ann']) {
      const answer = await site.get(path, header)
      expectDetail(answer, [401, detail])
      expect(answer.headers['www-authenticate']).toBe(header.startsWith('TempToken') ? 'TempToken' : 'Token')
    }
    const posted = await site.register({}, { as: header })
    expectDetail(posted, [401, detail])
  })

  it('a token of the other kind is no token', async () => {
    expectDetail(await own(`TempToken ${ann.token}`), details.temporaryTokenWrong)
    expectDetail(await own(`Token ${temporary}`), details.tokenWrong)
  })

  it('an old TempToken has expired', async () => {
    const person = await site.person('late')
    const { temp_token } = (await site.get('/user', person)).json()
    await database.db.query(
      `update profile_tokens set expires_at = now() - interval '1 second' where app_id = $1 and kind = 'temporary'
         and profile_id = (select id from profiles where app_id = $1 and username = 'late')`,
      [site.ctx.appId],
    )
    const answer = await own(`TempToken ${temp_token}`)
    expectDetail(answer, details.tokenExpired)
    expect(answer.headers['www-authenticate']).toBe('TempToken')
  })

  it.each<[name: string, secret: string]>([
    ['ann', 'wrong'],
    ['ann', ''],
    ['ann', `${password} `],
    ['ann', password.toUpperCase()],
    ['nobody', password],
    ['', password],
    ['ann\0', password],
    ['x'.repeat(10_000), password],
    ['ann', 'x'.repeat(20_000)],
  ])('a wrong name or password, told alike: %.10s', async (name, secret) => {
    const answer = await site.get('/profiles', basic(name, secret), { address: '192.0.2.99' })
    expectDetail(answer, details.loginWrong)
    expect(answer.headers['www-authenticate']).toBe('Token')
  })

  it('names a visitor what is missing where somebody is needed', async () => {
    for (const [method, path] of [
      ['PATCH', '/profiles/ann'],
      ['PUT', '/profiles/ann'],
      ['DELETE', '/profiles/ann'],
      ['POST', '/profile/ann/change_password'],
      ['POST', '/profiles/ann/change_password'],
      ['GET', '/user'],
      ['DELETE', '/user/expire'],
    ] as const) {
      const answer = await site.call(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} })
      expectDetail(answer, details.credentialsMissing)
      expect(answer.headers['www-authenticate']).toBe('Token')
    }
  })
})

describe('the lock', () => {
  it.each(['locked', 'unknown'])(
    'the tenth wrong password for %s locks the account for the address, and for no other',
    async (name) => {
      if (name === 'locked') await site.person('locked')
      const from = (address: string, secret: string) => site.get('/profiles', basic(name, secret), { address })
      for (let failures = 1; failures <= 9; failures++) {
        expectDetail(await from('192.0.2.1', 'wrong'), details.loginWrong)
      }
      expectDetail(await from('192.0.2.1', 'wrong'), details.lockedOut)
      // The right password is not looked at any more, and upper case is the same account.
      expectDetail(await from('192.0.2.1', password), details.lockedOut)
      const shouted = await site.get('/profiles', basic(name.toUpperCase(), 'x'), { address: '192.0.2.1' })
      expectDetail(shouted, details.lockedOut)
      const elsewhere = await from('192.0.2.2', password)
      if (name === 'locked') expect(elsewhere.json()[0].username).toBe('locked')
      else expectDetail(elsewhere, details.loginWrong)
    },
  )

  it('leaves the tokens of the person as they are', async () => {
    const person = await site.person('tokens')
    for (let i = 0; i < 10; i++) await site.get('/profiles', basic('tokens', 'wrong'), { address: '192.0.2.3' })
    expect((await site.get('/profiles', person, { address: '192.0.2.3' })).statusCode).toBe(200)
  })

  it('does not believe X-Forwarded-For where no proxy is trusted', async () => {
    for (let i = 0; i < 10; i++) {
      await site.get('/profiles', basic('forwarded', 'x'), { headers: { 'x-forwarded-for': `203.0.113.${i}` } })
    }
    expectDetail(await own(basic('forwarded', 'x')), details.lockedOut)
  })
})
