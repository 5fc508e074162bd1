import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectError, mounts, newTenant, type ProfileItem, withQuery } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let client: Client
let secret: string
let made: ProfileItem
beforeAll(async () => {
  const { apiKey } = await newTenant(api, database)
  secret = apiKey.secret
  client = clientOf(api, apiKey)
  made = await client.make(exampleProfile)
})

const fullKeys = ['organization_id', 'lists', 'comment', 'custom_properties']

describe('200', () => {
  it.each(mounts)('%s answers a list of the one profile, as its create answered it', async (mount) => {
    const answer = await clientOf(api, { secret }, mount).get(`/profiles/${made.id}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(JSON.stringify({ total: 1, items: [made] }))
  })

  it('answers HEAD as GET, without the body', async () => {
    const path = `/profiles/${made.id}`
    const [got, answer] = [await client.get(path), await client.call('HEAD', path)]
    expect([answer.statusCode, answer.body]).toEqual([200, ''])
    expect(answer.headers['content-length']).toBe(got.headers['content-length'])
    expect(answer.headers['content-type']).toBe('application/json')
  })

  it('adds four keys under view=full, and none under view=default', async () => {
    const full = (await client.get(`/profiles/${made.id}?view=full`)).json()
    expect(full).toEqual({
      total: 1,
      items: [{ ...made, organization_id: '', lists: [], comment: '', custom_properties: {} }],
    })
    expect(Object.keys(full.items[0])).toEqual([...Object.keys(made), ...fullKeys])
    const plain = await client.get(`/profiles/${made.id}?view=default`)
    expect(plain.json()).toEqual({ total: 1, items: [made] })
  })

  it('picks fields, which go before the view, in the order of the whole object and each once', async () => {
    const fields = 'comment, email ,id,id'
    for (const view of [{}, { view: 'full' }, { view: 'default' }]) {
      const answer = await client.get(withQuery(`/profiles/${made.id}`, { fields, ...view }))
      expect(answer.body).toBe(`{"total":1,"items":[{"id":"${made.id}","email":"john@example.com","comment":""}]}`)
    }
  })

  it('shows a profile that another dialect made, with this one’s empty values', async () => {
    const native = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${secret}` },
      payload: { reference: 'r', language: 'de', timezone: 'Europe/Berlin', organization: 'Facet', country: 'FR' },
    })
    const { longId } = native.json()
    expect(await client.show(longId)).toMatchObject({
      ...{ id: longId, email: '', mobile_phone_number: '', full_name: '', country_code: 'FR' },
      ...{ user_lang: 'de', timezone: 'Europe/Berlin', organization_id: 'Facet' },
    })
  })
})

describe('400', () => {
  it.each([
    ['an id that there is not', '17430755068336100383'],
    ['an id of 19 digits', '1743075506833610038'],
    ['an id of 21 digits', '174307550683361003831'],
    ['an id that begins with 0', '00000000000000000001'],
    ['a number in another notation', '1e19'],
    ['a negative id', '-1'],
    ['letters', 'abc'],
    ['a NUL', '%00'],
    ['an id and a NUL', '17430755068336100383%00'],
    ['an emoji', '%F0%9F%98%80'],
    ['digits of another script', encodeURIComponent('١٧٤٣٠٧٥٥٠٦٨٣٣٦١٠٠٣٨٣')],
    ['a line end', '1%0d%0aX-Injected:%201'],
    ['a quote', `1'%20or%20'1'='1`],
    ['a path', '..%2f..%2ffacet'],
    ['two thousand characters', 'x'.repeat(2_000)],
  ])('says of %s that it is unknown', async (_, id) => {
    const answer = await client.get(`/profiles/${id}`)
    expectError(answer, errors.unknownProfile)
    expect(answer.headers['x-injected']).toBeUndefined()
  })

  it('knows a profile by no other id than the one it shows', async () => {
    const [ids] = await database.db.query<Record<string, string>>(
      'select id, uid, number from profiles where long_id = $1',
      [made.id],
    )
    for (const id of Object.values(ids ?? {})) expectError(await client.get(`/profiles/${id}`), errors.unknownProfile)
  })

  it.each([
    ['a view that there is not', 'view=all'],
    ['an empty view', 'view='],
    ['two views', 'view=full&view=full'],
    ['a field that there is not', 'fields=id,nothing'],
    ['a field of a prototype', 'fields=constructor'],
    ['a field of every object', 'fields=__proto__'],
    ['no field', 'fields='],
    ['a comma too many', 'fields=id,'],
    ['a parameter that a list alone takes', 'page=1'],
    ['a parameter that nobody takes', 'x=1'],
    ['a parameter of a prototype', '__proto__=1'],
    ['what is no UTF-8', 'fields=%ff'],
  ])('refuses %s', async (_, query) => {
    expectError(await client.get(`/profiles/${made.id}?${query}`), errors.badRequest)
  })
})
