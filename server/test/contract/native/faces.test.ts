import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

// That a face is what its dialect answers: test/parity/profile-faces.test.ts.
describe('GET /facet/v1/profiles/:profile/faces: 200', () => {
  it('tells what clients of each dialect send for the profile, with placeholders for what proves them', async () => {
    await client.make()
    const { id, uid, longId, number } = await client.make({ reference: 'faces', email: 'faces@example.com' })
    const answer = await client.get(`/profiles/${id}/faces`)
    expect(answer.statusCode, answer.body).toBe(200)
    const { data } = answer.json()
    expect(data.map(({ dialect, request }: Record<string, object>) => ({ dialect, ...request }))).toEqual([
      {
        dialect: 'native',
        method: 'GET',
        path: `/facet/v1/profiles/${id}`,
        headers: { Authorization: 'Bearer {secret}' },
      },
      { dialect: 'oumla', method: 'GET', path: '/api/v1/profiles?skip=1&take=1', headers: { 'x-api-key': '{secret}' } },
      {
        dialect: 'ocamba',
        method: 'GET',
        path: `/v1/hood/profiles/${longId}`,
        headers: { Authorization: 'Bearer {secret}' },
      },
      {
        dialect: 'epixel',
        method: 'GET',
        path: '/api/v1/user/get/profile/',
        headers: { apikey: '{key}', Authorization: 'Bearer {token}' },
      },
      {
        dialect: 'ona',
        method: 'GET',
        path: `/api/v1/profiles/${number}`,
        headers: { Authorization: 'Token {token}' },
      },
      {
        dialect: 'original',
        method: 'GET',
        path: `/v1/user/${uid}`,
        headers: { 'X-API-KEY': '{key}', Authorization: 'Bearer {jwt}' },
      },
    ])
    for (const key of [pathBy('reference', 'faces'), pathBy('email', 'FACES@example.com'), pathBy('uid', uid)]) {
      const faces = (await client.get(`${key}/faces`)).json().data
      expect(faces.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200, 200, 404, 200])
    }
  })
})

describe('GET /facet/v1/profiles/:profile/faces: 404', () => {
  it.each(['01900000-0000-7000-8000-000000000000', 'nonsense', 'reference:nobody', 'uid:1'])(
    'knows no profile %s',
    async (key) => expectProblem(await client.get(`/profiles/${key}/faces`), 404, 'profile_not_found'),
  )

  it('knows a deleted profile by its ids, and no longer by what it was called', async () => {
    const { id, uid } = await client.make({ reference: 'short-lived' })
    expect((await client.delete(`/profiles/${id}`)).statusCode).toBe(204)
    for (const path of [`/profiles/${id}`, pathBy('uid', uid)]) {
      expect((await client.get(`${path}/faces`)).json().data[0].status).toBe(404)
    }
    expectProblem(await client.get(`${pathBy('reference', 'short-lived')}/faces`), 404, 'profile_not_found')
  })
})
