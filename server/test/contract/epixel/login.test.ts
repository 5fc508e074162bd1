import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  details,
  encodings,
  expectBody,
  expectDetail,
  expectErrors,
  mounts,
  newClient,
  type Person,
  password,
  refreshNotValid,
  said,
  tokenNotValid,
} from './client.ts'
import { paths } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
let ada: Person
beforeAll(async () => {
  client = await newClient(api, database)
  ada = await client.person('ada.l')
})

const login = (fields: Record<string, unknown>, address = '192.0.2.1') =>
  client.post('/user/login/', fields, undefined, { address })
const renewals = ['/user/login/refresh/', '/user/token/refresh/']
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

describe('POST /user/login/: 200', () => {
  it.each(encodings)('answers both tokens, bare, to a body as %s, at both mounts', async (encoding) => {
    for (const mount of mounts) {
      const fields = { username: 'ada.l', password }
      const answer = await client.post('/user/login/', fields, undefined, { encoding, mount })
      expect(answer.statusCode).toBe(200)
      expect(Object.keys(answer.json())).toEqual(['refresh', 'access'])
      expect(answer.json()).toEqual({ refresh: expect.stringMatching(jwt), access: expect.stringMatching(jwt) })
      expect((await client.get(paths.getProfile, answer.json().access)).statusCode).toBe(200)
    }
  })

  it('takes an e-mail in the place of the username, and either in any case', async () => {
    for (const username of ['ADA.L', 'ada.l@example.com', 'Ada.L@Example.COM']) {
      expect((await login({ username, password })).statusCode).toBe(200)
    }
  })

  it('keeps the spaces of a password', async () => {
    await client.person('spacy.one', { password: ' two  spaces ' })
    expect((await login({ username: 'spacy.one', password: ' two  spaces ' })).statusCode).toBe(200)
    expectDetail(await login({ username: 'spacy.one', password: 'two  spaces' }), details.loginWrong)
  })
})

describe('POST /user/login/: 400', () => {
  it('names every field that is missing, blank or no text', async () => {
    expectErrors(await login({}), { username: said.required, password: said.required })
    expectErrors(await login({ username: '', password: '' }), { username: said.blank, password: said.blank })
    const fields = { username: ['x'], password: null }
    expectErrors(await login(fields), { username: said.notText, password: said.null })
  })
})

describe('POST /user/login/: 401', () => {
  it('for an unknown name, a wrong password and somebody without one, in the same words', async () => {
    await client.ctx.db.query('delete from credentials where app_id = $1 and profile_id = $2', [
      client.ctx.appId,
      (await nobodysPassword()).id,
    ])
    for (const username of ['ada.l', 'nobody.here', 'no.password']) {
      expectDetail(await login({ username, password: 'wrong' }), details.loginWrong)
    }
  })

  async function nobodysPassword(): Promise<{ id: string }> {
    await client.person('no.password')
    const text = 'select id from profiles where app_id = $1 and username_folded = $2'
    const [row] = await client.ctx.db.query<{ id: string }>(text, [client.ctx.appId, 'no.password'])
    return row ?? { id: '' }
  }
})

describe('POST /user/login/: 429', () => {
  it('after ten wrong passwords from one address, also for the right one, and for names that nobody has', async () => {
    await client.person('locked.out')
    for (const username of ['locked.out', 'nobody.at.all']) {
      for (let i = 0; i < 9; i++) {
        expectDetail(await login({ username, password: 'wrong' }, '192.0.2.9'), details.loginWrong)
      }
      for (const secret of ['wrong', password]) {
        const answer = await login({ username, password: secret }, '192.0.2.9')
        expectDetail(answer, details.tooManyAttempts)
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(1_790)
      }
    }
    expect((await login({ username: 'locked.out', password }, '192.0.2.10')).statusCode).toBe(200)
  })
})

describe.each(renewals)('POST %s', (path) => {
  it('200: gives new tokens, access first', async () => {
    const { refresh } = await client.login('ada.l')
    const answer = await client.post(path, { refresh })
    expect(answer.statusCode).toBe(200)
    expect(Object.keys(answer.json())).toEqual(['access', 'refresh'])
    expect((await client.get(paths.getProfile, answer.json().access)).statusCode).toBe(200)
    expect((await client.post(path, { refresh: answer.json().refresh })).statusCode).toBe(200)
  })

  it('400: without a token', async () => {
    expectErrors(await client.post(path, {}), { refresh: said.required })
  })

  it('401: for what is no refresh token of the app', async () => {
    const other = await newClient(api, database)
    const bob = await other.person('bob.b')
    for (const refresh of ['x', ada.access, bob.refresh]) {
      expectBody(await client.post(path, { refresh }), 401, refreshNotValid)
    }
  })

  it('401: a second time, and the session is over for whoever has its tokens', async () => {
    const { refresh } = await client.login('ada.l')
    const next = (await client.post(path, { refresh })).json()
    expectBody(await client.post(path, { refresh }), 401, refreshNotValid)
    expectBody(await client.get(paths.getProfile, next.access), 401, tokenNotValid)
    expectBody(await client.post(path, { refresh: next.refresh }), 401, refreshNotValid)
    expect((await client.get(paths.getProfile, ada.access)).statusCode).toBe(200)
  })

  it('200: the same tokens to a repeat under an Idempotency-Key, whose answer was lost', async () => {
    const { refresh } = await client.login('ada.l')
    const headers = { 'idempotency-key': `lost ${path}`.replaceAll(/[ /]/g, '-') }
    const first = await client.post(path, { refresh }, undefined, { headers })
    const again = await client.post(path, { refresh }, undefined, { headers })
    expect([again.statusCode, again.body]).toEqual([200, first.body])
    expect(again.headers['idempotency-replayed']).toBe('true')
  })
})
