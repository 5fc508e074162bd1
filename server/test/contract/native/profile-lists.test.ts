import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
let reader: Client
beforeAll(async () => {
  const tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
})

const list = async (name: string) => (await client.post('/profile-lists', { name })).json()

describe('/facet/v1/profile-lists', () => {
  it('201: makes a list, with what is said and a colour of its own where none is', async () => {
    const answer = await client.post('/profile-lists', { name: 'Newsletter', description: 'Weekly', color: '#6D9382' })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      longId: expect.stringMatching(/^\d{20}$/),
      ...{ name: 'Newsletter', description: 'Weekly', color: '#6D9382' },
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    })
    expect(await list('Plain')).toMatchObject({ description: '', color: '#808080' })
  })

  it('200: lists them, changes one, and keeps the time of a change that changes nothing', async () => {
    const made = await list('Before')
    const patched = await client.patch(`/profile-lists/${made.id}`, { name: 'After' })
    expect([patched.statusCode, patched.json()]).toEqual([
      200,
      { ...made, name: 'After', updatedAt: patched.json().updatedAt },
    ])
    expect((await client.patch(`/profile-lists/${made.id}`, { name: 'After' })).json()).toEqual(patched.json())
    const { data } = (await reader.get('/profile-lists')).json()
    expect(data).toContainEqual(patched.json())
  })

  it('204: deletes one; its name is free again', async () => {
    const { id } = await list('Gone')
    expect((await client.delete(`/profile-lists/${id}`)).statusCode).toBe(204)
    expectProblem(await client.delete(`/profile-lists/${id}`), 404, 'profile_list_not_found')
    expect((await list('Gone')).id).not.toBe(id)
  })

  it('400: names every broken field', async () => {
    const answer = await client.post('/profile-lists', { name: ' ', description: 'x'.repeat(1_001), color: 'red' })
    expectProblem(answer, 400, 'input_invalid', [
      { path: '/name', rule: 'blank' },
      { path: '/description', rule: 'too_long' },
      { path: '/color', rule: 'format' },
    ])
    expectProblem(await client.post('/profile-lists', {}), 400, 'input_invalid', [{ path: '/name', rule: 'required' }])
  })

  it('403, 404, 409: for a reader, an unknown list, a name that is taken', async () => {
    const [one, other] = [await list('One'), await list('Other')]
    expectProblem(await reader.post('/profile-lists', { name: 'x' }), 403, 'scope_missing')
    expectProblem(await client.patch('/profile-lists/nonsense', { name: 'x' }), 404, 'profile_list_not_found')
    expectProblem(await client.post('/profile-lists', { name: 'One' }), 409, 'profile_list_name_taken')
    expectProblem(await client.patch(`/profile-lists/${other.id}`, { name: 'One' }), 409, 'profile_list_name_taken')
    expect((await client.patch(`/profile-lists/${one.id}`, { name: 'One' })).statusCode).toBe(200)
  })

  it('holds profiles: 201 and 200 with their ids, 400 for one that is not there or comes twice', async () => {
    const [one, other] = [await list('Holds one'), await list('Holds other')]
    const made = await client.make({ listIds: [one.id] })
    expect(made.listIds).toEqual([one.id])
    const patched = await client.patch(`/profiles/${made.id}`, { listIds: [other.id, one.id] })
    expect(patched.json().listIds).toEqual([other.id, one.id])
    for (const listIds of [[made.id], [one.id, one.id], ['nonsense']]) {
      const refused = await client.patch(`/profiles/${made.id}`, { listIds })
      expectProblem(refused, 400, 'input_invalid', [{ path: '/listIds', rule: 'choice' }])
    }
    const many = await client.patch(`/profiles/${made.id}`, { listIds: Array.from({ length: 101 }, () => one.id) })
    expectProblem(many, 400, 'input_invalid', [{ path: '/listIds', rule: 'too_long' }])
  })

  it('lets a profile keep what it was in when a list goes, and repeat the create that named it', async () => {
    const [gone, stays] = [await list('Goes'), await list('Stays')]
    const key = { 'idempotency-key': 'made-in-a-list' }
    const body = { listIds: [gone.id] }
    const made = await client.post('/profiles', body, key)
    await client.delete(`/profile-lists/${gone.id}`)
    const again = await client.post('/profiles', body, key)
    expect([again.statusCode, again.body]).toEqual([201, made.body])
    const { id, listIds } = made.json()
    const patched = await client.patch(`/profiles/${id}`, { listIds: [...listIds, stays.id] })
    expect([patched.statusCode, patched.json().listIds]).toEqual([200, [gone.id, stays.id]])
    const other = await client.make({})
    const refused = await client.patch(`/profiles/${other.id}`, { listIds: [gone.id] })
    expectProblem(refused, 400, 'input_invalid', [{ path: '/listIds', rule: 'choice' }])
  })

  it('answers with the ids of lists as it will read them, in whatever case they are given', async () => {
    const { id } = await list('In capitals')
    const made = await client.make({ listIds: [id.toUpperCase()] })
    expect(made.listIds).toEqual([id])
    const twice = await client.patch(`/profiles/${made.id}`, { listIds: [id, id.toUpperCase()] })
    expectProblem(twice, 400, 'input_invalid', [{ path: '/listIds', rule: 'choice' }])
  })
})

describe('/facet/v1/profile-properties', () => {
  it('201: describes an attribute, and 200 lists it', async () => {
    const answer = await client.post('/profile-properties', { label: 'plan', dataType: 'text', personal: true })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      longId: expect.stringMatching(/^\d{20}$/),
      ...{ label: 'plan', dataType: 'text', example: '', description: '', exportAlias: '' },
      ...{ personal: true, importable: true, exportable: true },
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    })
    expect((await reader.get('/profile-properties')).json()).toEqual({ data: [answer.json()] })
  })

  it('400, 403, 409: for a broken field, a reader, a label that is taken', async () => {
    await client.post('/profile-properties', { label: 'taken', dataType: 'number' })
    const again = await client.post('/profile-properties', { label: 'taken', dataType: 'text' })
    expectProblem(again, 409, 'profile_property_label_taken')
    expectProblem(await reader.post('/profile-properties', { label: 'x', dataType: 'text' }), 403, 'scope_missing')
    const broken = await client.post('/profile-properties', { label: ' ', dataType: 'colour' })
    expectProblem(broken, 400, 'input_invalid', [{ path: '/dataType', rule: 'choice' }])
    const blank = await client.post('/profile-properties', { label: ' ', dataType: 'text' })
    expectProblem(blank, 400, 'input_invalid', [{ path: '/label', rule: 'blank' }])
  })
})
