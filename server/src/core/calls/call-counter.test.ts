import { afterEach, describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openDatabaseProxy } from '../../../test/helpers/tcp-proxy.ts'
import { openPool } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { createCallCounter, type OpenCallCounter } from './call-counter.ts'
import { getCallStatistics, listRecentCalls } from './calls.service.ts'
import type { AnsweredCall } from './calls.types.ts'

const database = useDatabase()
const open: OpenCallCounter[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const counter of open.splice(0)) await counter.close()
})

function newCounter(db: Db = database.db): OpenCallCounter {
  const counter = createCallCounter(db, quietLog)
  open.push(counter)
  return counter
}

function call(more: Partial<AnsweredCall> = {}): AnsweredCall {
  const requestId = crypto.randomUUID()
  return { atMs: Date.now(), dialect: 'native', method: 'GET', route: '/x', status: 200, ms: 3, requestId, ...more }
}

/** What the app has in its counts: requests, errors, errors of the server, by dialect. */
async function countsOf(ctx: Ctx): Promise<unknown[]> {
  const { dialects } = await getCallStatistics({ ...ctx, now: new Date() }, 'hour')
  return dialects.map((each) => [each.dialect, each.requests, each.errors, each.serverErrors])
}

describe('a counter of calls', () => {
  it('writes one statement for all apps and dialects, and none when nothing was called', async () => {
    const [one, other] = [await database.newApp(), await database.newApp()]
    const counter = newCounter()
    for (const { appId } of [one, other]) {
      counter.count(appId, call())
      counter.count(appId, call({ dialect: 'other', status: 404 }))
    }
    const [query, transaction] = [vi.spyOn(database.db, 'query'), vi.spyOn(database.db, 'transaction')]
    await counter.write()
    await counter.write()
    expect([query.mock.calls.length, transaction.mock.calls.length]).toEqual([1, 0])
    for (const ctx of [one, other]) {
      expect(await countsOf(ctx)).toEqual([
        ['native', 1, 0, 0],
        ['other', 1, 1, 0],
      ])
    }
  })

  it('writes by itself, so that a first request is seen about a second after its answer', async () => {
    const ctx = await database.newApp()
    newCounter().count(ctx.appId, call({ requestId: 'first' }))
    const seen = async () => (await listRecentCalls(ctx, { limit: 5 })).map(({ requestId }) => requestId)
    await expect.poll(seen, { interval: 50, timeout: 10_000 }).toEqual(['first'])
  })

  it('writes the rest when it is closed', async () => {
    const ctx = await database.newApp()
    const counter = newCounter()
    counter.count(ctx.appId, call({ status: 500 }))
    await counter.close()
    expect(await countsOf(ctx)).toEqual([['native', 1, 1, 1]])
  })

  it('adds up with those of other processes that write the same minutes of the same apps at once', async () => {
    const apps = await Promise.all(Array.from({ length: 20 }, () => database.newApp()))
    const pools = Array.from({ length: 4 }, () => {
      return openPool({ address: database.address, connections: 1, log: quietLog })
    })
    const nodes = pools.map((db, index) => ({ index, counter: newCounter(db) }))
    const atMs = Date.now()
    const ask = async ({ index, counter }: (typeof nodes)[number]) => {
      // Each in an order of its own, in which they would block each other if they wrote so.
      const order = index % 2 === 0 ? apps : apps.toReversed()
      for (const { appId } of order) counter.count(appId, call({ atMs, status: index === 0 ? 503 : 200, ms: 2 }))
      await counter.write()
    }
    for (let round = 0; round < 10; round++) await Promise.all(nodes.map(ask))
    await Promise.all(pools.map((db) => db.close()))
    for (const ctx of apps) expect(await countsOf(ctx)).toEqual([['native', 40, 10, 10]])
    const rows = await database.db.query<{ latencies: number[] }>(
      'select latencies from call_counts where app_id = $1',
      [apps[0]?.appId],
    )
    expect(rows).toEqual([{ latencies: Array.from({ length: 24 }, (_, bucket) => (bucket === 2 ? 40 : 0)) }])
  })

  it('keeps what a database that is away does not take, and writes it once when that is back', async () => {
    const ctx = await database.newApp()
    const address = { host: '127.0.0.1', port: 1, user: 'nobody', password: '', database: 'nothing' }
    const nowhere = openPool({ address, connections: 1, log: quietLog })
    let reached: Db = nowhere
    const counter = newCounter({ ...database.db, query: (text, values) => reached.query(text, values) })
    for (let n = 0; n < 3; n++) {
      counter.count(ctx.appId, call({ status: 404, requestId: String(n) }))
      await counter.write()
    }
    expect(await countsOf(ctx)).toEqual([])
    reached = database.db
    counter.count(ctx.appId, call())
    await counter.write()
    await counter.write()
    expect(await countsOf(ctx)).toEqual([['native', 4, 3, 0]])
    const failed = await listRecentCalls(ctx, { failed: true, limit: 10 })
    expect(failed.map(({ requestId }) => requestId).sort()).toEqual(['0', '1', '2'])
    expect(counter.dropped).toBe(0)
    await nowhere.close()
  })

  it('is closed within two seconds of a database that has fallen silent', async () => {
    const ctx = await database.newApp()
    const proxy = await openDatabaseProxy(database.address)
    const db = openPool({ address: proxy.address, connections: 1, log: quietLog })
    await db.query('select 1', [])
    proxy.freeze()
    const counter = createCallCounter(db, quietLog)
    counter.count(ctx.appId, call())
    await counter.close()
    proxy.thaw()
    await db.close()
    await proxy.close()
    expect(await countsOf(ctx)).toEqual([])
  })
})
