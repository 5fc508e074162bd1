import { describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { createCallCounter } from './call-counter.ts'
import { getCallStatistics, listRecentCalls } from './calls.service.ts'
import type { AnsweredCall } from './calls.types.ts'

const database = useDatabase()
const [secondMs, minuteMs] = [1_000, 60_000]
/** In the middle of a minute, and of a quarter of an hour. */
const now = new Date('2026-11-25T12:07:30.500Z')
const before = (ms: number) => now.getTime() - ms

/** Writes calls of an app, those of each list together. */
async function write({ appId }: Ctx, ...lists: Partial<AnsweredCall>[][]): Promise<void> {
  const counter = createCallCounter(database.db, quietLog)
  for (const calls of lists) {
    for (const more of calls) {
      const call = {
        atMs: before(0),
        dialect: 'native',
        method: 'GET',
        route: '/x',
        status: 200,
        ms: 3,
        requestId: 'r',
      }
      counter.count(appId, { ...call, ...more })
    }
    await counter.write()
  }
  await counter.close()
}

async function newReader(): Promise<Ctx> {
  return { ...(await database.newApp()), now }
}

/** The places of a series that are not its empty value. */
function filled<T>(series: readonly T[], empty: T): [number, T][] {
  return [...series.entries()].filter(([, value]) => value !== empty)
}

describe('the statistics', () => {
  it('of an hour are 60 minutes, of which the last is the one that runs', async () => {
    const ctx = await newReader()
    await write(ctx, [
      { ms: 100 },
      { ms: 1, status: 502 },
      { atMs: before(59 * minuteMs), ms: 5, status: 404 },
      { atMs: before(60 * minuteMs), ms: 9_000, status: 500 },
    ])
    const { dialects, ...window } = await getCallStatistics(ctx, 'hour')
    expect(window).toEqual({
      window: 'hour',
      from: new Date('2026-11-25T11:08:00Z'),
      to: new Date('2026-11-25T12:08:00Z'),
      stepSeconds: 60,
    })
    const [native, ...others] = dialects
    expect(others).toEqual([])
    expect(native).toMatchObject({ dialect: 'native', requests: 3, errors: 2, serverErrors: 1, p95Ms: 105.94 })
    expect([native?.series.requests.length, native?.series.errors.length, native?.series.p95Ms.length]).toEqual([
      60, 60, 60,
    ])
    expect(filled(native?.series.requests ?? [], 0)).toEqual([
      [0, 1],
      [59, 2],
    ])
    expect(filled(native?.series.errors ?? [], 0)).toEqual([
      [0, 1],
      [59, 1],
    ])
    expect(filled(native?.series.p95Ms ?? [], null)).toEqual([
      [0, 4.13],
      [59, 105.94],
    ])
  })

  it('of a day are 96 quarters of an hour by the clock', async () => {
    const ctx = await newReader()
    const quarter = Date.UTC(2026, 10, 25, 12)
    await write(ctx, [
      { atMs: quarter },
      { atMs: quarter + 7 * minuteMs },
      { atMs: quarter - 1 },
      { atMs: quarter - 95 * 15 * minuteMs },
      { atMs: quarter - 95 * 15 * minuteMs - 1 },
    ])
    const { dialects, ...window } = await getCallStatistics(ctx, 'day')
    expect(window).toMatchObject({ from: new Date('2026-11-24T12:15:00Z'), to: new Date('2026-11-25T12:15:00Z') })
    expect(window.stepSeconds).toBe(900)
    expect(dialects[0]?.series.requests).toHaveLength(96)
    expect(filled(dialects[0]?.series.requests ?? [], 0)).toEqual([
      [0, 1],
      [94, 1],
      [95, 2],
    ])
  })

  it('name every dialect that was called, by name, and none that was not', async () => {
    const ctx = await newReader()
    await write(ctx, [
      { dialect: 'second' },
      { dialect: 'native' },
      { dialect: 'first' },
      { dialect: 'past', atMs: before(60 * minuteMs) },
    ])
    const { dialects } = await getCallStatistics(ctx, 'hour')
    expect(dialects.map(({ dialect, requests }) => [dialect, requests])).toEqual([
      ['first', 1],
      ['native', 1],
      ['second', 1],
    ])
  })
})

describe('the recent calls', () => {
  it('are what was answered, the newest first, with the pattern of the route', async () => {
    const ctx = await newReader()
    const call = { method: 'PATCH', route: '/facet/v1/profiles/:profile', status: 409, ms: 12.345, requestId: 'one' }
    await write(ctx, [
      { ...call, atMs: before(2 * secondMs) },
      { dialect: 'other', requestId: 'two' },
    ])
    expect(await listRecentCalls(ctx, { limit: 10 })).toEqual([
      expect.objectContaining({ dialect: 'other', requestId: 'two', at: now }),
      {
        ...call,
        at: new Date(before(2_000)),
        dialect: 'native',
        ms: 12.35,
      },
    ])
  })

  it('are errors alone, or the others alone, when that is asked for', async () => {
    const ctx = await newReader()
    await write(ctx, [
      { status: 400, requestId: 'a' },
      { status: 399, requestId: 'b' },
      { status: 503, requestId: 'c', atMs: before(minuteMs) },
    ])
    const idsOf = async (failed?: boolean) =>
      (await listRecentCalls(ctx, { failed, limit: 10 })).map(({ requestId }) => requestId)
    expect(await idsOf(true)).toEqual(['a', 'c'])
    expect(await idsOf(false)).toEqual(['b'])
    expect((await idsOf()).sort()).toEqual(['a', 'b', 'c'])
  })

  it('of a minute are the newest few that were written, errors apart from others, so that neither floods the other', async () => {
    const ctx = await newReader()
    const written = (status: number, begin: number) =>
      Array.from({ length: 10 }, (_, n) => ({
        status,
        requestId: `${status}-${begin + n}`,
        atMs: before(40 - begin - n),
      }))
    await write(ctx, written(200, 0), [...written(404, 0), ...written(200, 10)], written(404, 10), written(404, 20))
    const failed = await listRecentCalls(ctx, { failed: true, limit: 200 })
    expect(failed.map(({ requestId }) => requestId)).toEqual(Array.from({ length: 20 }, (_, n) => `404-${29 - n}`))
    const others = await listRecentCalls(ctx, { failed: false, limit: 200 })
    expect(others.map(({ requestId }) => requestId)).toEqual([14, 13, 12, 11, 10].map((n) => `200-${n}`))
    const { dialects } = await getCallStatistics(ctx, 'hour')
    expect(dialects[0]).toMatchObject({ requests: 50, errors: 30 })
  })

  it('are the newest of all dialects, also where the limit falls within a minute', async () => {
    const ctx = await newReader()
    const agesMs = { a: 3_000, b: 2_000, c: 1_000, d: 4_000, e: 5_000 }
    const calls = Object.entries(agesMs).map(([name, ms]) => ({ dialect: name, requestId: name, atMs: before(ms) }))
    await write(ctx, calls)
    const newest = await listRecentCalls(ctx, { limit: 2 })
    expect(newest.map(({ requestId }) => requestId)).toEqual(['c', 'b'])
  })
})

describe('both', () => {
  it('are of the own app alone, and need the scope events:read', async () => {
    const [one, other] = [await newReader(), await newReader()]
    await write(one, [{ status: 500 }])
    expect((await getCallStatistics(other, 'day')).dialects).toEqual([])
    expect(await listRecentCalls(other, { limit: 10 })).toEqual([])
    const blind: Ctx = { ...one, scopes: new Set(['profiles:read']) }
    await expect(getCallStatistics(blind, 'day')).rejects.toMatchObject({ fault: { code: 'scope_missing' } })
    await expect(listRecentCalls(blind, { limit: 10 })).rejects.toMatchObject({ fault: { code: 'scope_missing' } })
  })
})
