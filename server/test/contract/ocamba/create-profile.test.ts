import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { clientOf, mounts, newClient, newTenant } from './client.ts'
import { created, exampleCountry, exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

/** The keys of the object, in the order in which the vendor's newer page prints them; then the tail that is ours. */
const printedKeys = [
  ...['id', 'company_id', 'status', 'container_id', 'app_type', 'app_name', 'country_code', 'region', 'city', 'asn'],
  ...['os_id', 'browser_id', 'device_id', 'user_lang', 'timezone', 'total_pageviews', 'total_goals', 'push_wokenup'],
  ...['push_clicks', 'ad_served', 'ad_impressions', 'ad_spam_impressions'],
]
const tail = [
  ...['ad_clicks', 'ad_spam_clicks', 'ad_conversions', 'income', 'cost', 'conversion_score'],
  ...['email', 'mobile_phone_number', 'full_name', 'create_time', 'update_time'],
]

describe('201', () => {
  it.each(mounts)('%s answers the whole object: each key in its place, each value a string', async (mount) => {
    const { apiKey, ctx } = await newTenant(api, database)
    const before = Math.floor(Date.now() / 1000)
    const answer = await clientOf(api, apiKey, mount).post('/profiles', exampleProfile)
    const after = Math.floor(Date.now() / 1000)
    expect([answer.statusCode, answer.statusMessage]).toEqual([created.status, created.statusText])
    expect(answer.headers['content-type']).toBe(created.contentType)
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.body))
    const body = answer.json()
    expect(Object.keys(body)).toEqual([...printedKeys, ...tail])
    expect(new Set(Object.values(body).map((value) => typeof value))).toEqual(new Set(['string']))
    const { id, create_time: time } = body
    expect(body).toEqual({
      ...Object.fromEntries([...printedKeys, ...tail].map((key) => [key, '0'])),
      id: expect.stringMatching(/^\d{20}$/),
      company_id: String(ctx.organizationNumber),
      status: '1',
      app_type: 'web',
      app_name: '',
      country_code: exampleCountry,
      user_lang: 'en',
      timezone: '',
      ...exampleProfile,
      create_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      update_time: time,
    })
    const seconds = Number(id.slice(0, 10))
    expect(seconds).toBeGreaterThanOrEqual(before)
    expect(seconds).toBeLessThanOrEqual(after)
    // GMT, whatever the zone of the machine is: the time is the second with which the id begins.
    expect(Date.parse(`${time.replace(' ', 'T')}Z`)).toBe(seconds * 1000)
  })

  it('stores what was given, in the fields that every dialect reads', async () => {
    const { apiKey, ctx } = await newTenant(api, database)
    const { id } = await clientOf(api, apiKey).make(exampleProfile)
    const rows = await database.db.query(
      `select long_id, email, phone, full_name, first_name, last_name, country, type, attributes, list_ids, comment
       from profiles where app_id = $1`,
      [ctx.appId],
    )
    expect(rows).toEqual([
      {
        long_id: id,
        email: 'john@example.com',
        phone: '+49658245684',
        full_name: 'John Doe',
        ...{ first_name: 'John', last_name: 'Doe' },
        ...{ country: 'DE', type: 'User', attributes: {}, list_ids: [], comment: null },
      },
    ])
  })

  it('takes an e-mail alone or a phone alone, with null or an empty text for the other', async () => {
    const client = await newClient(api, database)
    const bodies = [
      { email: 'a@example.com' },
      { email: 'b@example.com', mobile_phone_number: null, full_name: null },
      { email: 'c@example.com', mobile_phone_number: '', full_name: '' },
      { mobile_phone_number: '+4930901820' },
      { mobile_phone_number: '+4930901821', email: null },
      { mobile_phone_number: '+4930901822', email: '' },
    ]
    for (const body of bodies) {
      const answer = await client.post('/profiles', body)
      expect([body, answer.statusCode]).toEqual([body, 201])
      const texts = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, value ?? '']))
      expect(answer.json()).toMatchObject({ email: '', mobile_phone_number: '', full_name: '', ...texts })
    }
  })

  it.each([
    ['+49658245684', '+49658245684', 'DE'],
    ['+49 (0) 658 245684', '+49658245684', 'DE'],
    ['tel:+49-658-245684', '+49658245684', 'DE'],
    ['＋４９６５８２４５６８４', '+49658245684', 'DE'],
    ['+447911123456', '+447911123456', 'GG'],
    ['+447400123456', '+447400123456', 'GB'],
    ['+12015550123', '+12015550123', 'US'],
    ['+77011234567', '+77011234567', 'KZ'],
    // Possible, and of no country: a satellite network, and a calling code that nobody has.
    ['+881612345678', '+881612345678', ''],
    ['+999123456789', '+999123456789', ''],
  ])('determines the country of %s from the number, if possible', async (given, kept, country) => {
    const client = await newClient(api, database)
    const { mobile_phone_number, country_code } = await client.make({ mobile_phone_number: given })
    expect({ mobile_phone_number, country_code }).toEqual({ mobile_phone_number: kept, country_code: country })
  })

  it('has no country where there is no phone', async () => {
    const client = await newClient(api, database)
    expect((await client.make({ email: 'a@example.de' })).country_code).toBe('')
  })

  it('takes what only a patch is printed with, and ignores keys that nobody names', async () => {
    const client = await newClient(api, database)
    const list = (await client.post('/profile-lists', { name: 'first' })).json()
    const { id } = await client.make({
      email: 'a@example.com',
      organization_id: 17,
      lists: [list.id],
      comment: 'Called twice.',
      custom_properties: { plan: 'gold', seats: 3 },
      ...{ id: '1', status: '0', company_id: '1', country_code: 'FR', create_time: '2020-01-01 00:00:00', x: [] },
    })
    expect(id).not.toBe('1')
    expect(await client.show(id)).toMatchObject({
      ...{ status: '1', country_code: '', organization_id: '17', lists: [list.id], comment: 'Called twice.' },
      custom_properties: { plan: 'gold', seats: 3 },
    })
  })

  it.each([
    ['511 characters', 'x'.repeat(511)],
    ['511 characters outside the basic plane', '\u{1F600}'.repeat(511)],
    ['markup, SQL and line ends', `<b>'; drop table profiles; --\r\nX-Injected: 1`],
    ['what line-splitting scripts trip over', '\u2028\u2029\ufeff\u202e'],
  ])('keeps a name of %s as it was given', async (_, name) => {
    const client = await newClient(api, database)
    const answer = await client.post('/profiles', { email: 'a@example.com', full_name: name })
    expect([answer.statusCode, answer.json().full_name]).toEqual([201, name])
    expect(answer.headers['x-injected']).toBeUndefined()
  })

  it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])(
    'takes JSON under the content type %s, and answers its own',
    async (contentType) => {
      const client = await newClient(api, database)
      const answer = await client.post('/profiles', exampleProfile, { 'content-type': contentType })
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([201, 'application/json'])
    },
  )

  it('lets one of many simultaneous creates with one address through', async () => {
    const client = await newClient(api, database)
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.post('/profiles', exampleProfile)))
    const statuses = answers.map(({ statusCode }) => statusCode).sort()
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 400)])
    expect((await client.get('/profiles')).json().total).toBe(1)
  })
})
