import { describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { addOldProfiles } from '../../../test/helpers/old-profiles.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { leastIdAt, newId } from '../ids.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { lockMarks } from './marks.queries.ts'
import { checkMarks, listAppsToMark, listMarkedApps, markProfiles } from './marks.service.ts'
import { createProfile } from './profiles.service.ts'
import type { ProfileOrder } from './profiles.types.ts'
import { selectPage, selectPlaced } from './profiles-page.queries.ts'

const database = useDatabase()
const size = 7
const orders: readonly ProfileOrder[][] = [[], [{ by: 'createdAt', descending: true }]]
const byId = (value: string) => ({ by: 'id', value }) as const

/** Looks at one moment, while others go on writing. */
function inSnapshot<T>({ db }: Pick<Ctx, 'db'>, look: (db: Db) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read', [])
    return look(tx)
  })
}

/** The ids of pages by marks, and what they have to be. */
async function pagesAt(ctx: Ctx, skips: (live: number) => readonly number[]): Promise<[unknown, unknown]> {
  return inSnapshot(ctx, async (db) => {
    const text = 'select id from profiles where app_id = $1 and deleted_at is null order by id'
    const ids = (await db.query<{ id: string }>(text, [ctx.appId])).map(({ id }) => id)
    const found: unknown[] = []
    const wanted: unknown[] = []
    for (const skip of skips(ids.length)) {
      for (const order of orders) {
        const { items, total } = await selectPage({ ...ctx, db }, { skip, take: 3 }, order, 0)
        found.push([skip, total, ...items.map(({ id }) => id)])
        wanted.push([skip, ids.length, ...(order.length === 0 ? ids : ids.toReversed()).slice(skip, skip + 3)])
      }
    }
    for (const [place, id] of ids.entries()) {
      if (!skips(ids.length).includes(place)) continue
      const placed = await selectPlaced({ ...ctx, db }, id)
      found.push([placed?.profile.id, placed?.place, placed?.total])
      wanted.push([id, place, ids.length])
    }
    return [found, wanted]
  })
}

async function expectExactPages(ctx: Ctx): Promise<void> {
  const [found, wanted] = await pagesAt(ctx, (live) => Array.from({ length: live + 2 }, (_, skip) => skip))
  expect(found).toEqual(wanted)
}

const rowsOf = async ({ db, appId }: Ctx, table: 'profile_marks' | 'profile_departures') =>
  (await db.query(`select from ${table} where app_id = $1`, [appId])).length

describe('marks among profiles', () => {
  it('lead to the same pages and places as passing the profiles one by one, whoever has departed', async () => {
    const ctx = await database.newApp()
    const ids = await addOldProfiles(ctx, 60)
    for (let n = 0; n < 4; n++) await createProfile(ctx, {})
    await expectExactPages(ctx)
    await deleteProfile(ctx, byId(ids[2] ?? ''))
    await markProfiles(ctx, size)
    // What is left, and the youngest, has none.
    expect(await rowsOf(ctx, 'profile_marks')).toBe(8)
    await expectExactPages(ctx)
    // The end of a mark, then all of one, one behind the last, and one that becomes part of another.
    for (const index of [7, ...Array.from({ length: 7 }, (_, n) => 22 + n), 59]) {
      await deleteProfile(ctx, byId(ids[index] ?? ''))
    }
    await mergeProfiles(ctx, { target: byId(ids[0] ?? ''), source: byId(ids[40] ?? '') })
    await expectExactPages(ctx)
    await markProfiles(ctx, size)
    expect(await rowsOf(ctx, 'profile_departures')).toBe(0)
    await expectExactPages(ctx)
    await checkMarks({ ...ctx, log: { ...quietLog, warn: () => expect.unreachable() } })
  })

  it('count those that departed while the marks were made', async () => {
    const ctx = await database.newApp()
    const ids = await addOldProfiles(ctx, 30)
    const [begun, proceed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = ctx.db.transaction(async (db) => {
      await deleteProfile({ ...ctx, db }, byId(ids[3] ?? ''))
      begun.resolve()
      await proceed.promise
    })
    await begun.promise
    // Between the settling of departures and the first mark.
    const db: Db = {
      ...ctx.db,
      transaction: (work) =>
        ctx.db.transaction((tx) =>
          work({
            ...tx,
            query: async (text, values) => {
              if (text.includes('insert into profile_marks') && (await rowsOf(ctx, 'profile_departures')) === 0) {
                await deleteProfile(ctx, byId(ids[1] ?? ''))
              }
              return tx.query(text, values)
            },
          }),
        ),
    }
    await markProfiles({ ...ctx, db }, size)
    await expectExactPages(ctx)
    proceed.resolve()
    await late
    await expectExactPages(ctx)
    await markProfiles(ctx, size)
    expect(await rowsOf(ctx, 'profile_departures')).toBe(0)
    await expectExactPages(ctx)
  })

  it('stand only behind profiles that are an hour old: what is still being made comes after them', async () => {
    const ctx = await database.newApp()
    const ids = await addOldProfiles(ctx, 20)
    const madeAt = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)
    await markProfiles({ ...ctx, now: new Date(madeAt(ids[13] ?? '') + 3_600_000) }, size)
    expect(await rowsOf(ctx, 'profile_marks')).toBe(1)
    await markProfiles({ ...ctx, now: new Date(madeAt(ids[14] ?? '') + 3_600_000) }, size)
    expect(await rowsOf(ctx, 'profile_marks')).toBe(2)
  })

  it('are made by one process at a time; another does nothing meanwhile', async () => {
    const ctx = await database.newApp()
    await addOldProfiles(ctx, 20)
    await ctx.db.transaction(async (db) => {
      expect(await lockMarks({ ...ctx, db })).toBe(true)
      await markProfiles(ctx, size)
    })
    expect(await rowsOf(ctx, 'profile_marks')).toBe(0)
    await markProfiles(ctx, size)
    expect(await rowsOf(ctx, 'profile_marks')).toBe(2)
  })

  it('are looked after only where there is something to do', async () => {
    const [marked, few, other] = [await database.newApp(), await database.newApp(), await database.newApp()]
    const [first = ''] = await addOldProfiles(marked, 20)
    await addOldProfiles(few, 6)
    await createProfile(other, {})
    expect(await listAppsToMark(marked, size)).toEqual(expect.arrayContaining([marked.appId]))
    expect(await listAppsToMark(marked, size)).not.toContain(few.appId)
    await markProfiles(marked, size)
    expect(await listAppsToMark(marked, size)).not.toContain(marked.appId)
    await deleteProfile(marked, byId(first))
    expect(await listAppsToMark(marked, size)).toContain(marked.appId)
    const apps = await listMarkedApps(marked)
    expect(apps).toContain(marked.appId)
    expect(apps).not.toContain(few.appId)
  })

  it('are made anew, and somebody is told, when a profile came among them', async () => {
    const ctx = await database.newApp()
    const ids = await addOldProfiles(ctx, 30)
    await markProfiles(ctx, size)
    await ctx.db.query(
      `insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type)
       select app_id, $3, uid + 1000, long_id + 1000, number + 1000, created_at, updated_at, type
       from profiles where app_id = $1 and id = $2`,
      [ctx.appId, ids[9], `${leastIdAt(new Date(1_700_000_000_009)).slice(0, 19)}${newId().slice(19)}`],
    )
    await ctx.db.query('update profile_counts set live = live + 1 where app_id = $1', [ctx.appId])
    const warn = vi.fn()
    await checkMarks({ ...ctx, log: { ...quietLog, warn } })
    expect(warn).toHaveBeenCalledExactlyOnceWith({ appId: ctx.appId, off: 1 }, expect.any(String))
    await expectExactPages(ctx)
    await markProfiles(ctx, size)
    expect(await rowsOf(ctx, 'profile_marks')).toBe(4)
    await expectExactPages(ctx)
  })
})

describe('deletes, creates and the making of marks at once', () => {
  it('leave every page exact at every moment', async () => {
    const ctx = await database.newApp()
    const count = process.env.FACET_PROVE ? 3_000 : 300
    const ids = await addOldProfiles(ctx, count)
    const goes = ids.filter((_, index) => index % 4 !== 0)
    let writing = true
    const remove = async () => {
      for (let id = goes.pop(); id !== undefined; id = goes.pop()) {
        await deleteProfile(ctx, byId(id))
        if (Math.random() < 0.2) await createProfile(ctx, {})
      }
    }
    const mark = async () => {
      while (writing) await markProfiles(ctx, size)
    }
    const read = async () => {
      while (writing) {
        const [found, wanted] = await pagesAt(ctx, (live) =>
          Array.from({ length: 4 }, () => Math.floor(Math.random() * live)),
        )
        expect(found).toEqual(wanted)
      }
    }
    const others = [mark(), mark(), read(), read()]
    await Promise.all(Array.from({ length: 6 }, remove)).finally(() => {
      writing = false
    })
    await Promise.all(others)
    await expectExactPages(ctx)
    await markProfiles(ctx, size)
    expect(await rowsOf(ctx, 'profile_departures')).toBe(0)
    await expectExactPages(ctx)
  }, 120_000)
})
