import { beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectError, idsIn, mounts, newTenant } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
})

async function make(body: object): Promise<Record<string, unknown>> {
  const answer = await client.post('/profile-properties', { data_type: 'text', ...body })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const all = async () => (await client.get('/profile-properties?page=1,100')).json().items

describe('201', () => {
  it.each(mounts)('%s describes a property, and answers it whole', async (mount) => {
    client = clientOf(api, tenant.apiKey, mount)
    const body = {
      label: 'my_region',
      data_type: 'text',
      example: 'northern_europe',
      description: 'Where the profile is at home.',
      export_alias: 'region_name',
      pi_data: 1,
      importable: 0,
      exportable: 1,
    }
    const answer = await client.post('/profile-properties', body)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([201, 'application/json'])
    const property = answer.json()
    expect(Object.keys(property)).toEqual(['id', 'company_id', ...Object.keys(body), 'create_time', 'update_time'])
    expect(property).toEqual({
      id: expect.stringMatching(/^\d{20}$/),
      company_id: String(tenant.ctx.organizationNumber),
      ...body,
      create_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      update_time: property.create_time,
    })
    expect(await all()).toEqual([property])
  })

  it('needs a label and a type alone', async () => {
    const rest = { example: '', description: '', export_alias: '', pi_data: 0, importable: 1, exportable: 1 }
    for (const [index, type] of ['text', 'number', 'boolean', 'date', 'datetime'].entries()) {
      const label = `property ${index}`
      expect(await make({ label, data_type: type })).toMatchObject({ label, data_type: type, ...rest })
    }
    const nulls = { example: null, description: null, export_alias: null }
    expect(await make({ label: 'nulls', ...nulls })).toMatchObject(rest)
  })

  it.each([
    [1, 1],
    ['1', 1],
    [true, 1],
    [0, 0],
    ['0', 0],
    [false, 0],
  ])('reads %j as the flag %i', async (given, flag) => {
    const flags = { pi_data: given, importable: given, exportable: given }
    expect(await make({ label: 'x', ...flags })).toMatchObject({ pi_data: flag, importable: flag, exportable: flag })
  })

  it('takes names that every object has for labels like any other', async () => {
    for (const label of ['constructor', '__proto__', 'toString']) expect((await make({ label })).label).toBe(label)
    expect(await all()).toHaveLength(3)
  })
})

describe('200', () => {
  it('lists them in order of creation, by sort, q, fields and page', async () => {
    const a = await make({ label: 'alpha', description: 'the second', pi_data: 1 })
    const c = await make({ label: 'charlie', description: 'the third' })
    const b = await make({ label: 'bravo', data_type: 'date' })
    expect(idsIn(await client.get('/profile-properties'))).toEqual([a.id, c.id, b.id])
    expect(idsIn(await client.get('/profile-properties?sort=-label'))).toEqual([c.id, b.id, a.id])
    expect(idsIn(await client.get('/profile-properties?sort=-pi_data,data_type,label'))).toEqual([a.id, b.id, c.id])
    expect(idsIn(await client.get('/profile-properties?q=THE'))).toEqual([a.id, c.id])
    expect(idsIn(await client.get('/profile-properties?q=th&q_fields=label'))).toEqual([])
    expect((await client.get('/profile-properties?sort=label&page=2,1&fields=label')).json()).toEqual({
      total: 3,
      items: [{ label: 'bravo' }],
    })
  })
})

describe('400', () => {
  const good = { label: 'x', data_type: 'text' }
  it.each([
    ['no label', { data_type: 'text' }],
    ['an empty label', { ...good, label: '' }],
    ['a label of spaces', { ...good, label: '  ' }],
    ['a label of 256 characters', { ...good, label: 'x'.repeat(256) }],
    ['a label with a NUL in it', { ...good, label: 'a\0' }],
    ['a label that is a number', { ...good, label: 1 }],
    ['no type', { label: 'x' }],
    ['a type that there is not', { ...good, data_type: 'colour' }],
    ['a type of every object', { ...good, data_type: 'toString' }],
    ['a type in capitals', { ...good, data_type: 'TEXT' }],
    ['an example of 256 characters', { ...good, example: 'x'.repeat(256) }],
    ['a description of 1,001 characters', { ...good, description: 'x'.repeat(1_001) }],
    ['an alias of 256 characters', { ...good, export_alias: 'x'.repeat(256) }],
    ['a flag of 2', { ...good, pi_data: 2 }],
    ['a flag of yes', { ...good, importable: 'yes' }],
    ['a flag that is null', { ...good, exportable: null }],
    ['a list', '[]'],
  ])('refuses %s', async (_, body) => {
    expectError(await client.post('/profile-properties', body), errors.badBody)
    expect(await all()).toEqual([])
  })

  it('refuses the label of another property', async () => {
    const property = await make({ label: 'x' })
    expectError(await client.post('/profile-properties', { label: 'x', data_type: 'date' }), errors.duplicateLabel)
    expect(await all()).toEqual([property])
    await make({ label: 'X' })
  })

  it('refuses the 1,001st property of an app', async () => {
    await database.db.query(
      `insert into profile_properties (app_id, id, long_id, label, data_type, example, description, export_alias,
         personal, importable, exportable, created_at, updated_at)
       select $1, gen_random_uuid(), 17000000000000000000 + n, 'l' || n, 'text', '', '', '', false, true, true, now(), now()
       from generate_series(1, 999) n`,
      [tenant.ctx.appId],
    )
    await make({ label: 'the last' })
    expectError(await client.post('/profile-properties', { label: 'more', data_type: 'text' }), errors.badBody)
  })

  it.each(['sort=example', 'fields=x', 'view=x', 'page=1,101', 'q_fields=example', 'x=1'])(
    'GET refuses %s',
    async (query) => {
      expectError(await client.get(`/profile-properties?${query}`), errors.badRequest)
    },
  )
})
