import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openPool } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { listAppsToMark, markProfiles } from './marks.service.ts'
import { createProfile, getProfile } from './profiles.service.ts'
import type { Profile, ProfileListInput } from './profiles.types.ts'
import { findProfilePage, findProfiles, listProfiles, listProfilesByOffset } from './profiles-list.service.ts'
import { matchLimit, walkLimit } from './profiles-search.queries.ts'

const database = useDatabase()
const few = 20
/** Profiles a mark. */
const marked = 1_000
const many = process.env.FACET_PROVE ? 1_000_000 : 50_000

interface Filled {
  readonly ctx: Ctx
  /** The profile in the middle of the app's life. */
  readonly middle: Profile
  readonly newestId: string
  /** Pages of the database that the work touched, read back from the plans of its statements. */
  readonly pagesOf: (work: (ctx: Ctx) => Promise<unknown>) => Promise<number>
}

/** An app with `count` profiles that have every identifier and a name. */
async function filled(count: number): Promise<Filled> {
  const ctx = await database.newApp()
  await ctx.db.query(
    `insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type, reference,
       username, username_folded, email, email_folded, phone, phone_e164, full_name, name_words)
     select $1, lpad(to_hex(1700000000000 + n), 12, '0')::uuid, 100000000000 + n, 17000000000000000000 + n, n,
       to_timestamp(1700000000 + n), to_timestamp(1700000000 + n), 'User', 'ref-' || n, 'user' || n, 'user' || n,
       'u' || n || '@example.com', 'u' || n || '@example.com', '+4930' || (1000000 + n), '+4930' || (1000000 + n),
       'Ada Name' || n, array['ada', 'name' || n]
     from generate_series(1, $2::int) n`.replace(
      "lpad(to_hex(1700000000000 + n), 12, '0')",
      "rpad(lpad(to_hex(1700000000000 + n), 12, '0') || '7', 32, '0')",
    ),
    [ctx.appId, count],
  )
  await ctx.db.query(
    `insert into profile_words (app_id, word, profile_id)
     select app_id, word, id from profiles, unnest(name_words) word where app_id = $1`,
    [ctx.appId],
  )
  await ctx.db.query('insert into profile_counts (app_id, slot, live) values ($1, 0, $2)', [ctx.appId, count])
  while ((await listAppsToMark(ctx, marked)).includes(ctx.appId)) await markProfiles(ctx, marked)
  await ctx.db.query('analyze profiles, profile_words, profile_counts, profile_marks, profile_departures', [])
  const middle = await getProfile(ctx, { by: 'reference', value: `ref-${count / 2}` })
  const { id: newestId } = await getProfile(ctx, { by: 'reference', value: `ref-${count}` })
  return { ctx, middle, newestId, pagesOf: (work) => countPages(ctx, work) }
}

/** Runs the work on statements that are explained instead of trusted. */
async function countPages(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>): Promise<number> {
  let pages = 0
  const client = new pg.Client(database.address)
  await client.connect()
  await client.query('set plan_cache_mode = force_generic_plan')
  const db: Db = {
    ...ctx.db,
    // One after the other: all of them are on one connection.
    query(text, values) {
      const result = turn.catch(() => {}).then(() => explain(text, values))
      turn = result
      return result as Promise<never>
    },
  }
  let turn: Promise<unknown> = Promise.resolve()
  async function explain(text: string, values: readonly unknown[]): Promise<unknown[]> {
    // The general plan is the one that a statement comes to have after some runs.
    await client.query(`prepare explained as ${text}`)
    await client.query('begin')
    const call = `execute explained(${values.map((value) => literal(client, value)).join(', ')})`
    const explained = await client.query(`explain (analyze, buffers, timing off, format json) ${call}`)
    await client.query('rollback')
    await client.query('deallocate explained')
    const [{ Plan: plan }] = explained.rows[0]['QUERY PLAN']
    pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    return (await client.query(text, [...values])).rows
  }
  await work({ ...ctx, db }).finally(() => client.end())
  return pages
}

function literal(client: pg.Client, value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `'{${value.join(',')}}'`
  return client.escapeLiteral(value instanceof Date ? value.toISOString() : String(value))
}

const page = (sort: ProfileListInput['sort'], filter: ProfileListInput['filter'] = {}) => ({ limit: 10, sort, filter })

describe(`what costs the same with ${few} profiles and with ${many}`, () => {
  let small: Filled
  let large: Filled
  beforeAll(async () => {
    small = await filled(few)
    large = await filled(many)
  }, 300_000)

  const works: Record<string, (filled: Filled) => (ctx: Ctx) => Promise<unknown>> = {
    'the exact total': () => (ctx) => listProfilesByOffset(ctx, { skip: 0, take: 0 }),
    'a first page': () => (ctx) => listProfilesByOffset(ctx, { skip: 0, take: 10 }),
    'a page of the last changed': () => (ctx) =>
      listProfilesByOffset(ctx, { skip: 0, take: 10, order: [{ by: 'updatedAt', descending: true }] }),
    'a page past the end': () => (ctx) => listProfilesByOffset(ctx, { skip: 2_000_000, take: 10 }),
    'the newest': () => (ctx) => listProfiles(ctx, page('-createdAt')),
    'the last changed': () => (ctx) => listProfiles(ctx, page('-updatedAt')),
    'a page from the middle':
      ({ middle }) =>
      (ctx) =>
        listProfiles(ctx, {
          ...page('createdAt'),
          cursor: Buffer.from(JSON.stringify(['createdAt', middle.id])).toString('base64url'),
        }),
    'a profile by reference':
      ({ middle }) =>
      (ctx) =>
        getProfile(ctx, { by: 'reference', value: middle.reference ?? '' }),
    'a profile by e-mail':
      ({ middle }) =>
      (ctx) =>
        getProfile(ctx, { by: 'email', value: middle.email ?? '' }),
    'a profile by uid':
      ({ middle }) =>
      (ctx) =>
        getProfile(ctx, { by: 'uid', value: middle.uid }),
    'a filter by e-mail':
      ({ middle }) =>
      (ctx) =>
        listProfiles(ctx, page('-createdAt', { email: middle.email ?? '' })),
    'a search that one letter begins': () => (ctx) => findProfiles(ctx, { q: 'u', limit: 10 }),
    'a search for a word that all have': () => (ctx) => findProfiles(ctx, { q: 'ada', limit: 10 }),
    'a search for nothing that is there': () => (ctx) => findProfiles(ctx, { q: 'zebra', limit: 10 }),
    'a create': () => (ctx) => createProfile(ctx, { reference: `new-${Math.random()}` }),
  }

  it.each(Object.keys(works))('%s', async (name) => {
    const work = works[name]
    if (work === undefined) throw new Error(name)
    const [least, most] = [await small.pagesOf(work(small)), await large.pagesOf(work(large))]
    // A tree of many more entries is a level or two deeper, for each index that is asked.
    expect(most, `${least} pages -> ${most} pages`).toBeLessThanOrEqual(2 * least + 40)
  })

  it.each(['reference', 'uid', 'username'] as const)(
    'several by %s at once cost a probe of the index each',
    async (by) => {
      const count = 32
      const values = { reference: 'ref-', uid: '1000000000', username: 'user' }
      const keyOf = (n: number) => `${values[by]}${by === 'uid' ? String(n).padStart(2, '0') : n}`
      const pages = await large.pagesOf((ctx) =>
        Promise.all(Array.from({ length: count }, (_, n) => getProfile(ctx, { by, value: keyOf(n + 1) }))),
      )
      expect(pages).toBeLessThan(5 * count)
    },
  )

  // What is planned anew takes longer to plan than to run, each time.
  it('pages of lists are planned once a connection, whatever they skip and take', async () => {
    const pool = openPool({ address: database.address, connections: 1, log: quietLog })
    const ctx = { ...large.ctx, db: pool }
    const newestFirst = [{ by: 'createdAt', descending: true }] as const
    try {
      for (let time = 0; time < 12; time++) {
        for (const sort of ['createdAt', '-updatedAt'] as const) await listProfiles(ctx, page(sort))
        for (const take of [0, 10, 50]) {
          for (const skip of [0, 20, 300, 5_000, Math.floor(many * 0.8)])
            await listProfilesByOffset(ctx, { skip, take })
          await listProfilesByOffset(ctx, { skip: 0, take, order: newestFirst })
        }
      }
      const planned = await pool.query<{ statement: string }>(
        'select statement from pg_prepared_statements where custom_plans > 5 and not from_sql',
        [],
      )
      expect(planned).toEqual([])
    } finally {
      await pool.close()
    }
  })

  const depth = Math.floor(many * 0.9) + marked - 1
  const newestFirst = { order: [{ by: 'createdAt', descending: true }] } as const
  it.each<[string, (ctx: Ctx) => Promise<unknown>]>([
    ['a page at nine tenths of them', (ctx) => listProfilesByOffset(ctx, { skip: depth, take: 10 })],
    ['one as deep, the newest first', (ctx) => listProfilesByOffset(ctx, { skip: depth, take: 10, ...newestFirst })],
    ['that of the newest alone', (ctx) => findProfilePage(ctx, large.newestId)],
  ])('%s passes no more one by one than a mark holds', async (_, work) => {
    const passMark = (ctx: Ctx) => listProfilesByOffset(ctx, { skip: marked, take: 10 })
    // And the marks themselves.
    expect(await large.pagesOf(work)).toBeLessThan((await large.pagesOf(passMark)) + many / marked / 10 + 20)
  })

  // Everybody has the longest of the words, and nobody the other.
  it.each([
    ['by cursor', (ctx: Ctx) => findProfiles(ctx, { q: 'name zz', limit: 10 }), walkLimit],
    [
      'by position',
      (ctx: Ctx) => listProfilesByOffset(ctx, { skip: 0, take: 10, search: { q: 'name zz', fields: ['name'] } }),
      matchLimit,
    ],
  ] as const)(
    'a search for two words that no profile has together, but for what one page may look at: %s',
    async (_, work, limit) => {
      // An entry, its profile's place in an index of three levels, and the profile.
      expect(await large.pagesOf(work)).toBeLessThan(6 * limit)
    },
  )
})
