import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { basic, type Client, details, expectBody, expectDetail, mounts, newSite, password } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
beforeAll(async () => {
  site = await newSite(api, database)
})

describe('200', () => {
  it.each(mounts)(
    '%s/user shows the signed-in person with both tokens, and keeps them from every cache',
    async (mount) => {
      const own = await newSite(api, database)
      const ann = await own.person('ann', { first_name: 'Ann', last_name: 'Lee', city: 'Kisumu', country: 'KE' })
      for (const as of [ann, basic('ANN@example.com', password)]) {
        const answer = await own.get('/user', as, { mount })
        const { gravatar, temp_token } = answer.json()
        expectBody(answer, 200, {
          url: `${own.origin}/api/v1/profiles/ann`,
          username: 'ann',
          name: 'Ann Lee',
          email: 'ann@example.com',
          city: 'Kisumu',
          country: 'KE',
          organization: '',
          website: '',
          twitter: '',
          gravatar,
          require_auth: false,
          user: `${own.origin}/api/v1/users/ann`,
          api_token: ann.token,
          temp_token,
        })
        expect([ann.token, temp_token]).toEqual([
          expect.stringMatching(/^[\da-f]{40}$/),
          expect.stringMatching(/^[\da-f]{40}$/),
        ])
        expect(answer.headers['cache-control']).toBe('no-store')
      }
    },
  )

  it('gives the same temporary token until it ends', async () => {
    const person = await site.person('steady')
    const tokens = async () => (await site.get('/user', person)).json().temp_token
    expect(await tokens()).toBe(await tokens())
  })

  it('/users/{username} shows names to everybody who may read, by name in any case and by number', async () => {
    const person = await site.person('listed', { first_name: 'Lis', last_name: 'Ted' })
    const body = { id: person.id, username: 'listed', first_name: 'Lis', last_name: 'Ted' }
    for (const key of ['listed', 'LISTED', String(person.id)]) {
      for (const as of [undefined, person]) expectBody(await site.get(`/users/${key}`, as), 200, body)
    }
  })
})

describe('204', () => {
  it('/user/expire ends the temporary token alone; the next look makes another', async () => {
    const person = await site.person('ended')
    const before = (await site.get('/user', person)).json().temp_token
    const answer = await site.call('DELETE', '/user/expire', { as: `TempToken ${before}` })
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    expectDetail(await site.get('/user', `TempToken ${before}`), details.temporaryTokenWrong)
    const after = (await site.get('/user', person)).json()
    expect(after.api_token).toBe(person.token)
    expect(after.temp_token).not.toBe(before)
    expect((await site.call('DELETE', '/user/expire', { as: person })).statusCode).toBe(204)
    expect((await site.call('DELETE', '/user/expire', { as: person })).statusCode).toBe(204)
  })
})

describe('401, 404, 405', () => {
  it('a visitor has no tokens to see or end', async () => {
    expectDetail(await site.get('/user'), details.credentialsMissing)
    expectDetail(await site.call('DELETE', '/user/expire'), details.credentialsMissing)
  })

  it('nobody is not found', async () => {
    for (const key of ['nobody', '1', '0', '9'.repeat(30), '%00', 'a%2Fb']) {
      expectDetail(await site.get(`/users/${key}`), details.personNotFound)
    }
    expectDetail(await site.get('/users'), details.notFound)
  })

  it.each([
    ['POST', '/user', 'GET, HEAD'],
    ['GET', '/user/expire', 'DELETE'],
    ['PATCH', '/users/x', 'GET, HEAD'],
  ] as const)('%s %s is not allowed', async (method, path, allow) => {
    const answer = await site.call(method, path, {})
    expectDetail(answer, [405, `Method "${method}" not allowed.`])
    expect(answer.headers.allow).toBe(allow)
  })
})
