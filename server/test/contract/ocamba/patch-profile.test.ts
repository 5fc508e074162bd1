import { beforeEach, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  about,
  anEmail,
  type Client,
  clientOf,
  errors,
  expectDone,
  expectError,
  type FullItem,
  mounts,
  newClient,
  newTenant,
} from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let client: Client
let id: string
let before: FullItem
let listIds: string[]
beforeEach(async () => {
  client = await newClient(api, database)
  const names = ['first', 'second', 'third']
  listIds = []
  for (const name of names) listIds.push((await client.post('/profile-lists', { name })).json().id)
  const made = await client.make({
    ...exampleProfile,
    organization_id: 'acme',
    lists: listIds.slice(0, 1),
    comment: 'first',
    custom_properties: { plan: 'gold' },
  })
  id = made.id
  before = await client.show(id)
})

/** Patches, and gives the profile but for the time of its change. */
async function patched(body: object): Promise<Omit<FullItem, 'update_time'>> {
  expectDone(await client.patch(`/profiles/${id}`, body))
  const { update_time: _, ...rest } = await client.show(id)
  return rest
}

function beforeWith(changes: object): object {
  const { update_time: _, ...rest } = before
  return { ...rest, ...changes }
}

describe('204', () => {
  it.each([
    [{ email: 'Jane@Example.com' }, { email: 'Jane@Example.com' }],
    [{ mobile_phone_number: '+33 6 12 34 56 78' }, { mobile_phone_number: '+33612345678', country_code: 'FR' }],
    [{ full_name: 'Jane Roe' }, { full_name: 'Jane Roe' }],
    [{ organization_id: 'other' }, { organization_id: 'other' }],
    [{ organization_id: 4711 }, { organization_id: '4711' }],
    [{ comment: 'second' }, { comment: 'second' }],
    [{ custom_properties: { seats: 3 } }, { custom_properties: { plan: 'gold', seats: 3 } }],
    [{ email: null }, { email: '' }],
    [{ email: '' }, { email: '' }],
    [{ mobile_phone_number: null }, { mobile_phone_number: '', country_code: '' }],
    [{ mobile_phone_number: '' }, { mobile_phone_number: '', country_code: '' }],
    [{ full_name: null }, { full_name: '' }],
    [{ full_name: '' }, { full_name: '' }],
    [{ organization_id: null }, { organization_id: '' }],
    [{ comment: null }, { comment: '' }],
    [{ lists: [] }, { lists: [] }],
  ])('%j changes that alone', async (body, changes) => {
    expect(await patched(body)).toEqual(beforeWith(changes))
  })

  it.each(mounts)('%s changes several fields at once, and the time of the change', async (mount) => {
    const { apiKey, ctx } = await newTenant(api, database)
    const own = clientOf(api, apiKey, mount)
    const made = await own.make(exampleProfile)
    await database.db.query(`update profiles set updated_at = updated_at - interval '1 hour' where app_id = $1`, [
      ctx.appId,
    ])
    expectDone(await own.patch(`/profiles/${made.id}`, { full_name: 'Jane Roe', comment: 'x' }))
    const after = await own.show(made.id)
    expect(after).toMatchObject({ full_name: 'Jane Roe', comment: 'x', create_time: made.create_time })
    expect(Date.parse(`${after.update_time}Z`)).toBeGreaterThanOrEqual(Date.parse(`${made.create_time}Z`))
  })

  it('says nothing new, and tells of nothing, when all is as it was', async () => {
    const events = () => database.db.query('select from events_pending', [])
    const { length } = await events()
    const { email, full_name, lists, custom_properties } = before
    expect(await patched({ email, full_name, lists, custom_properties })).toEqual(beforeWith({}))
    expect(await events()).toHaveLength(length)
  })

  it('ignores keys that nobody names beside one that is', async () => {
    const body = { comment: 'x', id: '1', status: '0', create_time: '2020-01-01 00:00:00', country_code: 'FR' }
    expect(await patched(body)).toEqual(beforeWith({ comment: 'x' }))
  })

  it('puts the profile into the lists that are named and into no others, in their order', async () => {
    const [first, second, third] = listIds
    expect((await patched({ lists: [third, second] })).lists).toEqual([third, second])
    expect((await patched({ lists: [first] })).lists).toEqual([first])
  })

  it('needs no right to read lists in order to name them', async () => {
    const tenant = await newTenant(api, database)
    const list = (await clientOf(api, tenant.apiKey).post('/profile-lists', { name: 'x' })).json()
    const writer = clientOf(api, await api.newKey(tenant, ['profiles:write']))
    const made = await writer.make({ email: anEmail(), lists: [list.id] })
    expectDone(await writer.patch(`/profiles/${made.id}`, { lists: [list.id], comment: 'x' }))
    expect((await clientOf(api, tenant.apiKey).show(made.id)).lists).toEqual([list.id])
  })

  it('takes 100 lists', async () => {
    const many: string[] = []
    for (let i = 0; i < 100; i++) many.push((await client.post('/profile-lists', { name: `l${i}` })).json().id)
    expect((await patched({ lists: many })).lists).toEqual(many)
    expectError(await client.patch(`/profiles/${id}`, { lists: [...many, ...listIds] }), errors.badBody)
  })

  it('shows a list no more once it is deleted, whatever the profile still holds', async () => {
    const [first = '', second = ''] = listIds
    await patched({ lists: [first, second] })
    expectDone(await client.delete(`/profile-lists/${first}`))
    expect((await client.show(id)).lists).toEqual([second])
    expect((await patched({ comment: 'x' })).lists).toEqual([second])
  })

  it('lets simultaneous patches of different fields all hold', async () => {
    const bodies = [{ comment: 'x' }, { full_name: 'Jane Roe' }, { organization_id: 'x' }, { lists: [listIds[2]] }]
    for (const answer of await Promise.all(bodies.map((body) => client.patch(`/profiles/${id}`, body)))) {
      expectDone(answer)
    }
    expect(await client.show(id)).toMatchObject(Object.assign({}, ...bodies))
  })
})

describe('400', () => {
  it.each([
    ['nothing', {}],
    ['nothing that is known', { name: 'x', custom: {} }],
    ['an e-mail that is none', { email: 'john' }],
    ['an e-mail that is a number', { email: 1 }],
    ['an impossible phone', { mobile_phone_number: '+491' }],
    ['a name of 512 characters', { full_name: 'x'.repeat(512) }],
    ['a name that is an object', { full_name: {} }],
    ['a comment of 1,001 characters', { comment: 'x'.repeat(1_001) }],
    ['a comment with a NUL in it', { comment: 'a\0b' }],
    ['an organization of 256 characters', { organization_id: 'x'.repeat(256) }],
    ['an organization that is true', { organization_id: true }],
    ['an organization whose digits a number cannot hold', '{"organization_id":17430755068336100383}'],
    ['lists that are null', { lists: null }],
    ['lists that are a text', { lists: 'x' }],
    ['a list that there is not', { lists: ['17430755068336100383'] }],
    ['a list of no form', { lists: ['abc'] }],
    ['a list with a NUL in it', { lists: ['1743075506833610038\0'] }],
    ['a list that is null', { lists: [null] }],
    ['a list whose digits a number cannot hold', '{"lists":[17430755068336100383]}'],
    ['one list in two notations', '{"lists":["x",["x"]]}'],
    ['a good field beside a bad one', { full_name: 'Jane Roe', email: 'john' }],
    ['a list', '[]'],
    ['null', 'null'],
  ])('refuses %s, and changes nothing', async (_, body) => {
    expectError(await client.patch(`/profiles/${id}`, body), errors.badBody)
    expect(await client.show(id)).toEqual(before)
  })

  it('refuses a list that is named twice, and one beside which there is none', async () => {
    const [first = ''] = listIds
    for (const lists of [
      [first, first],
      [first, '17430755068336100383'],
    ]) {
      expectError(await client.patch(`/profiles/${id}`, { lists }), errors.badBody)
    }
    expect(await client.show(id)).toEqual(before)
  })

  it('refuses the e-mail and the phone of another profile by their names', async () => {
    const email = anEmail()
    await client.make({ email, mobile_phone_number: '+4930901820' })
    expectError(await client.patch(`/profiles/${id}`, { email: email.toUpperCase() }), errors.duplicateEmail)
    const both = { email, mobile_phone_number: '+49 30 901820', full_name: 'Jane' }
    expectError(await client.patch(`/profiles/${id}`, both), about('Duplicate entry', 'email', 'mobile_phone_number'))
    expect(await client.show(id)).toEqual(before)
  })

  it.each(['17430755068336100383', '1', 'abc', '%00'])('says of %s that it is unknown', async (unknown) => {
    expectError(await client.patch(`/profiles/${unknown}`, { comment: 'x' }), errors.unknownProfile)
  })

  it('says so of a profile that is gone', async () => {
    await client.delete(`/profiles/${id}`)
    expectError(await client.patch(`/profiles/${id}`, { comment: 'x' }), errors.unknownProfile)
  })
})

describe('A megabyte of lists', () => {
  it('is refused for their number, by a create as well', async () => {
    const body = `{"lists":[${Array.from({ length: 45_000 }, () => `"${listIds[0]}"`).join(',')}]}`
    expectError(await client.patch(`/profiles/${id}`, body), errors.badBody)
    expectError(await client.post('/profiles', `{"email":"x@example.com",${body.slice(1)}`), errors.badBody)
  })
})
