import { beforeEach, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, errors, expectDone, expectError, newClient } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let client: Client
let id: string
beforeEach(async () => {
  client = await newClient(api, database)
  id = (await client.make({ email: 'a@example.com', custom_properties: { plan: 'gold', seats: 3 } })).id
})

const patch = (properties: unknown) => client.patch(`/profiles/${id}`, { custom_properties: properties })
const shown = async () => (await client.show(id)).custom_properties

describe('204: what is named is set, and the others stay', () => {
  it.each([
    ['an object', { plan: 'silver' }],
    ['JSON of an object in a string', '{"plan":"silver"}'],
    ['JSON with spaces', ' {\n"plan" : "silver"}\n'],
    ['a value with its type', { plan: { type: 'string', value: 'silver' } }],
    ['a value with its type in a string', '{"plan":{"value":"silver","type":"text"}}'],
  ])('by %s', async (_, properties) => {
    expectDone(await patch(properties))
    expect(await shown()).toEqual({ plan: 'silver', seats: 3 })
  })

  it.each([
    ['null', { plan: null }],
    ['null in a string', '{"plan":null}'],
    ['null with a type', { plan: { type: 'string', value: null } }],
  ])('%s takes one away', async (_, properties) => {
    expectDone(await patch(properties))
    expect(await shown()).toEqual({ seats: 3 })
  })

  it.each([
    ['nothing', {}],
    ['nothing in a string', '{}'],
    ['null for all of them', null],
    ['null for one that is not there', { other: null }],
  ])('%s changes nothing', async (_, properties) => {
    expectDone(await patch(properties))
    expect(await shown()).toEqual({ plan: 'gold', seats: 3 })
  })

  it('holds every kind of JSON, to 64 KiB and 32 levels', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    const kinds = { text: '\u{1F600}', zero: 0, big: 1e300, no: false, list: [1, 'a', null], object: { null: null } }
    expectDone(await patch({ ...kinds, deep: nested(31), long: 'x'.repeat(60_000) }))
    expect(await shown()).toMatchObject({ ...kinds, deep: nested(31) })
  })

  it('takes an object for a value unless it is a type and a value and nothing else', async () => {
    const properties = {
      more: { type: 'string', value: 'x', unit: 'y' },
      less: { type: 'string' },
      other: { type: 1, value: 2 },
    }
    expectDone(await patch(properties))
    expect(await shown()).toMatchObject(properties)
  })

  it('takes names that every object has for names like any other', async () => {
    const properties = '{"toString":1,"hasOwnProperty":"x","constructor":"Lego","valueOf":null}'
    expectDone(await patch(properties))
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, toString: 1, hasOwnProperty: 'x', constructor: 'Lego' })
  })

  it('survives simultaneous patches of different ones', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`)
    const answers = await Promise.all(names.map((name) => patch({ [name]: name })))
    for (const answer of answers) expectDone(answer)
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, ...Object.fromEntries(names.map((name) => [name, name])) })
  })
})

describe('400', () => {
  it.each([
    ['a list', []],
    ['a list in a string', '[]'],
    ['a text in a string', '"x"'],
    ['null in a string', 'null'],
    ['no JSON', 'plan=silver'],
    ['an empty string', ''],
    ['half an object in a string', '{"plan":'],
    ['a number', 1],
    ['a type that there is not', { plan: { type: 'colour', value: 'x' } }],
    ['a type that every object has', { plan: { type: 'toString', value: 'x' } }],
    ['a type of a prototype', { plan: { type: '__proto__', value: 'x' } }],
    ['a number for a string', { plan: { type: 'string', value: 1 } }],
    ['a text for a number', { plan: { type: 'number', value: 'many' } }],
    ['a fraction for an integer', { plan: { type: 'integer', value: 1.5 } }],
    ['a text for a boolean', { plan: { type: 'boolean', value: 'maybe' } }],
    ['a number for a boolean', { plan: { type: 'boolean', value: 2 } }],
    ['words that end in a number for a date', { plan: { type: 'date', value: 'room 5' } }],
    ['30 February for a date', { plan: { type: 'date', value: '2026-02-30' } }],
    ['an instant for a date', { plan: { type: 'date', value: '2026-02-03T00:00:00Z' } }],
    ['a number for an instant', { plan: { type: 'datetime', value: 1_700_000_000 } }],
    ['words for an instant', { plan: { type: 'datetime', value: 'May 1' } }],
    ['hour 25 for an instant', { plan: { type: 'datetime', value: '2026-02-03 25:00:00' } }],
    ['a name with a NUL in it', { 'a\0b': 1 }],
    ['a name with a NUL in it, in a string', '{"a\\u0000b":1}'],
    ['a name with half a character', { '\ud83d': 1 }],
    ['a text with a NUL in it', { a: 'x\0' }],
    ['a text with a NUL in it, in a string', '{"a":["x\\u0000"]}'],
    ['a prototype in a string', '{"__proto__":{"polluted":true}}'],
    ['a prototype further in', '{"a":[{"__proto__":{"polluted":true}}]}'],
    ['a prototype in escapes', '{"\\u005f_proto__":{"polluted":true}}'],
    ['a constructor in a string', '{"constructor":{"prototype":{"polluted":true}}}'],
    ['a number beyond all', '{"a":1e999}'],
    ['more than 64 KiB', { a: 'x'.repeat(65_536) }],
    ['33 levels', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['a hundred thousand levels', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('refuses %s', async (_, properties) => {
    expectError(await patch(properties), errors.badBody)
    const create = await client.post('/profiles', { email: 'b@example.com', custom_properties: properties })
    expectError(create, errors.badBody)
    expect(await shown()).toEqual({ plan: 'gold', seats: 3 })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('refuses more than the profile can hold together with what is there', async () => {
    expectDone(await patch({ a: 'x'.repeat(40_000) }))
    expectError(await patch({ b: 'x'.repeat(40_000) }), errors.badBody)
    expectDone(await patch({ a: null, b: 'x'.repeat(40_000) }))
  })
})

describe('A property that the app has described', () => {
  const values: Record<string, { fit: unknown[]; unfit: unknown[] }> = {
    text: { fit: ['', 'x', '1'], unfit: [1, true, [], {}] },
    number: { fit: [0, -1.5, 1e9, '7', '-7.25'], unfit: ['', 'x', '1e5', '0x1', true, []] },
    boolean: { fit: [true, false, 0, 1, '0', '1', 'true', 'false'], unfit: ['yes', 2, '', 'TRUE', []] },
    date: { fit: ['2026-02-28', '2024-02-29'], unfit: ['2026-02-29', '2026-2-3', '28.02.2026', 20260228, '', '1'] },
    datetime: {
      fit: ['2026-02-28 23:59:59', '2026-02-28T23:59:59Z', '2026-02-28T23:59:59.5+02:00', '2026-02-28T23:59'],
      unfit: ['2026-02-28', '2026-02-30 00:00:00', '2026-02-28 24:00:01', '1', 'May 1', 1_700_000_000, ''],
    },
  }

  it.each(Object.entries(values))('holds a %s and nothing else, but may be absent', async (type, { fit, unfit }) => {
    const property = await client.post('/profile-properties', { label: 'x', data_type: type })
    expect(property.statusCode).toBe(201)
    for (const value of fit) {
      expect([value, (await patch({ x: value })).statusCode]).toEqual([value, 204])
      expect(await shown()).toMatchObject({ x: value })
    }
    for (const value of unfit) {
      const answer = await patch({ x: value })
      expect([value, answer.statusCode]).toEqual([value, 400])
      expectError(answer, errors.badBody)
    }
    expectDone(await patch({ x: null }))
    expectError(
      await client.post('/profiles', { email: 'b@example.com', custom_properties: { x: unfit[0] } }),
      errors.badBody,
    )
    expect(await shown()).toEqual({ plan: 'gold', seats: 3 })
  })

  it('holds for a value with a type of its own as well', async () => {
    await client.post('/profile-properties', { label: 'x', data_type: 'number' })
    expectError(await patch({ x: { type: 'string', value: 'y' } }), errors.badBody)
    expectDone(await patch({ x: { type: 'string', value: '7' } }))
  })
})
