import { beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectDone, expectError, idsIn, mounts, newTenant } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
})

interface ListItem {
  readonly id: string
  readonly name: string
  readonly create_time: string
  readonly [field: string]: string
}

async function make(body: object): Promise<ListItem> {
  const answer = await client.post('/profile-lists', body)
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const all = async (): Promise<ListItem[]> => (await client.get('/profile-lists?page=1,100')).json().items

describe('201', () => {
  it.each(mounts)('%s makes a list, and answers it whole', async (mount) => {
    client = clientOf(api, tenant.apiKey, mount)
    const body = { name: 'black friday list', description: 'Of the mailing.', color: '#6D9382' }
    const answer = await client.post('/profile-lists', body)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([201, 'application/json'])
    const list = answer.json()
    expect(Object.keys(list)).toEqual([
      ...['id', 'company_id', 'name', 'description', 'color', 'create_time', 'update_time'],
    ])
    expect(list).toEqual({
      id: expect.stringMatching(/^\d{20}$/),
      company_id: String(tenant.ctx.organizationNumber),
      ...body,
      create_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      update_time: list.create_time,
    })
    expect(await all()).toEqual([list])
  })

  it('needs a name alone', async () => {
    expect(await make({ name: 'x' })).toMatchObject({ name: 'x', description: '', color: '#808080' })
    expect(await make({ name: 'y', description: null })).toMatchObject({
      ...{ name: 'y', description: '', color: '#808080' },
    })
  })

  it('takes names of 255 characters and descriptions of 1,000, of any script', async () => {
    const texts = { name: '\u{1F600}'.repeat(255), description: 'ß'.repeat(1_000) }
    expect(await make(texts)).toMatchObject(texts)
  })
})

describe('200', () => {
  it('lists them in order of creation, with the total', async () => {
    const ids: string[] = []
    for (let i = 0; i < 25; i++) ids.push((await make({ name: `list ${i}` })).id)
    const first = await client.get('/profile-lists')
    expect([idsIn(first), first.json().total]).toEqual([ids.slice(0, 20), 25])
    expect(idsIn(await client.get('/profile-lists?page=2'))).toEqual(ids.slice(20))
    expect(idsIn(await client.get('/profile-lists?page=9,100'))).toEqual([])
  })

  it('goes by sort, q, fields and view', async () => {
    const [b, a, c] = [
      await make({ name: 'bravo', color: '#000002' }),
      await make({ name: 'Alpha', color: '#000001' }),
      await make({ name: 'charlie 100%', color: '#000001' }),
    ]
    expect(idsIn(await client.get('/profile-lists?sort=name'))).toEqual([a.id, b.id, c.id])
    expect(idsIn(await client.get('/profile-lists?sort=color,-name'))).toEqual([c.id, a.id, b.id])
    expect(idsIn(await client.get('/profile-lists?sort=-create_time,-id'))).toHaveLength(3)
    expect(idsIn(await client.get('/profile-lists?q=AL'))).toEqual([a.id])
    expect(idsIn(await client.get('/profile-lists?q=r&q_fields=name&sort=-name'))).toEqual([c.id, b.id])
    expect(idsIn(await client.get('/profile-lists?q=0%25'))).toEqual([c.id])
    expect(idsIn(await client.get('/profile-lists?q=.*'))).toEqual([])
    expect((await client.get('/profile-lists?q=br&fields=name,id')).json()).toEqual({
      total: 1,
      items: [{ id: b.id, name: 'bravo' }],
    })
    expect((await client.get('/profile-lists?q=br&view=full')).json().items).toEqual([b])
  })
})

describe('204', () => {
  it.each([
    [{ name: 'other' }, { name: 'other' }],
    [{ description: 'other' }, { description: 'other' }],
    [{ description: '' }, { description: '' }],
    [{ description: null }, { description: '' }],
    [{ color: '#ABCDEF' }, { color: '#ABCDEF' }],
    [{ name: 'other', id: '1', company_id: '1' }, { name: 'other' }],
  ])('PATCH %j changes that alone', async (body, changes) => {
    const { update_time: _, ...list } = await make({ name: 'x', description: 'y', color: '#123456' })
    expectDone(await client.patch(`/profile-lists/${list.id}`, body))
    const [after] = await all()
    expect(after).toEqual({ ...list, ...changes, update_time: expect.any(String) })
  })

  it('PATCH with what is there changes nothing', async () => {
    const list = await make({ name: 'x' })
    expectDone(await client.patch(`/profile-lists/${list.id}`, { name: 'x', color: '#808080' }))
    expect(await all()).toEqual([list])
  })

  it('DELETE removes the list and frees its name', async () => {
    const { id } = await make({ name: 'x' })
    expectDone(await client.delete(`/profile-lists/${id}`))
    expect(await all()).toEqual([])
    expectError(await client.delete(`/profile-lists/${id}`), errors.unknownList)
    expectError(await client.patch(`/profile-lists/${id}`, { name: 'y' }), errors.unknownList)
    expect((await make({ name: 'x' })).id).not.toBe(id)
  })
})

describe('400', () => {
  it.each([
    ['no name', {}],
    ['a name that is null', { name: null }],
    ['a name that is a number', { name: 1 }],
    ['an empty name', { name: '' }],
    ['a name of spaces', { name: ' \t' }],
    ['a name of 256 characters', { name: 'x'.repeat(256) }],
    ['a name with a NUL in it', { name: 'a\0' }],
    ['a description of 1,001 characters', { name: 'x', description: 'x'.repeat(1_001) }],
    ['a description that is a list', { name: 'x', description: [] }],
    ['a color without #', { name: 'x', color: '6d9382' }],
    ['a short color', { name: 'x', color: '#fff' }],
    ['a color by its name', { name: 'x', color: 'red' }],
    ['a color of eight digits', { name: 'x', color: '#6d938200' }],
    ['a color and a line end', { name: 'x', color: '#6d9382\n' }],
    ['an empty color', { name: 'x', color: '' }],
    ['a list', '[]'],
    ['no JSON', '{'],
  ])('POST refuses %s', async (_, body) => {
    expectError(await client.post('/profile-lists', body), errors.badBody)
    expect(await all()).toEqual([])
  })

  it.each([
    ['nothing', {}],
    ['nothing that is known', { colour: '#123456' }],
    ['a name that is null', { name: null }],
    ['an empty name', { name: '' }],
    ['a bad color beside a good name', { name: 'other', color: 'red' }],
    ['a color that is null', { color: null }],
  ])('PATCH refuses %s', async (_, body) => {
    const list = await make({ name: 'x' })
    expectError(await client.patch(`/profile-lists/${list.id}`, body), errors.badBody)
    expect(await all()).toEqual([list])
  })

  it('refuses the name of another list, which is told by case', async () => {
    const [x, y] = [await make({ name: 'x' }), await make({ name: 'X' })]
    expectError(await client.post('/profile-lists', { name: 'x' }), errors.duplicateName)
    expectError(await client.patch(`/profile-lists/${y.id}`, { name: 'x' }), errors.duplicateName)
    expectDone(await client.patch(`/profile-lists/${x.id}`, { name: 'x' }))
    expect(await all()).toEqual([x, y])
  })

  it('lets one of many simultaneous creates with one name through', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.post('/profile-lists', { name: 'x' })))
    const refused = answers.filter(({ statusCode }) => statusCode !== 201)
    expect(refused).toHaveLength(9)
    for (const answer of refused) expectError(answer, errors.duplicateName)
  })

  it.each(['17430755068336100383', '1', 'abc', '1e19', '%00', `1'--`])('says of %s that it is unknown', async (id) => {
    expectError(await client.patch(`/profile-lists/${id}`, { name: 'x' }), errors.unknownList)
    expectError(await client.delete(`/profile-lists/${id}`), errors.unknownList)
  })

  it('refuses the 1,001st list of an app', async () => {
    await database.db.query(
      `insert into profile_lists (app_id, id, long_id, name, description, color, created_at, updated_at)
       select $1, gen_random_uuid(), 17000000000000000000 + n, 'l' || n, '', '#808080', now(), now()
       from generate_series(1, 999) n`,
      [tenant.ctx.appId],
    )
    await make({ name: 'the last' })
    expectError(await client.post('/profile-lists', { name: 'one too many' }), errors.badBody)
    expect((await client.get('/profile-lists?page=10,100')).json()).toMatchObject({ total: 1_000 })
  })

  it.each(['sort=x', 'sort=', 'fields=x', 'view=x', 'page=0', 'q_fields=color', 'x=1', 'q=a&q=b'])(
    'GET refuses %s',
    async (query) => {
      expectError(await client.get(`/profile-lists?${query}`), errors.badRequest)
    },
  )
})
