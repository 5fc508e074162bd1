import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, listPath, pathBy, whileLocked } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

const personal = {
  type: 'Merchant',
  reference: 'del',
  label: 'L',
  username: 'del.name',
  email: 'del@example.com',
  phone: '+4930901820',
  firstName: 'Ada',
  lastName: 'Lovelace',
  country: 'DE',
  city: 'Bonn',
  organization: 'O',
  website: 'W',
  twitter: 'T',
  requireAuth: true,
  language: 'de',
  timezone: 'Europe/Berlin',
  currency: 'EUR',
  attributes: { secret: 'diary' },
}

async function rowOf(id: string): Promise<Record<string, unknown>> {
  const [row] = await database.db.query<Record<string, unknown>>(
    'select * from profiles where app_id = $1 and id = $2',
    [tenant.ctx.appId, id],
  )
  return row ?? {}
}

async function totalOf(): Promise<number> {
  return (await client.get(listPath({ limit: 1 }))).json().total
}

describe('DELETE /facet/v1/profiles/:profile: 204', () => {
  it('answers without a body, and the profile is not found by any key afterwards', async () => {
    const profile = await client.make(personal)
    const paths = [
      `/profiles/${profile.id}`,
      pathBy('uid', profile.uid),
      pathBy('reference', 'del'),
      pathBy('username', 'del.name'),
      pathBy('email', 'del@example.com'),
      pathBy('phone', '+4930901820'),
    ]
    const answer = await client.delete(`/profiles/${profile.id}`)
    expect(answer.statusCode).toBe(204)
    expect(answer.body).toBe('')
    expect(answer.headers['content-type']).toBeUndefined()
    for (const path of paths) {
      expectProblem(await client.get(path), 404, 'profile_not_found')
      expectProblem(await client.patch(path, { label: 'x' }), 404, 'profile_not_found')
      expectProblem(await client.delete(path), 404, 'profile_not_found')
    }
  })

  it('takes a JSON content type without a body, as many clients send it', async () => {
    const { id } = await client.make({})
    expect((await client.delete(`/profiles/${id}`, { 'content-type': 'application/json' })).statusCode).toBe(204)
  })

  it('frees the identifiers for a new profile, which has ids of its own', async () => {
    const first = await client.make({
      ...personal,
      reference: 'free',
      username: 'free.name',
      email: 'f@example.com',
      phone: '+4930901821',
    })
    await client.delete(`/profiles/${first.id}`)
    const second = await client.make({
      reference: 'free',
      username: 'free.name',
      email: 'f@example.com',
      phone: '+4930901821',
    })
    for (const key of ['id', 'uid', 'longId', 'number']) expect(second[key]).not.toBe(first[key])
    expect((await client.get(pathBy('reference', 'free'))).json().id).toBe(second.id)
  })

  it('never lets its uid, long id or number be used again', async () => {
    const gone = await client.make({})
    await client.delete(`/profiles/${gone.id}`)
    const other = await client.make({})
    for (const [column, value] of [
      ['uid', gone.uid],
      ['long_id', gone.longId],
      ['number', gone.number],
    ]) {
      const reuse = database.db.query(`update profiles set ${column} = $3 where app_id = $1 and id = $2`, [
        tenant.ctx.appId,
        other.id,
        value,
      ])
      await expect(reuse).rejects.toMatchObject({ sqlState: '23505', constraint: `profiles_${column}` })
    }
  })

  it('leaves nothing personal in the row: ids, type and times alone', async () => {
    const profile = await client.make({
      ...personal,
      reference: 'wipe',
      username: 'wipe.name',
      email: 'w@example.com',
      phone: '+4930901822',
    })
    await database.db.query('update profiles set email_verified_at = now() where app_id = $1 and id = $2', [
      tenant.ctx.appId,
      profile.id,
    ])
    await client.delete(`/profiles/${profile.id}`)
    const { app_id, id, uid, long_id, number, revision, created_at, updated_at, deleted_at, type, ...rest } =
      await rowOf(profile.id)
    expect({ app_id, id, uid, long_id, number: Number(number), type, revision }).toEqual({
      app_id: tenant.ctx.appId,
      id: profile.id,
      uid: profile.uid,
      long_id: profile.longId,
      number: profile.number,
      type: 'Merchant',
      revision: 2,
    })
    expect(created_at).toEqual(new Date(String(profile.createdAt)))
    expect(deleted_at).toBeInstanceOf(Date)
    expect(updated_at).toEqual(deleted_at)
    expect(Object.keys(rest).length).toBeGreaterThan(15)
    const emptied = Object.fromEntries(Object.keys(rest).map((column) => [column, null]))
    expect(rest).toEqual({ ...emptied, attributes: {}, list_ids: [], require_auth: false })
  })

  it('takes its words out of the search and itself out of every list', async () => {
    const { id } = await client.make({ fullName: 'Xanthippe Quicksilver', country: 'IS' })
    await client.delete(`/profiles/${id}`)
    const words = await database.db.query('select word from profile_words where app_id = $1 and profile_id = $2', [
      tenant.ctx.appId,
      id,
    ])
    expect(words).toEqual([])
    const queries = [{ q: 'xanth' }, { q: id }, { country: 'IS' }, { sort: 'updatedAt', limit: 200 }, { limit: 200 }]
    for (const query of queries) {
      const page = (await client.get(listPath(query))).json()
      expect(page.data.map((profile: { id: string }) => profile.id)).not.toContain(id)
    }
  })

  it('lowers the total by one, however many delete at once', async () => {
    const { id } = await client.make({})
    const before = await totalOf()
    const deletes = Array.from({ length: 10 }, () => `/profiles/${id}`)
    const started = await whileLocked(database, id, 10, () => deletes.map((path) => client.delete(path)))
    const answers = await Promise.all(started)
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, ...Array(9).fill(404)])
    expect(await totalOf()).toBe(before - 1)
  })
})

describe('DELETE /facet/v1/profiles/:profile: 403', () => {
  it('refuses a key without profiles:write', async () => {
    const { id } = await client.make({})
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    expectProblem(await reader.delete(`/profiles/${id}`), 403, 'scope_missing')
    expect((await client.get(`/profiles/${id}`)).statusCode).toBe(200)
  })
})
