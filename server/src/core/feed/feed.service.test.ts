import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openPool, type PooledDb } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import { recordEvent } from '../events.ts'
import { newId } from '../ids.ts'
import { deleteProfile } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, updateProfile } from '../profiles/profiles.service.ts'
import { inTx } from '../transactions.ts'
import { createSequencer, getEvent, listAppsWithPending, listEvents, pruneEvents } from './feed.service.ts'

const database = useDatabase()

/** An app whose feed holds nothing yet. */
async function emptyApp(): Promise<Ctx> {
  const ctx = await database.newApp()
  await ctx.db.query('delete from events_pending where app_id = $1', [ctx.appId])
  return ctx
}

async function record(ctx: Ctx, subjectId: string = newId(), at: Date = ctx.now): Promise<string> {
  await recordEvent(ctx, ctx.appId, {
    type: 'profile.created',
    subjectId,
    at,
    data: { before: null, after: { id: subjectId } },
  })
  return subjectId
}

const subjectsOf = async (ctx: Ctx) =>
  (await listEvents(ctx, { limit: 200 })).events.map(({ sequence, subjectId }) => [sequence, subjectId])

describe('the numbering of events', () => {
  it('gives what was written one after the other numbers in that order, from 1 and without gaps', async () => {
    const ctx = await emptyApp()
    const written = [await record(ctx), await record(ctx), await record(ctx)]
    const { numbered } = await createSequencer(ctx, ctx.appId).number()
    expect(numbered).toBe(3)
    expect(await subjectsOf(ctx)).toEqual(written.map((id, index) => [index + 1, id]))
  })

  it('gives an event that commits late a number behind those that readers have seen', async () => {
    const ctx = await emptyApp()
    const sequencer = createSequencer(ctx, ctx.appId)
    const [begun, proceed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow = newId()
    const late = inTx(ctx, async (tx) => {
      await record(tx, slow)
      begun.resolve()
      await proceed.promise
    })
    await begun.promise
    const quick = await record(ctx)
    await sequencer.number()
    expect(await subjectsOf(ctx)).toEqual([[1, quick]])
    proceed.resolve()
    await late
    await sequencer.number()
    expect(await subjectsOf(ctx)).toEqual([
      [1, quick],
      [2, slow],
    ])
  })

  it('tells the changes of one profile in the order in which they were made, whichever transaction began first', async () => {
    const ctx = await emptyApp()
    const { id } = await createProfile(ctx, {})
    const [begun, proceed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    // Has its transaction id long before it changes the profile.
    const second = inTx(ctx, async (tx) => {
      await record(tx)
      begun.resolve()
      await proceed.promise
      await updateProfile(tx, { by: 'id', value: id }, { city: 'second' })
    })
    await begun.promise
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'first' })
    proceed.resolve()
    await second
    await createSequencer(ctx, ctx.appId).number()
    const { events } = await listEvents(ctx, { limit: 10, profileIds: [id] })
    expect(events.map(({ data }) => JSON.parse(data).after.city)).toEqual([undefined, 'first', 'second'])
  })

  it('is one row after the other when many number at once: no number twice, none left out', async () => {
    const ctx = await emptyApp()
    const sequencers = Array.from({ length: 4 }, () => createSequencer(ctx, ctx.appId))
    const writing = Promise.all(Array.from({ length: 100 }, () => record(ctx)))
    while ((await Promise.all(sequencers.map((each) => each.number()))).some(({ numbered }) => numbered > 0));
    await writing
    await sequencers[0]?.number()
    const sequences = (await subjectsOf(ctx)).map(([sequence]) => sequence)
    expect(sequences).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })

  it('is more than a column that counts by itself: that shows a number before a lower one', async () => {
    const { db } = await emptyApp()
    await db.query('create table counted (n bigserial, name text)', [])
    const [begun, proceed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = db.transaction(async (tx) => {
      await tx.query("insert into counted (name) values ('slow')", [])
      begun.resolve()
      await proceed.promise
    })
    await begun.promise
    await db.query("insert into counted (name) values ('quick')", [])
    // A reader that goes on from here never sees number 1.
    expect(await db.query('select n, name from counted order by n', [])).toEqual([{ n: '2', name: 'quick' }])
    proceed.resolve()
    await late
    expect(await db.query('select n, name from counted where n > 2', [])).toEqual([])
  })

  it('finds the apps that wait for it, and an event without a number says so', async () => {
    const ctx = await emptyApp()
    await record(ctx)
    expect(await listAppsWithPending(ctx)).toContain(ctx.appId)
    const [row] = await ctx.db.query<{ id: string }>('select id from events_pending where app_id = $1', [ctx.appId])
    expect(await getEvent(ctx, row?.id ?? '')).toMatchObject({ sequence: null })
    await createSequencer(ctx, ctx.appId).number()
    expect(await getEvent(ctx, row?.id ?? '')).toMatchObject({ sequence: 1 })
    expect(await listAppsWithPending(ctx)).not.toContain(ctx.appId)
  })

  it('costs the same however many events were numbered before and are not vacuumed', async () => {
    const ctx = await emptyApp()
    const db = openPool({ address: database.address, connections: 1, log: quietLog, byIndex: true })
    const sequencer = createSequencer({ ...ctx, db }, ctx.appId)
    const holdsBack = new pg.Client(database.address)
    await holdsBack.connect()
    try {
      // It reads blocks too, which would be counted as the sequencer's.
      await ctx.db.query('alter table events_pending set (autovacuum_enabled = off)', [])
      // As a long dump does: nothing that is moved may be cleaned away while its snapshot lives.
      await holdsBack.query('begin isolation level repeatable read')
      await holdsBack.query('select 1')
      const read = async (): Promise<number> => {
        await record(ctx)
        const before = await blocksRead({ db })
        await sequencer.number()
        return (await blocksRead({ db })) - before
      }
      await sequencer.number()
      await read()
      const few = await read()
      expect(few).toBeGreaterThan(0)
      await ctx.db.query(
        `insert into events_pending (app_id, id, type, subject_id, occurred_at, actor_kind, actor_id, data)
         select $1, gen_random_uuid(), 'profile.created', gen_random_uuid(), now(), 'system', 'test', '{}' from generate_series(1, 20000)`,
        [ctx.appId],
      )
      await sequencer.number()
      const many = await read()
      expect(many).toBeLessThan(few * 2 + 20)
    } finally {
      await Promise.all([holdsBack.end(), db.close()])
    }
  })

  it('of a backlog costs the same by a plan from when there was nothing', async () => {
    const ctx = await emptyApp()
    const fill = () =>
      ctx.db.query(
        `insert into events_pending (app_id, id, type, subject_id, occurred_at, actor_kind, actor_id, data)
         select $1, gen_random_uuid(), 'profile.created', gen_random_uuid(), now(), 'system', 'test', '{}' from generate_series(1, 10000)`,
        [ctx.appId],
      )
    const cost = async (db: PooledDb): Promise<number> => {
      await fill()
      const before = await blocksRead({ db })
      expect((await createSequencer({ ...ctx, db }, ctx.appId).number()).numbered).toBe(10_000)
      return (await blocksRead({ db })) - before
    }
    const open = () => openPool({ address: database.address, connections: 1, log: quietLog, byIndex: true })
    const [early, late] = [open(), open()]
    try {
      await ctx.db.query('alter table events_pending set (autovacuum_enabled = off)', [])
      await ctx.db.query('vacuum events_pending', [])
      // Plans are general from the sixth time on.
      for (let n = 0; n < 8; n++) await createSequencer({ ...ctx, db: early }, ctx.appId).number()
      const [byEarly, byLate] = [await cost(early), await cost(late)]
      expect(byEarly).toBeLessThan(byLate * 2)
      // A row is looked at a few times, not once for each other row.
      expect(byEarly).toBeLessThan(10_000 * 20)
    } finally {
      await Promise.all([early.close(), late.close()])
    }
  })

  it('keeps the pages of what was numbered: no vacuum locks out who writes, to give them back', async () => {
    const ctx = await emptyApp()
    const pages = async () => {
      const [row] = await ctx.db.query<{ bytes: string }>("select pg_relation_size('events_pending') as bytes", [])
      return Number(row?.bytes)
    }
    for (let n = 0; n < 20; n++) await createProfile(ctx, {})
    await createSequencer(ctx, ctx.appId).number()
    const before = await pages()
    await ctx.db.query('vacuum events_pending', [])
    expect(before).toBeGreaterThan(0)
    expect(await pages()).toBe(before)
  })
})

/** Blocks of the pending table and its index that were looked at so far. */
async function blocksRead({ db }: Pick<Ctx, 'db'>): Promise<number> {
  await db.query('select pg_stat_force_next_flush()', [])
  const [row] = await db.query<{ blocks: string }>(
    `select idx_blks_read + idx_blks_hit + heap_blks_read + heap_blks_hit as blocks from pg_statio_user_tables where relname = 'events_pending'`,
    [],
  )
  return Number(row?.blocks)
}

describe('the feed', () => {
  it('is read in parts, by type and by profile, each going on where the last one ended', async () => {
    const ctx = await emptyApp()
    const first = await createProfile(ctx, {})
    const second = await createProfile(ctx, {})
    await updateProfile(ctx, { by: 'id', value: first.id }, { city: 'Zug' })
    await updateProfile(ctx, { by: 'id', value: second.id }, { email: 'a@example.com' })
    await deleteProfile(ctx, { by: 'id', value: first.id })
    await createSequencer(ctx, ctx.appId).number()
    const read = async (query: Partial<Parameters<typeof listEvents>[1]>) => {
      const page = await listEvents(ctx, { limit: 200, ...query })
      return [page.events.map(({ sequence }) => sequence), page.nextAfter, page.more]
    }
    expect(await read({})).toEqual([[1, 2, 3, 4, 5], 5, false])
    expect(await read({ limit: 2 })).toEqual([[1, 2], 2, true])
    expect(await read({ limit: 2, after: 2 })).toEqual([[3, 4], 4, true])
    expect(await read({ after: 5 })).toEqual([[], 5, false])
    expect(await read({ after: 'latest' })).toEqual([[], 5, false])
    expect(await read({ types: ['profile.email_changed', 'profile.created'] })).toEqual([[1, 2, 4], 5, false])
    expect(await read({ types: ['profile.email_changed', 'profile.created'], limit: 2 })).toEqual([[1, 2], 2, true])
    expect(await read({ profileIds: [first.id] })).toEqual([[1, 3, 5], 5, false])
    expect(await read({ profileIds: [first.id], types: ['profile.deleted'], after: 1 })).toEqual([[5], 5, false])
    await expect(read({ after: 6 })).rejects.toMatchObject({ fault: { code: 'input_invalid' } })
  })

  it('of another app holds nothing of this one', async () => {
    const [ctx, other] = [await emptyApp(), await emptyApp()]
    await record(ctx)
    await createSequencer(ctx, ctx.appId).number()
    const [event] = (await listEvents(ctx, { limit: 1 })).events
    expect((await listEvents(other, { limit: 1 })).events).toEqual([])
    await expect(getEvent(other, event?.id ?? '')).rejects.toMatchObject({ fault: { code: 'event_not_found' } })
  })

  it('loses its oldest events in small parts, and says from where on it still has them', async () => {
    const ctx = await emptyApp()
    const at = (day: number) => new Date(Date.UTC(2026, 0, day))
    for (const day of [1, 2, 3, 4, 5]) await record(ctx, newId(), at(day))
    await createSequencer(ctx, ctx.appId).number()
    expect(await pruneEvents(ctx, ctx.appId, at(4), 2)).toBe(2)
    expect(await pruneEvents(ctx, ctx.appId, at(4), 2)).toBe(1)
    expect(await pruneEvents(ctx, ctx.appId, at(4), 2)).toBe(0)
    expect((await subjectsOf(ctx)).map(([sequence]) => sequence)).toEqual([4, 5])
    expect((await listEvents(ctx, { limit: 1, after: 3 })).events[0]?.sequence).toBe(4)
    await expect(listEvents(ctx, { limit: 1, after: 2 })).rejects.toMatchObject({
      fault: { code: 'events_pruned', oldestSequence: 4 },
    })
  })
})
