import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createProfile } from '../../../src/core/profiles/profiles.service.ts'
import { listenOnLoopback, steadyNotices, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { type Client, details, expectDetail, newSite, type Person } from './client.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)
const most = 1_000

let site: Client
let reader: Person
let base: string
/** As long as a name can be. */
const names = Array.from({ length: most }, (_, i) => `user-${String(i).padStart(25, '0')}`)

beforeAll(async () => {
  site = await newSite(api, database)
  reader = await site.person('reader')
  for (const username of names) await createProfile(site.ctx, { username, email: `${username}@example.com` })
  base = await listenOnLoopback(api.server)
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function list(users: readonly string[]): Promise<{ status: number; body: string }> {
  const headers = { host: site.host, authorization: `Token ${reader.token}` }
  const outgoing = request(`${base}/api/v1/profiles?users=${users.join(',')}`, { headers }).end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: incoming.statusCode ?? 0, body: await text(incoming) }
}

it('shows a thousand people of a thousand names, by name, after one statement, once it is known who asks', async () => {
  await list([])
  const query = vi.spyOn(database.db, 'query')
  const transaction = vi.spyOn(database.db, 'transaction')
  const { status, body } = await list(names.toReversed().map((name) => name.toUpperCase()))
  expect(status).toBe(200)
  expect(JSON.parse(body).map(({ username }: { username: string }) => username)).toEqual(names)
  expect([statementsOf(query).length, transaction.mock.calls.length]).toEqual([1, 0])
  expect(body).not.toContain('"email"')
})

it('makes no statement of more for fewer names, or for names that are nobody’s', async () => {
  await list([])
  const query = vi.spyOn(database.db, 'query')
  expect(JSON.parse((await list(['nobody', 'nothing', names[0] ?? ''])).body)).toHaveLength(1)
  expect(statementsOf(query).length).toBe(1)
})

it('counts names that are named twice, and refuses the one past a thousand', async () => {
  const query = `/profiles?users=${Array(most + 1)
    .fill('x')
    .join(',')}`
  expectDetail(await site.get(query, reader), [400, 'At most 1000 users may be named.'])
  expect((await site.get(query.slice(0, -2), reader)).statusCode).toBe(200)
  // A visitor names nobody, however many.
  expect((await site.get(query)).body).toBe('[]')
  expectDetail(await site.get(query, 'Token x'), details.tokenWrong)
})

it('reads a person by one statement, whoever asks, once it is known who does', async () => {
  await site.get('/profiles', reader)
  const query = vi.spyOn(database.db, 'query')
  for (const [key, username] of [
    [String(reader.id), reader.username],
    [reader.username.toUpperCase(), reader.username],
    [names[0], names[0]],
  ]) {
    query.mockClear()
    expect((await site.get(`/profiles/${key}`, reader)).json().username).toBe(username)
    expect(statementsOf(query).length, key).toBe(1)
  }
})
