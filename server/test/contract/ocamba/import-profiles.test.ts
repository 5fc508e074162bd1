import { beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectError, mounts, newTenant } from './client.ts'

// What is refused and what is queued. What becomes of it: import-work.test.ts.

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
let id: string
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
  id = (await client.make()).id
})

/** What waits in the queue for the app. */
function queued(): Promise<object[]> {
  return database.db.query(
    'select long_id, attributes, actor_kind, actor_id, request_id from profile_imports where app_id = $1 order by id',
    [tenant.ctx.appId],
  )
}

/** How many jobs there are to look for it. */
async function jobs(): Promise<number> {
  const rows = await database.db.query(`select from graphile_worker._private_jobs where payload->>'appId' = $1`, [
    tenant.ctx.appId,
  ])
  return rows.length
}

const post = (body: unknown, headers = {}) => client.post('/profiles/import', body, headers)
const one = (properties: unknown) => ({ profiles: [{ id, custom_properties: properties }] })
const never = '17430755068336100383'

describe('202', () => {
  it.each(mounts)('%s says how many are queued, and puts them into the database', async (mount) => {
    client = clientOf(api, tenant.apiKey, mount)
    const answer = await post({
      profiles: [
        { id, custom_properties: { plan: { type: 'string', value: 'gold' }, seats: { type: 'integer', value: 3 } } },
        { id: never, custom_properties: { plan: 'silver', gone: null } },
      ],
    })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([202, 'application/json'])
    expect(answer.body).toBe('{"queued":2}')
    const said = { actor_kind: 'api_key', actor_id: tenant.apiKey.id, request_id: answer.headers['x-request-id'] }
    expect(await queued()).toEqual([
      { long_id: id, attributes: { plan: 'gold', seats: 3 }, ...said },
      { long_id: never, attributes: { plan: 'silver', gone: null }, ...said },
    ])
    expect(await jobs()).toBe(1)
    // Queued, and not done: nobody works here.
    expect((await client.show(id)).custom_properties).toEqual({})
  })

  it('takes 100 properties of a profile', async () => {
    const properties = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, i]))
    expect((await post(one(properties))).body).toBe('{"queued":1}')
  })

  it('takes as many profiles as a body holds, and compares none with each other', async () => {
    const timed = async (count: number) => {
      const ids = Array.from({ length: count }, (_, i) => `{"id":"${10n ** 19n + BigInt(i)}","custom_properties":{}}`)
      const started = performance.now()
      expect((await post(`{"profiles":[${ids.join(',')}]}`)).body).toBe(`{"queued":${count}}`)
      return performance.now() - started
    }
    await timed(1_900)
    // Ten times as many; each with each would be a hundred times the work.
    expect((await timed(19_000)) / (await timed(1_900))).toBeLessThan(50)
  })

  it('queues once what is repeated under a key', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const first = await post(one({ a: 1 }), headers)
    const repeat = await post(one({ a: 1 }), headers)
    expect([first.body, repeat.body]).toEqual(['{"queued":1}', '{"queued":1}'])
    expect(repeat.headers['idempotency-replayed']).toBe('true')
    expect(await queued()).toHaveLength(1)
    expectError(await post(one({ a: 2 }), headers), errors.keyReused)
    expect(await queued()).toHaveLength(1)
  })
})

describe('400: nothing is queued', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, i]))

  it.each([
    ['no profiles', {}],
    ['profiles that are none', { profiles: [] }],
    ['profiles that are an object', { profiles: {} }],
    ['a profile without an id', { profiles: [{ custom_properties: {} }] }],
    ['a profile without properties', { profiles: [{ id: never }] }],
    ['properties that are null', { profiles: [{ id: never, custom_properties: null }] }],
    ['properties that are a list', { profiles: [{ id: never, custom_properties: [] }] }],
    ['an id that is a number', `{"profiles":[{"id":${never},"custom_properties":{}}]}`],
    ['an id of letters', { profiles: [{ id: 'abc', custom_properties: {} }] }],
    ['an id of 19 digits', { profiles: [{ id: never.slice(1), custom_properties: {} }] }],
    ['an id of 21 digits', { profiles: [{ id: `${never}0`, custom_properties: {} }] }],
    ['an id in another notation', { profiles: [{ id: '1.743e19', custom_properties: {} }] }],
    ['an id with a NUL', { profiles: [{ id: `${never}\0`, custom_properties: {} }] }],
    ['an empty id', { profiles: [{ id: '', custom_properties: {} }] }],
    ['101 properties', { profiles: [{ id: never, custom_properties: many }] }],
    [
      'a value of another type than it names',
      { profiles: [{ id: never, custom_properties: { a: { type: 'number', value: 'x' } } }] },
    ],
    [
      'a type that there is not',
      { profiles: [{ id: never, custom_properties: { a: { type: 'colour', value: 'x' } } }] },
    ],
    ['a name with a NUL', { profiles: [{ id: never, custom_properties: { 'a\0': 1 } }] }],
    ['a text with a NUL', { profiles: [{ id: never, custom_properties: { a: ['\0'] } }] }],
    ['half a character', { profiles: [{ id: never, custom_properties: { a: '\ud83d' } }] }],
    ['more than 64 KiB for one', { profiles: [{ id: never, custom_properties: { a: 'x'.repeat(65_536) } }] }],
    ['33 levels', `{"profiles":[{"id":"${never}","custom_properties":{"a":${nested(32)}}}]}`],
    ['a hundred thousand levels', `{"profiles":[{"id":"${never}","custom_properties":{"a":${nested(100_000)}}}]}`],
    ['a number beyond all', `{"profiles":[{"id":"${never}","custom_properties":{"a":1e999}}]}`],
    ['a prototype', `{"profiles":[{"id":"${never}","custom_properties":{"__proto__":{"a":1}}}]}`],
    ['a list', '[]'],
    ['no JSON', '{'],
  ])('for %s', async (_, body) => {
    expectError(await post(body), errors.badBody)
    expect(await queued()).toEqual([])
  })

  it('for an id that comes twice, however far apart, and whatever the others are', async () => {
    const profiles = [id, never, id].map((each) => ({ id: each, custom_properties: { a: 1 } }))
    expectError(await post({ profiles }), errors.badBody)
    expect(await queued()).toEqual([])
  })

  it('for one bad value among many good ones', async () => {
    const good = Array.from({ length: 50 }, (_, i) => ({
      id: `${never.slice(0, 18)}${i + 10}`,
      custom_properties: { a: 1 },
    }))
    const bad = { id, custom_properties: { a: { type: 'boolean', value: 'maybe' } } }
    expectError(await post({ profiles: [...good, bad] }), errors.badBody)
    expect(await queued()).toEqual([])
  })

  it('for a value that its property does not hold, and a property that is not to be imported', async () => {
    const property = (body: object) => client.post('/profile-properties', { data_type: 'number', ...body })
    await property({ label: 'seats' })
    await property({ label: 'secret', importable: 0 })
    expectError(await post(one({ seats: 'many' })), errors.badBody)
    expectError(await post(one({ seats: { type: 'string', value: 'many' } })), errors.badBody)
    expectError(await post(one({ seats: 3, secret: 1 })), errors.badBody)
    expect(await queued()).toEqual([])
    expect((await post(one({ seats: 3, other: 'x' }))).statusCode).toBe(202)
    // Only an import is closed to it.
    expect((await client.patch(`/profiles/${id}`, { custom_properties: { secret: 1 } })).statusCode).toBe(204)
  })
})

describe('403', () => {
  it('is what a key answers that may only read, and nothing is queued', async () => {
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    expectError(await reader.post('/profiles/import', one({ a: 1 })), errors.forbidden)
    expect(await queued()).toEqual([])
  })
})
