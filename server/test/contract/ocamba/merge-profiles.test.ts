import { beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectDone, expectError, idsIn, mounts, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
})

/** What other dialects answer for the app. */
function ask(url: string) {
  const { secret } = tenant.apiKey
  return api.server.inject({ url, headers: { authorization: `Bearer ${secret}`, 'x-api-key': secret } })
}

describe('204', () => {
  it.each(mounts)('%s fills what the target lacks, leaves what it has, and deletes the source', async (mount) => {
    client = clientOf(api, tenant.apiKey, mount)
    const lists = await Promise.all(
      ['a', 'b'].map(async (name) => (await client.post('/profile-lists', { name })).json().id),
    )
    const target = await client.make({
      email: 'target@example.com',
      comment: 'target',
      lists: [lists[0]],
      custom_properties: { both: 'target', empty: '', own: 1 },
    })
    const source = await client.make({
      ...exampleProfile,
      organization_id: 'source',
      comment: 'source',
      lists,
      custom_properties: { both: 'source', empty: 'source', other: [2] },
    })
    expectDone(await client.post(`/profiles/${target.id}/merge/${source.id}`))
    const after = await client.show(target.id)
    expect(after).toMatchObject({
      id: target.id,
      email: 'target@example.com',
      mobile_phone_number: exampleProfile.mobile_phone_number,
      full_name: exampleProfile.full_name,
      country_code: 'DE',
      organization_id: 'source',
      comment: 'target',
      custom_properties: { both: 'target', empty: 'source', own: 1, other: [2] },
      create_time: target.create_time,
    })
    expect([...after.lists].sort()).toEqual([...lists].sort())
    expectError(await client.get(`/profiles/${source.id}`), errors.unknownProfile)
    expect(idsIn(await client.get('/profiles'))).toEqual([target.id])
  })

  it('is one way: merged the other way round, the other one stays', async () => {
    const [a, b] = [await client.make({ email: 'a@example.com' }), await client.make({ email: 'b@example.com' })]
    expectDone(await client.post(`/profiles/${b.id}/merge/${a.id}`))
    expect(await client.show(b.id)).toMatchObject({ email: 'b@example.com' })
    expectError(await client.get(`/profiles/${a.id}`), errors.unknownProfile)
    await client.make({ email: 'a@example.com' })
  })

  it('takes the three names for one field: nobody gets half a name of somebody else', async () => {
    const target = await client.make({ email: 'a@example.com', full_name: 'Cher' })
    const source = await client.make(exampleProfile)
    expectDone(await client.post(`/profiles/${target.id}/merge/${source.id}`))
    expect((await client.show(target.id)).full_name).toBe('Cher')
    const rows = await database.db.query(
      'select first_name, last_name from profiles where app_id = $1 and deleted_at is null',
      [tenant.ctx.appId],
    )
    expect(rows).toEqual([{ first_name: 'Cher', last_name: null }])
  })

  it('ends the source in every dialect, which find the target by what was the source’s', async () => {
    const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
    const post = { method: 'POST', url: '/facet/v1/profiles', headers } as const
    const source = (await api.server.inject({ ...post, payload: { reference: 'r', email: 'a@example.com' } })).json()
    const target = await client.make({ mobile_phone_number: '+4930901820' })
    expectDone(await client.post(`/profiles/${target.id}/merge/${source.longId}`))
    expect((await ask(`/facet/v1/profiles/${source.id}`)).statusCode).toBe(404)
    for (const key of ['reference:r', 'email:a%40example.com', 'phone:%2B4930901820']) {
      expect((await ask(`/facet/v1/profiles/${key}`)).json().longId).toBe(target.id)
    }
    expect((await ask('/api/v1/profiles')).json()).toMatchObject({ totalElements: 1, profiles: [{ reference: 'r' }] })
  })

  it('does one of many simultaneous merges of a pair, and says of the others that the source is unknown', async () => {
    const [target, source] = [await client.make(), await client.make()]
    const merge = () => client.post(`/profiles/${target.id}/merge/${source.id}`)
    const answers = await Promise.all(Array.from({ length: 10 }, merge))
    const refused = answers.filter(({ statusCode }) => statusCode !== 204)
    expect(refused).toHaveLength(9)
    for (const answer of refused) expectError(answer, errors.unknownProfile)
    expect((await client.get('/profiles')).json().total).toBe(1)
  })
})

describe('400', () => {
  const never = '17430755068336100383'

  it('says of either side that it is unknown, and changes nothing', async () => {
    const [{ id }, gone] = [await client.make(exampleProfile), await client.make()]
    await client.delete(`/profiles/${gone.id}`)
    const before = await client.show(id)
    for (const other of [never, gone.id, '1', 'abc', '1e19', '%00', `${id}0`]) {
      expectError(await client.post(`/profiles/${id}/merge/${other}`), errors.unknownProfile)
      expectError(await client.post(`/profiles/${other}/merge/${id}`), errors.unknownProfile)
    }
    expect(await client.show(id)).toEqual(before)
  })

  it('refuses a profile and itself, whatever the body is', async () => {
    const { id } = await client.make(exampleProfile)
    for (const body of [undefined, {}, '[]']) {
      expectError(await client.post(`/profiles/${id}/merge/${id}`, body), errors.badRequest)
    }
    expect((await client.show(id)).email).toBe(exampleProfile.email)
  })

  it('refuses what one profile cannot hold, and leaves both as they are', async () => {
    const half = 'x'.repeat(40_000)
    const [target, source] = [
      await client.make({ email: 'a@example.com', custom_properties: { a: half } }),
      await client.make({ email: 'b@example.com', custom_properties: { b: half } }),
    ]
    expectError(await client.post(`/profiles/${target.id}/merge/${source.id}`), errors.badRequest)
    expect((await client.show(target.id)).custom_properties).toEqual({ a: half })
    expect((await client.show(source.id)).custom_properties).toEqual({ b: half })
  })
})
