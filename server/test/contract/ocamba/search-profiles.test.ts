import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  clientOf,
  errors,
  expectError,
  idsIn,
  newClient,
  newTenant,
  type ProfileItem,
  withQuery,
} from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
let ada: ProfileItem
let grace: ProfileItem
let linus: ProfileItem
beforeAll(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
  ada = await client.make({
    email: 'Ada@Example.com',
    mobile_phone_number: '+49658245684',
    full_name: 'Ada King, Countess of Lovelace',
  })
  grace = await client.make({
    email: 'grace@example.org',
    mobile_phone_number: '+12015550123',
    full_name: 'Grace Hopper',
  })
  linus = await client.make({ email: 'ada.fan@example.net', full_name: 'Linus 100% \u{1F600} Straße' })
})

async function found(query: Readonly<Record<string, string>>): Promise<string[]> {
  const answer = await client.get(withQuery('/profiles', query))
  const shown = idsIn(answer)
  expect(answer.json().total).toBe(shown.length)
  return shown
}

describe('200: q with q_fields', () => {
  it('id finds a whole id and no beginning of one', async () => {
    expect(await found({ q: ada.id, q_fields: 'id' })).toEqual([ada.id])
    expect(await found({ q: ` ${ada.id} `, q_fields: 'id' })).toEqual([ada.id])
    for (const q of [ada.id.slice(0, 19), `${ada.id}0`, `+${ada.id}`, 'Ada', '1e19', '0']) {
      expect(await found({ q, q_fields: 'id' })).toEqual([])
    }
  })

  it('id finds nobody by an id of another dialect', async () => {
    const [ids = {}] = await database.db.query<Record<string, string>>(
      'select id, uid, number from profiles where long_id = $1',
      [ada.id],
    )
    for (const q of Object.values(ids)) expect(await found({ q })).toEqual([])
  })

  it('email finds the beginning of one, in any case', async () => {
    expect(await found({ q: 'ADA', q_fields: 'email' })).toEqual([ada.id, linus.id])
    expect(await found({ q: 'ada@example.com', q_fields: 'email' })).toEqual([ada.id])
    for (const q of ['example.com', 'King', '+49']) expect(await found({ q, q_fields: 'email' })).toEqual([])
  })

  it('mobile_phone_number finds the beginning of one, however it is written', async () => {
    for (const q of ['+49', '49', '+49 658', '0049 658 24', '+49658245684']) {
      expect([q, await found({ q, q_fields: 'mobile_phone_number' })]).toEqual([q, [ada.id]])
    }
    for (const q of ['658245684', 'ada', '+']) expect(await found({ q, q_fields: 'mobile_phone_number' })).toEqual([])
  })

  it('full_name finds the beginnings of words, all of those that are given', async () => {
    for (const q of ['love', 'LOVELACE', 'countess ada', 'a k c']) {
      expect([q, await found({ q, q_fields: 'full_name' })]).toEqual([q, [ada.id]])
    }
    for (const q of ['ovelace', 'ada hopper', 'example']) expect(await found({ q, q_fields: 'full_name' })).toEqual([])
    expect(await found({ q: 'strasse', q_fields: 'full_name' })).toEqual([])
    expect(await found({ q: 'STRAßE', q_fields: 'full_name' })).toEqual([linus.id])
  })

  it('several look in each, and none of them in all', async () => {
    expect(await found({ q: 'ada', q_fields: 'full_name,mobile_phone_number' })).toEqual([ada.id])
    expect(await found({ q: 'ada', q_fields: ' email , full_name ' })).toEqual([ada.id, linus.id])
    expect(await found({ q: 'ada' })).toEqual([ada.id, linus.id])
    expect(await found({ q: grace.id })).toEqual([grace.id])
    expect(await found({ q: 'grace' })).toEqual([grace.id])
  })

  it('finds each profile once, and goes by sort, page and fields', async () => {
    const query = { q: 'ada', sort: '-id', fields: 'id' }
    expect(await found(query)).toEqual([linus.id, ada.id])
    const second = await client.get(withQuery('/profiles', { ...query, page: '2,1' }))
    expect(second.json()).toEqual({ total: 2, items: [{ id: ada.id }] })
    const past = await client.get(withQuery('/profiles', { ...query, page: '3,1' }))
    expect(past.json()).toEqual({ total: 2, items: [] })
  })

  it.each(['%', '_', '100%', "'", '"', '\\', '*', '.', '\u{1F600}', '\u{10ffff}', '\u200b', '🇩🇪', '-'])(
    'takes %j for a text like any other',
    async (q) => {
      const expected = q === '100%' ? [linus.id] : []
      expect(await found({ q })).toEqual(expected)
    },
  )

  it('without a text lists all of them', async () => {
    for (const q of ['', '  ']) expect(await found({ q })).toEqual([ada.id, grace.id, linus.id])
    expect(await found({ q_fields: 'email' })).toEqual([ada.id, grace.id, linus.id])
  })

  it('finds nobody who is gone, nor under what they had before', async () => {
    const own = await newClient(api, database)
    const [gone, changed] = [
      await own.make({ email: 'x1@example.com', full_name: 'Xaver' }),
      await own.make({ email: 'x2@example.com', full_name: 'Xenia' }),
    ]
    await own.delete(`/profiles/${gone.id}`)
    await own.patch(`/profiles/${changed.id}`, { email: 'y@example.com', full_name: 'Yvonne' })
    for (const q of ['x', gone.id]) expect(idsIn(await own.get(withQuery('/profiles', { q })))).toEqual([])
    expect(idsIn(await own.get('/profiles?q=y'))).toEqual([changed.id])
  })

  it('takes 255 characters', async () => {
    expect(await found({ q: 'x'.repeat(255) })).toEqual([])
    expect(await found({ q: '\u{fdfa}'.repeat(255) })).toEqual([])
  })
})

describe('200: the total of a search', () => {
  it('counts 10,000 matches of a field, and lists no further ones', async () => {
    const own = await newTenant(api, database)
    const count = 10_050
    await database.db.query(
      `insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type, full_name, name_words)
       select $1, gen_random_uuid(), 100000000000 + n, 17000000000000000000 + n, n, now(), now(), 'User', 'Ada', array['ada']
       from generate_series(1, $2::int) n`,
      [own.ctx.appId, count],
    )
    await database.db.query(
      `insert into profile_words (app_id, word, profile_id) select app_id, 'ada', id from profiles where app_id = $1`,
      [own.ctx.appId],
    )
    await database.db.query('insert into profile_counts (app_id, slot, live) values ($1, 0, $2)', [
      own.ctx.appId,
      count,
    ])
    const reader = clientOf(api, own.apiKey)
    expect((await reader.get('/profiles')).json().total).toBe(count)
    const last = await reader.get('/profiles?q=ada&page=100,100')
    expect([last.json().total, idsIn(last).length]).toEqual([10_000, 100])
    expect((await reader.get('/profiles?q=ada&page=101,100')).json()).toEqual({ total: 10_000, items: [] })
  })
})

describe('400', () => {
  it.each([
    ['a NUL', { q: 'a\0b' }],
    ['256 characters', { q: 'x'.repeat(256) }],
    ['a field that cannot be searched', { q: 'a', q_fields: 'comment' }],
    ['a field that there is not', { q: 'a', q_fields: 'nothing' }],
    ['a field of every object', { q: 'a', q_fields: 'constructor' }],
    ['no field', { q: 'a', q_fields: '' }],
    ['a comma too many', { q: 'a', q_fields: 'email,' }],
    ['a bad field without a text', { q_fields: 'nothing' }],
  ])('refuses %s', async (_, query: Readonly<Record<string, string>>) => {
    expectError(await client.get(withQuery('/profiles', query)), errors.badRequest)
  })

  it.each(['%ff', '%c3', '%ed%a0%80'])('refuses %s, which is no UTF-8', async (q) => {
    expectError(await client.get(`/profiles?q=${q}`), errors.badRequest)
  })
})
