import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, expectBody, newSite, type Person, tooMany } from './client.ts'
import { metadata as seed } from './fixtures/seed-003.ts'

const database = useDatabase()
const api = useApi(database)
const rounds = process.env.FACET_PROVE ? 100 : 10

let site: Client
let person: Person
beforeAll(async () => {
  site = await newSite(api, database)
  person = await site.person('ann')
})

const patch = (body: object) => site.patch('/profiles/ann', body, person)

/** What is left after a merge into what was there. */
async function merged(before: object, sent: unknown, overwrite: unknown = 'false'): Promise<unknown> {
  await patch({ metadata: before })
  const answer = await patch({ metadata: sent, overwrite })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().metadata
}

describe('overwrite false', () => {
  it('sets the one key of the document, and shows the whole person', async () => {
    expect(await merged(seed.before, { b: 'Beeh' })).toEqual(seed.after)
    const answer = await patch({ metadata: {}, overwrite: 'false' })
    expect(answer.body).toBe((await site.get('/profiles/ann', person)).body)
  })

  it.each(['false', false])('is the text or the boolean: %o', async (overwrite) => {
    expect(await merged({ a: 1 }, { b: 2 }, overwrite)).toEqual({ a: 1, b: 2 })
    expect(await merged({ a: 1 }, '{"b":2}', overwrite)).toEqual({ a: 1, b: 2 })
  })

  it('comes by form too', async () => {
    await patch({ metadata: { a: 1 } })
    const form = { metadata: '{"b":2}', overwrite: 'false' }
    const answer = await site.call('PATCH', '/profiles/ann', { as: person, form })
    expect(answer.json().metadata).toEqual({ a: 1, b: 2 })
  })

  it.each<[title: string, before: object, sent: object, after: object]>([
    ['a key that is nowhere is added at the top', { a: { b: 1 } }, { c: 2 }, { a: { b: 1 }, c: 2 }],
    ['one that stands deep is set there', { a: { b: { c: 1 } } }, { c: 2 }, { a: { b: { c: 2 } } }],
    [
      'one that stands at several places is set at each',
      { c: 1, a: { c: 1, b: { c: 1 } } },
      { c: 2 },
      { c: 2, a: { c: 2, b: { c: 2 } } },
    ],
    ['an object joins an object', { a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, { a: { b: 1, c: 3, d: 4 } }],
    [
      'one level deep: what is within is replaced',
      { a: { b: { x: 1 } } },
      { a: { b: { y: 2 } } },
      { a: { b: { y: 2 } } },
    ],
    ['an object replaces a text', { a: 'x' }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a text replaces an object', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
    ['an array is replaced whole', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['an object replaces an array', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['nothing is looked for in arrays', { a: [{ b: 1 }] }, { b: 2 }, { a: [{ b: 1 }], b: 2 }],
    ['null is a value like another', { a: 1 }, { a: null }, { a: null }],
    ['several keys, each by itself', { a: { x: 1 }, b: 2 }, { x: 9, b: 8, n: 7 }, { a: { x: 9 }, b: 8, n: 7 }],
    ['nothing changes nothing', { a: 1 }, {}, { a: 1 }],
    ['the empty key is a key', { '': { a: 1 } }, { '': { b: 2 } }, { '': { a: 1, b: 2 } }],
  ])('%s', async (_, before, sent, after) => {
    expect(await merged(before, sent)).toEqual(after)
  })

  it('adds keys that every object has as it adds others', async () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(await merged({ a: 1 }, { [key]: 2 })).toEqual({ a: 1, [key]: 2 })
      expect(await merged({ a: { [key]: 1 } }, { [key]: 2 })).toEqual({ a: { [key]: 2 } })
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })

  it('changes nothing else, whatever else was sent, and looks at nothing else', async () => {
    const before = (await site.get('/profiles/ann', person)).json()
    const others = { city: 'x', email: 'x@example.org', username: 'x', country: 'XX', password: 'wrong' }
    const answer = await patch({ ...others, metadata: { z: 1 }, overwrite: 'false' })
    expectBody(answer, 200, { ...before, metadata: { ...before.metadata, z: 1 } })
  })

  it('holds what comes of it to the limits', async () => {
    await patch({ metadata: { a: 'x'.repeat(40_000) } })
    const answer = await patch({ metadata: { b: 'x'.repeat(40_000) }, overwrite: 'false' })
    expectBody(answer, 400, { metadata: [tooMany(65_536)] })
    expect((await site.get('/profiles/ann', person)).json().metadata).toEqual({ a: 'x'.repeat(40_000) })
  })

  it(`keeps the keys of merges that come at once, ${rounds} rounds of 8`, async () => {
    for (let round = 0; round < rounds; round++) {
      await patch({ metadata: { a: { b: 1 } } })
      const keys = Array.from({ length: 8 }, (_, i) => `k${i}`)
      const answers = await Promise.all(keys.map((key) => patch({ metadata: { [key]: round }, overwrite: 'false' })))
      for (const answer of answers) expect(answer.statusCode).toBe(200)
      const expected = { a: { b: 1 }, ...Object.fromEntries(keys.map((key) => [key, round])) }
      expect((await site.get('/profiles/ann', person)).json().metadata).toEqual(expected)
    }
  })
})
