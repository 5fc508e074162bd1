import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, idsOf, listPath, type Page, type ProfileBody, walk } from './client.ts'

const database = useDatabase()
const api = useApi(database)

const sorts = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt'] as const

/** A tenant of its own with profiles made one after the other. */
async function newShelf(count: number): Promise<{ tenant: TestTenant; client: Client; made: ProfileBody[] }> {
  const tenant = await api.newTenant()
  const client = clientOf(api, tenant.apiKey)
  const made: ProfileBody[] = []
  for (let i = 0; i < count; i++) made.push(await client.make({ reference: `r${i}` }))
  return { tenant, client, made }
}

const pack = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url')

describe('GET /facet/v1/profiles: 200', () => {
  let shelf: Awaited<ReturnType<typeof newShelf>>

  beforeAll(async () => {
    shelf = await newShelf(23)
  })

  it('answers the newest first, whole profiles, and the total', async () => {
    const answer = await shelf.client.get('/profiles')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ data: shelf.made.toReversed(), nextCursor: null, total: 23 })
  })

  it('answers an empty app with an empty page', async () => {
    const { client } = await newShelf(0)
    expect((await client.get('/profiles')).json()).toEqual({ data: [], nextCursor: null, total: 0 })
  })

  it.each(sorts)('walks through all exactly once in the order of %s', async (sort) => {
    const ids = shelf.made.map(({ id }) => id)
    const pages = await walk(shelf.client, { sort, limit: 4 })
    expect(pages.map(({ data }) => data.length)).toEqual([4, 4, 4, 4, 4, 3])
    expect(idsOf(pages)).toEqual(sort.startsWith('-') ? ids.toReversed() : ids)
    expect(pages.every(({ total }) => total === 23)).toBe(true)
  })

  it.each(sorts)('has no next page after a last page that is full: %s', async (sort) => {
    const { client } = await newShelf(4)
    expect((await walk(client, { sort, limit: 2 })).map(({ data }) => data.length)).toEqual([2, 2])
  })

  it.each(sorts)('shows what was there exactly once while others are created: %s', async (sort) => {
    const { client, made } = await newShelf(20)
    let extra = 0
    const pages = await walk(client, { sort, limit: 3 }, async () => {
      if (extra < 30) await Promise.all([1, 2, 3].map(() => client.make({ label: `extra ${extra++}` })))
    })
    const ids = idsOf(pages)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(made.map(({ id }) => id)))
  })

  it.each(['updatedAt', '-updatedAt'])(
    'walks through profiles of one and the same time of change: %s',
    async (sort) => {
      const { tenant, client, made } = await newShelf(15)
      await database.db.query(`update profiles set updated_at = '2020-01-01T00:00:00.123Z' where app_id = $1`, [
        tenant.ctx.appId,
      ])
      const ids = made.map(({ id }) => id)
      const walked = idsOf(await walk(client, { sort, limit: 2 }))
      expect(walked).toEqual(sort.startsWith('-') ? ids.toReversed() : ids)
    },
  )

  it('orders by the time of change, not of creation, when told so', async () => {
    const { tenant, client, made } = await newShelf(3)
    const [first, second, third] = made.map(({ id }) => id)
    for (const [id, day] of [
      [second, 1],
      [third, 2],
      [first, 3],
    ] as const) {
      await database.db.query('update profiles set updated_at = $3 where app_id = $1 and id = $2', [
        tenant.ctx.appId,
        id,
        new Date(Date.UTC(2020, 0, day)),
      ])
    }
    expect(idsOf(await walk(client, { sort: 'updatedAt', limit: 1 }))).toEqual([second, third, first])
    expect(idsOf(await walk(client, { sort: '-updatedAt', limit: 1 }))).toEqual([first, third, second])
  })

  it('takes a limit from 1 to 200, 50 by default', async () => {
    const { client } = await newShelf(0)
    await Promise.all(Array.from({ length: 201 }, () => client.make({})))
    for (const [query, length] of [
      [{}, 50],
      [{ limit: 1 }, 1],
      [{ limit: 200 }, 200],
    ] as const) {
      const page: Page = (await client.get(listPath(query))).json()
      expect(page.data).toHaveLength(length)
      expect(page.nextCursor).not.toBeNull()
      expect(page.total).toBe(201)
    }
  })

  it('counts exactly while many create, delete and fail at once', async () => {
    const { client, made } = await newShelf(10)
    await Promise.all([
      ...Array.from({ length: 30 }, () => client.make({})),
      ...made.slice(0, 5).map(({ id }) => client.delete(`/profiles/${id}`)),
      ...made.slice(5).map(({ reference }) => client.post('/profiles', { reference })),
    ])
    const page: Page = (await client.get(listPath({ limit: 200 }))).json()
    expect(page.total).toBe(35)
    expect(page.data).toHaveLength(35)
  })

  it("shows a cursor of another app's list nothing but the own profiles", async () => {
    const { client } = await newShelf(3)
    const foreign: Page = (await shelf.client.get(listPath({ limit: 5 }))).json()
    const page: Page = (await client.get(listPath({ cursor: foreign.nextCursor ?? '' }))).json()
    const own = idsOf(await walk(client, {}))
    expect(own).toEqual(expect.arrayContaining(idsOf([page])))
  })
})

describe('GET /facet/v1/profiles with filters: 200', () => {
  let client: Client
  let one: ProfileBody
  let two: ProfileBody

  beforeAll(async () => {
    client = clientOf(api, (await api.newTenant()).apiKey)
    one = await client.make({
      type: 'Merchant',
      reference: 'A%_b',
      username: 'Filter.One',
      email: 'One@Example.com',
      phone: '+4930901820',
      country: 'DE',
    })
    two = await client.make({ type: 'Merchant', reference: 'a%_b', country: 'DE' })
    await client.make({ country: 'FR' })
  })

  it.each([
    ['reference', 'A%_b'],
    ['username', 'FILTER.ONE'],
    ['username', 'ｆｉｌｔｅｒ.one'],
    ['email', 'one@EXAMPLE.com'],
    ['phone', '+49 (30) 901-820'],
  ])('finds by equality, folded as the field is: %s=%s', async (field, value) => {
    const page: Page = (await client.get(listPath({ [field]: value }))).json()
    expect(page).toEqual({ data: [one], nextCursor: null, total: null })
  })

  it('finds by type and by country, and combines filters', async () => {
    const ids = async (query: Record<string, string>) => idsOf(await walk(client, query))
    expect(await ids({ type: 'Merchant' })).toEqual([two.id, one.id])
    expect(await ids({ country: 'de', sort: 'createdAt' })).toEqual([one.id, two.id])
    expect(await ids({ type: 'Merchant', country: 'DE', reference: 'a%_b' })).toEqual([two.id])
    expect(await ids({ type: 'Department' })).toEqual([])
    expect(await ids({ reference: 'A%' })).toEqual([])
    expect(await ids({ country: 'XX' })).toEqual([])
  })

  it.each(sorts)('walks through a filtered list exactly once: %s', async (sort) => {
    const ids = [one.id, two.id]
    const pages = await walk(client, { type: 'Merchant', country: 'DE', sort, limit: 1 })
    expect(idsOf(pages)).toEqual(sort.startsWith('-') ? ids.toReversed() : ids)
    expect(pages.map(({ total }) => total)).toEqual([null, null])
  })
})

describe('GET /facet/v1/profiles: 400', () => {
  let client: Client
  let cursors: Record<string, string>
  let id: string

  beforeAll(async () => {
    const shelf = await newShelf(3)
    client = shelf.client
    id = shelf.made[0]?.id ?? ''
    const pages = await Promise.all(sorts.map((sort) => client.get(listPath({ sort, limit: 1 }))))
    cursors = Object.fromEntries(sorts.map((sort, index) => [sort, pages[index]?.json().nextCursor]))
    cursors.q = (await client.get(listPath({ q: 'r', limit: 1 }))).json().nextCursor
  })

  it.each(['0', '-1', '201', '1.5', 'abc', '', '1e9', 'NaN'])('refuses limit=%s', async (limit) => {
    const rule = ['1.5', 'abc', '', 'NaN'].includes(limit) ? 'type' : 'range'
    expectProblem(await client.get(listPath({ limit })), 400, 'input_invalid', [{ path: '/limit', rule }])
  })

  it('refuses unknown, repeated and ill-chosen parameters', async () => {
    expectProblem(await client.get('/profiles?nope=1'), 400, 'input_invalid', [{ path: '/nope', rule: 'unknown' }])
    expectProblem(await client.get('/profiles?limit=1&limit=2'), 400, 'input_invalid', [
      { path: '/limit', rule: 'type' },
    ])
    expectProblem(await client.get('/profiles?sort=name'), 400, 'input_invalid', [{ path: '/sort', rule: 'choice' }])
    expectProblem(await client.get('/profiles?type=user'), 400, 'input_invalid', [{ path: '/type', rule: 'choice' }])
  })

  it.each(['reference', 'username', 'email', 'phone', 'country'])('refuses NUL in %s', async (field) => {
    expectProblem(await client.get(`/profiles?${field}=a%00`), 400, 'input_invalid', [
      { path: `/${field}`, rule: 'text' },
    ])
  })

  it('refuses the cursor of every other order and of the search', async () => {
    for (const [from, cursor] of Object.entries(cursors)) {
      expect(cursor, from).toMatch(/^[\w-]+$/)
      for (const sort of sorts.filter((other) => other !== from)) {
        const answer = await client.get(listPath({ sort, cursor }))
        expectProblem(answer, 400, 'input_invalid', [{ path: '/cursor', rule: 'format' }])
      }
      if (from === 'q') continue
      const answer = await client.get(listPath({ q: 'r', cursor }))
      expectProblem(answer, 400, 'input_invalid', [{ path: '/cursor', rule: 'format' }])
    }
  })

  it('refuses every cursor that it did not make', async () => {
    const real = cursors.updatedAt ?? ''
    const time = '2020-01-01T00:00:00.000Z'
    const forged = [
      '',
      'x',
      '!!!',
      `${real}!`,
      `${real}=`,
      ` ${real}`,
      real.slice(0, -1),
      real.slice(1),
      pack(null),
      pack({}),
      pack('updatedAt'),
      pack(['updatedAt']),
      pack(['updatedAt', id]),
      pack(['updatedAt', id, time, 'more']),
      pack(['updatedAt', 7, time]),
      pack(['updatedAt', "' or 1=1 --", time]),
      pack(['updatedAt', id, 'yesterday']),
      pack(['updatedAt', id, '9']),
      pack(['updatedAt', id, '2020-13-01T00:00:00.000Z']),
      pack(['updatedAt', id, '-271821-04-20T00:00:00.000Z']),
      pack(['updatedAt', id, '+275760-09-13T00:00:00.000Z']),
      Buffer.from(`[ "updatedAt", "${id}", "${time}"]`).toString('base64url'),
    ]
    for (const cursor of forged) {
      const answer = await client.get(listPath({ sort: 'updatedAt', cursor }))
      expectProblem(answer, 400, 'input_invalid', [{ path: '/cursor', rule: 'format' }])
    }
    const long = await client.get(listPath({ cursor: 'x'.repeat(9_000) }))
    expectProblem(long, 400, 'input_invalid', [{ path: '/cursor', rule: 'too_long' }])
  })
})

describe('GET /facet/v1/profiles: 403', () => {
  it('refuses a key without profiles:read, listing and searching', async () => {
    const writer = clientOf(api, await api.newKey(await api.newTenant(), ['profiles:write']))
    expectProblem(await writer.get('/profiles'), 403, 'scope_missing')
    expectProblem(await writer.get('/profiles?q=a'), 403, 'scope_missing')
  })
})
