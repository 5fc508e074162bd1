import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, whileLocked } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

/** A profile at revision 2. */
async function changedOnce(): Promise<string> {
  const { id } = await client.make({})
  expect((await client.patch(`/profiles/${id}`, { label: 'once' })).headers.etag).toBe('"2"')
  return `/profiles/${id}`
}

const matching = ['"2"', '*', ' * ', '"1", "2"', '"2","7"', '"a,b" , "2"', 'W/"2", "2"']
const stale = ['"1"', '"3"', 'W/"2"', '"1", "3"', '"02"', '"two"', '""', '"99999999999999999999"']
const malformed = ['2', 'W/2', '"2', '2"', 'w/"2"', '"1" "2"', '"1",', ',', '', '"2", *']

describe('If-Match', () => {
  it.each(matching)('lets a patch and a delete through: %s', async (tag) => {
    const path = await changedOnce()
    expect((await client.patch(path, { label: 'once' }, { 'if-match': tag })).statusCode).toBe(200)
    expect((await client.delete(path, { 'if-match': tag })).statusCode).toBe(204)
  })

  it.each(stale)('412: refuses a patch and a delete, which change nothing: %s', async (tag) => {
    const path = await changedOnce()
    const before = await client.get(path)
    expectProblem(await client.patch(path, { label: 'twice' }, { 'if-match': tag }), 412, 'revision_stale')
    expectProblem(await client.delete(path, { 'if-match': tag }), 412, 'revision_stale')
    expect((await client.get(path)).body).toBe(before.body)
  })

  it.each(malformed)('400: refuses what is no list of entity tags, which change nothing: %s', async (tag) => {
    const path = await changedOnce()
    const before = await client.get(path)
    expectProblem(await client.patch(path, { label: 'twice' }, { 'if-match': tag }), 400, 'request_malformed')
    expectProblem(await client.delete(path, { 'if-match': tag }), 400, 'request_malformed')
    expect((await client.get(path)).body).toBe(before.body)
  })

  it('412 also where the patch would change nothing', async () => {
    const path = await changedOnce()
    expectProblem(await client.patch(path, {}, { 'if-match': '"1"' }), 412, 'revision_stale')
  })

  it('404 for a profile that is not there, whatever the tag', async () => {
    for (const tag of ['*', '"1"']) {
      expectProblem(await client.patch('/profiles/reference:nobody', {}, { 'if-match': tag }), 404, 'profile_not_found')
    }
  })

  it('loses no update: of many who read one revision exactly one writes', async () => {
    const path = await changedOnce()
    const writers = Array.from({ length: 15 }, (_, writer) => `writer ${writer}`)
    const started = await whileLocked(database, path.slice('/profiles/'.length), 15, () =>
      writers.map((label) => client.patch(path, { label }, { 'if-match': '"2"' })),
    )
    const answers = await Promise.all(started)
    const winners = answers.filter(({ statusCode }) => statusCode === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(14)
    const now = await client.get(path)
    expect(now.headers.etag).toBe('"3"')
    expect(now.json().label).toBe(winners[0]?.json().label)
  })
})
