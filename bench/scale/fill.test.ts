import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ctx } from '../../server/src/core/context.ts'
import { timeOfId } from '../../server/src/core/ids.ts'
import { checkProfileInput, formsOf } from '../../server/src/core/profiles/profiles.rules.ts'
import { getProfile } from '../../server/src/core/profiles/profiles.service.ts'
import type { Profile, ProfileKey } from '../../server/src/core/profiles/profiles.types.ts'
import {
  findProfiles,
  listProfiles,
  listProfilesByOffset,
} from '../../server/src/core/profiles/profiles-list.service.ts'
import { useDatabase } from '../../server/test/helpers/database.ts'
import { copyIn } from './copy-in.ts'
import { fill } from './fill.ts'
import { populationOf } from './rows.ts'

const rows = 200
const database = useDatabase()
let ctx: Ctx
let client: pg.Client

const indexNames = async () => {
  const text = "select indexname from pg_indexes where tablename = 'profiles' order by indexname"
  return (await client.query<{ indexname: string }>(text)).rows.map(({ indexname }) => indexname)
}
let indexesBefore: string[]

beforeAll(async () => {
  ctx = await database.newApp()
  client = new pg.Client(database.address)
  await client.connect()
  indexesBefore = await indexNames()
  await fill(client, populationOf(ctx.appId, rows))
})

afterAll(async () => {
  await client.end()
})

test('a population has as many profiles as the app counts, in the order of their ids and with every index', async () => {
  const pages = [0, 1].map((page) => listProfilesByOffset(ctx, { skip: page * 100, take: 100 }))
  const [first, second] = await Promise.all(pages)

  expect(first?.total).toBe(rows)
  const items = [...(first?.items ?? []), ...(second?.items ?? [])]
  expect(items).toHaveLength(rows)
  for (const { id, createdAt } of items) expect(timeOfId(id)).toEqual(createdAt)
  expect(await indexNames()).toEqual(indexesBefore)
})

test('its profiles are what the core would store, and are found by every identifier and by name', async () => {
  const { items } = await listProfiles(ctx, { limit: 100, sort: 'createdAt', filter: {} })
  const named = items.filter((profile) => profile.username !== null)
  expect(named).toHaveLength(10)

  for (const profile of named) {
    for (const key of keysOf(profile)) expect(await getProfile(ctx, key)).toEqual(profile)
    const { username, email, phone, firstName, lastName, fullName, reference } = profile
    const input = { username, email, phone, firstName, lastName, fullName, reference }
    expect(checkProfileInput(input)).toEqual(input)
    const { rows: stored } = await client.query(
      'select username_folded, email_folded, phone_e164, name_words from profiles where id = $1',
      [profile.id],
    )
    expect(Object.values(stored[0])).toEqual(Object.values(formsOf(profile)))
  }
  const found = await findProfiles(ctx, { q: named[0]?.fullName ?? '', owners: [], limit: 100 })
  expect(found.items.map(({ id }) => id)).toContain(named[0]?.id)
})

function keysOf(profile: Profile): ProfileKey[] {
  const { id, uid, longId, number, reference, username, email, phone } = profile
  const all = { id, uid, longId, number, reference, username, email, phone }
  return Object.entries(all).map(([by, value]) => ({ by: by as ProfileKey['by'], value: String(value) }))
}

test('a copy that PostgreSQL does not take fails, and its connection goes on', async () => {
  await expect(copyIn(client, 'nowhere (id)', ['1\n'])).rejects.toThrow('"nowhere" does not exist')
  const lines = Array.from({ length: 100_000 }, () => 'no UUID\n')
  await expect(copyIn(client, 'profiles (id)', lines)).rejects.toThrow('invalid input syntax for type uuid')
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
