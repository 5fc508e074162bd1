import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, newSite, type Person } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const numRuns = process.env.FACET_PROVE ? 1_000 : 100

let site: Client
let person: Person
beforeAll(async () => {
  site = await newSite(api, database)
  person = await site.person('ann')
})

const names = 'first_name last_name name city country organization website twitter require_auth metadata overwrite'
const fields = ['username', 'email', ...names.split(' ')]
const word = fc.constantFrom(
  'false',
  'true',
  'ann',
  'KE',
  '__proto__',
  'a@b.example',
  '{"a":{"b":1}}',
  '\0',
  '\ud800',
  '😀',
)
const value = fc.oneof(word, fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }))
const anyBody = fc.oneof(
  fc.dictionary(fc.constantFrom(...fields), value, { noNullPrototype: true }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** An answer in one of the dialect's shapes, and none of a failure. */
function expectAnswered(answer: Answer): void {
  expect([200, 201, 400], answer.body).toContain(answer.statusCode)
  const body = answer.json()
  if (answer.statusCode !== 400) {
    expect(body).toHaveProperty('username')
    return
  }
  const texts = Array.isArray(body) ? body : (body.detail ?? Object.values(body).flat())
  expect([texts].flat().filter((text) => typeof text !== 'string' || text === '')).toEqual([])
}

describe('whatever the body is', () => {
  it(
    'a registration, a change, a replacement and a change of password are answered, and never by a failure',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyBody, value, async (body, secret) => {
          const patched =
            typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, username: 'ann' } : body
          expectAnswered(await site.register(body))
          expectAnswered(await site.patch('/profiles/ann', patched, person))
          expectAnswered(await site.call('PUT', '/profiles/ann', { as: person, body: patched }))
          const passwords = { current_password: secret, new_password: secret }
          const changed = await site.call('POST', '/profile/ann/change_password', { as: person, body: passwords })
          expect([400], changed.body).toContain(changed.statusCode)
        }),
        { numRuns },
      )
    },
    60_000 + numRuns * 200,
  )
})
