import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  clientOf,
  errors,
  expectDone,
  expectError,
  idsIn,
  mounts,
  newClient,
  newTenant,
  type ProfileItem,
  withQuery,
} from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
/** In the order of their creation. */
let made: ProfileItem[]
let ids: string[]
beforeAll(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
  made = []
  for (let i = 0; i < 25; i++) made.push(await client.make({ email: `p${i}@example.com`, full_name: `Ada ${i}` }))
  ids = made.map(({ id }) => id)
  // Changes in three groups, so that the time of change alone orders nothing.
  await database.db.query(
    `update profiles set updated_at = created_at + make_interval(days => (number % 3)::integer) where app_id = $1`,
    [tenant.ctx.appId],
  )
})

const list = (query: Readonly<Record<string, string>>) => client.get(withQuery('/profiles', query))

/** The ids in the order of the time of change, descending or not, ties in the order of creation or against it. */
async function byChange(descending: boolean, tiesDescending: boolean): Promise<string[]> {
  const rows = await database.db.query<{ long_id: string }>(
    `select long_id from profiles where app_id = $1
     order by updated_at ${descending ? 'desc' : 'asc'}, id ${tiesDescending ? 'desc' : 'asc'}`,
    [tenant.ctx.appId],
  )
  return rows.map(({ long_id }) => long_id)
}

describe('200', () => {
  it.each(mounts)('%s answers the first twenty in order of creation, and the exact total', async (mount) => {
    const answer = await clientOf(api, tenant.apiKey, mount).get('/profiles')
    expect(answer.headers['content-type']).toBe('application/json')
    const body = answer.json()
    expect(Object.keys(body)).toEqual(['total', 'items'])
    expect(body.total).toBe(25)
    expect(idsIn(answer)).toEqual(ids.slice(0, 20))
    const { update_time: _, ...rest } = made[0] as ProfileItem
    expect(body.items[0]).toMatchObject(rest)
    expect(Object.keys(body.items[0])).toEqual(Object.keys(made[0] ?? {}))
  })

  it('is empty, and no error, for an app without profiles', async () => {
    const none = await newClient(api, database)
    for (const path of ['/profiles', '/profiles?page=7,100', '/profiles?q=ada', '/profiles?sort=-update_time,id']) {
      const answer = await none.get(path)
      expect([answer.statusCode, answer.body]).toEqual([200, '{"total":0,"items":[]}'])
    }
  })

  it('answers HEAD as GET, without the body', async () => {
    const [got, answer] = [await client.get('/profiles'), await client.call('HEAD', '/profiles')]
    expect([answer.statusCode, answer.body]).toEqual([200, ''])
    expect(answer.headers['content-length']).toBe(got.headers['content-length'])
  })

  it('counts exactly through creates, deletes and merges, also of many at once', async () => {
    const own = await newClient(api, database)
    const total = async () => (await own.get('/profiles?page=1,1')).json().total
    const some = await Promise.all(Array.from({ length: 20 }, () => own.make()))
    expect(await total()).toBe(20)
    await Promise.all(some.slice(0, 5).map(({ id }) => own.delete(`/profiles/${id}`)))
    expect(await total()).toBe(15)
    const [target, source] = [some[10]?.id, some[11]?.id]
    expectDone(await own.post(`/profiles/${target}/merge/${source}`))
    expect(await total()).toBe(14)
    expect(idsIn(await own.get('/profiles?page=1,100'))).toHaveLength(14)
  })
})

describe('200: view and fields', () => {
  it('shows four keys more under view=full', async () => {
    const item = (await list({ view: 'full', page: '1,1' })).json().items[0]
    expect(item).toMatchObject({ organization_id: '', lists: [], comment: '', custom_properties: {} })
    expect(Object.keys(item)).toHaveLength(Object.keys(made[0] ?? {}).length + 4)
  })

  it('goes by fields before view, and keeps the order of the whole object', async () => {
    for (const view of [{}, { view: 'full' }, { view: 'default' }]) {
      const answer = await list({ fields: 'email,id', page: '1,1', ...view })
      const { id, email } = made[0] as ProfileItem
      expect(answer.body).toBe(JSON.stringify({ total: 25, items: [{ id, email }] }))
    }
  })

  it('takes ten thousand times the same field for one', async () => {
    const answer = await list({ fields: Array.from({ length: 10_000 }, () => 'id').join(','), page: '1,1' })
    expect(answer.json()).toEqual({ total: 25, items: [{ id: ids[0] }] })
  })

  it('shows the lists of each profile, by fields=lists as by view=full', async () => {
    const own = await newClient(api, database)
    const [a, b] = [await own.post('/profile-lists', { name: 'a' }), await own.post('/profile-lists', { name: 'b' })]
    const lists = [a.json().id, b.json().id]
    await own.make({ email: 'a@example.com', lists })
    await own.make({ email: 'b@example.com', lists: lists.slice(1) })
    const { items } = (await own.get('/profiles?fields=lists')).json()
    expect(items).toEqual([{ lists }, { lists: lists.slice(1) }])
  })
})

describe('200: sort', () => {
  it.each(['id', 'create_time', 'id,create_time', 'create_time,-update_time', ' id '])(
    'by %j goes in order of creation, and against it with a dash',
    async (sort) => {
      expect(idsIn(await list({ sort, page: '1,100' }))).toEqual(ids)
      const against = sort.trim().replace(/^/, '-')
      expect(idsIn(await list({ sort: against, page: '1,100' }))).toEqual(ids.toReversed())
    },
  )

  it.each([
    ['update_time', false, false],
    ['-update_time', true, true],
    ['-update_time,id', true, false],
    ['update_time,-id', false, true],
    ['-update_time,-create_time', true, true],
    ['-update_time,update_time,-update_time,id,-id', true, false],
  ] as const)('by %s goes by the time of change, then as it says', async (sort, descending, tiesDescending) => {
    expect(idsIn(await list({ sort, page: '1,100' }))).toEqual(await byChange(descending, tiesDescending))
  })

  it('makes pages that fit together in every order, also of a search', async () => {
    for (const query of [{}, { q: 'ada' }]) {
      for (const sort of ['id', '-id', 'update_time', '-update_time,id']) {
        const whole = idsIn(await list({ ...query, sort, page: '1,100' }))
        const pages: string[] = []
        for (let page = 1; page <= 4; page++) pages.push(...idsIn(await list({ ...query, sort, page: `${page},7` })))
        expect([sort, pages]).toEqual([sort, whole])
      }
    }
  })

  it('makes one statement of all sorts that mean the same: each would be kept on every connection', async () => {
    const query = vi.spyOn(database.db, 'query')
    for (let times = 1; times <= 20; times++) {
      await list({ sort: Array.from({ length: times }, () => '-update_time').join(',') })
      await list({ q: 'ada', sort: `-update_time,${Array.from({ length: times }, () => 'update_time').join(',')}` })
    }
    const texts = query.mock.calls.map(([text]) => text).filter((text) => text.includes('updated_at desc'))
    query.mockRestore()
    expect(texts).toHaveLength(40)
    expect(new Set(texts).size).toBe(2)
  })
})

describe('200: page', () => {
  it.each([
    ['1', 0, 20],
    ['2', 20, 40],
    ['01', 0, 20],
    ['1,1', 0, 1],
    ['1,100', 0, 100],
    ['3,10', 20, 30],
    ['25,1', 24, 25],
    ['26,1', 25, 26],
    ['1000,100', 99_900, 100_000],
    ['90071992547409,100', 99_900, 100_000],
  ])('%s', async (page, from, to) => {
    const answer = await list({ page })
    expect(idsIn(answer)).toEqual(ids.slice(from, to))
    expect(answer.json().total).toBe(25)
  })
})

describe('400', () => {
  it.each([
    ...['0', '-1', '1.5', 'x', '', ',', ',10', '1,', '1,0', '1,101', '1,-1', '1,1,1', '1;1', '1 ,1', '0x1', '1e1'],
    ...['999999999999999,100', '9'.repeat(30), `1,${'9'.repeat(30)}`, '١', '1\0'],
  ])('refuses the page %j', async (page) => {
    expectError(await list({ page }), errors.badRequest)
  })

  it.each(['', 'email', 'ID', '--id', '-', 'id,', ',id', 'id;-id', 'id desc', 'constructor', '__proto__', 'id\0'])(
    'refuses to sort by %j',
    async (sort) => {
      expectError(await list({ sort }), errors.badRequest)
    },
  )

  it.each(['', 'nothing', 'id,nothing', 'ID', 'id,', 'toString', '__proto__', 'password', 'id\0', '*'])(
    'refuses the fields %j',
    async (fields) => {
      expectError(await list({ fields }), errors.badRequest)
    },
  )

  it('refuses ten thousand fields of which the last is none', async () => {
    const fields = `${Array.from({ length: 10_000 }, () => 'id').join(',')},x`
    expectError(await list({ fields }), errors.badRequest)
  })

  it.each(['', 'all', 'FULL', 'full,default', 'constructor'])('refuses the view %j', async (view) => {
    expectError(await list({ view }), errors.badRequest)
  })

  it.each([
    ...['email=a%40example.com', 'limit=1', 'Page=1', 'page[]=1', 'page=1&page=2', 'sort=id&sort=id', 'q=a&q=b'],
    ...['__proto__=1', 'constructor=1', 'page.x=1', '=1', 'fields=%ff', 'q=%c0%af', 'q=%'],
  ])('refuses the query %s', async (query) => {
    expectError(await client.get(`/profiles?${query}`), errors.badRequest)
  })
})
