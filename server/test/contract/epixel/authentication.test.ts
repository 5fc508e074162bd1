import { beforeAll, describe, expect, it } from 'vitest'
import { revokeApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { deleteProfile } from '../../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  clientOf,
  details,
  expectBody,
  expectDetail,
  mounts,
  newClient,
  type Person,
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

const profilePath = paths.getProfile
const challenge = 'Bearer realm="api"'

describe('200: a request with the public key of a pair and an access token', () => {
  it.each(mounts)('is let in under %s', async (mount) => {
    expect((await client.get(profilePath, ada.access, { mount })).statusCode).toBe(200)
  })

  it('is let in whatever the case of the scheme', async () => {
    const headers = { authorization: `bearer ${ada.access}` }
    expect((await client.get(profilePath, undefined, { headers })).statusCode).toBe(200)
  })
})

describe('401', () => {
  it.each([
    ['without a key', { apikey: '' }, details.credentialsMissing],
    ['with what is no key', { apikey: 'x' }, details.keyWrong],
    ['with a key that there is not', { apikey: `pk_sandbox_${'0'.repeat(38)}` }, details.keyWrong],
  ])('%s, whatever the token', async (_, headers, detail) => {
    for (const access of [ada.access, undefined]) {
      const answer = await client.get(profilePath, access, { headers })
      expectDetail(answer, detail)
      expect(answer.headers['www-authenticate']).toBe(challenge)
    }
    expectDetail(await client.post('/user/login/', { username: 'x', password: 'x' }, undefined, { headers }), detail)
  })

  it('with the secret of the pair in the place of its key', async () => {
    expectDetail(
      await client.get(profilePath, ada.access, { headers: { apikey: client.apiKey.secret } }),
      details.keyWrong,
    )
  })

  it('with a key that was revoked or is over', async () => {
    const revoked = await api.newKey(client, ['profiles:read'])
    expect((await client.get(profilePath, ada.access, { headers: { apikey: revoked.key } })).statusCode).toBe(200)
    await revokeApiKey(client.ctx, revoked.id)
    const over = await api.newKey(client, ['profiles:read'], new Date(1))
    for (const { key } of [revoked, over]) {
      expectDetail(await client.get(profilePath, ada.access, { headers: { apikey: key } }), details.keyWrong)
    }
  })

  it('without a token', async () => {
    const answer = await client.get(profilePath)
    expectDetail(answer, details.credentialsMissing)
    expect(answer.headers['www-authenticate']).toBe(challenge)
    const headers = { authorization: 'Basic eDp5' }
    expectDetail(await client.get(profilePath, undefined, { headers }), details.credentialsMissing)
  })

  it('with a token that is none, is a refresh token, or is signed by nobody', async () => {
    const [head, body] = ada.access.split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
    for (const access of ['x', 'x.y.z', `${head}.${body}.x`, none, ada.refresh]) {
      const answer = await client.get(profilePath, access)
      expectBody(answer, 401, tokenNotValid)
      expect(answer.headers['www-authenticate']).toBe(challenge)
    }
  })

  it('with a token of another app, whichever of the two keys comes with it', async () => {
    const other = await newClient(api, database)
    const bob = await other.person('bob.b')
    expectBody(await client.get(profilePath, bob.access), 401, tokenNotValid)
    expectBody(await other.get(profilePath, ada.access), 401, tokenNotValid)
  })

  it('with the token of somebody who was deleted', async () => {
    const person = await client.person('gone.soon')
    await deleteProfile(client.ctx, { by: 'username', value: 'gone.soon' })
    expectBody(await client.get(profilePath, person.access), 401, tokenNotValid)
  })

  it('for a token and a key before anything of the body is looked at', async () => {
    const raw = { type: 'application/json', body: '{' }
    expectDetail(await client.call('POST', paths.updateProfile, { raw }), details.credentialsMissing)
    expectBody(await client.call('POST', paths.updateProfile, { raw, access: 'x' }), 401, tokenNotValid)
  })
})

describe('403', () => {
  it('where the app lets nobody in by themselves, as live apps do until an operator says so', async () => {
    const live = await newClient(api, database, { mode: 'live' })
    const login = () => live.post('/user/login/', { username: 'x', password: 'x' })
    expectDetail(await login(), details.selfServiceOff)
    const open = await newClient(api, database, { mode: 'live', settings: { selfService: { enabled: true } } })
    expectDetail(await open.post('/user/login/', { username: 'x', password: 'x' }), details.loginWrong)
  })

  it('for a change with a key that may only read, which can read', async () => {
    const { key } = await api.newKey(client, ['profiles:read'])
    const headers = { apikey: key }
    expect((await client.get(profilePath, ada.access, { headers })).statusCode).toBe(200)
    const answer = await client.post(paths.updateProfile, { email: ada.email }, ada.access, { headers })
    expectDetail(answer, details.forbidden)
  })
})

it('a public key does no more than its people: no other dialect takes it for a secret', async () => {
  const { key } = client.apiKey
  for (const [url, headers] of [
    ['/facet/v1/profiles', { authorization: `Bearer ${key}` }],
    ['/oumla/api/v1/profiles', { 'x-api-key': key }],
    ['/v1/hood/profiles', { authorization: `Bearer ${key}` }],
    ['/facet/v1/profiles', { authorization: `Bearer ${ada.access}`, apikey: key }],
  ] as const) {
    expect((await api.server.inject({ url, headers })).statusCode).toBe(401)
  }
  expect((await clientOf(api, client).get(profilePath, ada.access)).statusCode).toBe(200)
})
