import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { newId } from '../ids.ts'
import {
  forgetDeletedEndpoints,
  forgetOldDeliveries,
  getDelivery,
  listDeliveries,
  recoverDeliveries,
  resendDelivery,
} from './deliveries.service.ts'
import { selectLiveEndpoints, webhooksChannel } from './webhooks.queries.ts'
import { createEndpoint, deleteEndpoint } from './webhooks.service.ts'
import type { DeliveryState } from './webhooks.types.ts'

const database = useDatabase()

async function newEndpoint(ctx: Ctx): Promise<string> {
  return (await createEndpoint(ctx, { url: 'https://hooks.example.com', types: ['*'] })).endpoint.id
}

/** Deliveries of the sequences from 1 on, each with two attempts; those that have ended did so at `finishedAt`. */
async function fill(
  ctx: Ctx,
  endpointId: string,
  states: readonly DeliveryState[],
  finishedAt = ctx.now,
): Promise<void> {
  await ctx.db.query(
    `insert into webhook_deliveries
       (app_id, endpoint_id, sequence, event_id, type, subject_id, state, attempts, due_at, created_at, finished_at)
     select $1, $2, n, gen_random_uuid(), 'profile.updated', gen_random_uuid(), state, 2,
       case when state = 'due' then $4::timestamptz end, $4,
       case when state in ('delivered', 'failed') then $4::timestamptz end
     from unnest($3::text[]) with ordinality as s (state, n)`,
    [ctx.appId, endpointId, states, finishedAt],
  )
  await ctx.db.query(
    `insert into webhook_attempts (app_id, endpoint_id, sequence, number, started_at, duration_ms, status)
     select app_id, endpoint_id, sequence, number, created_at, 12, 500 from webhook_deliveries, generate_series(1, 2) number
     where app_id = $1 and endpoint_id = $2`,
    [ctx.appId, endpointId],
  )
}

async function countOf(ctx: Ctx, table: 'webhook_deliveries' | 'webhook_attempts'): Promise<number> {
  const rows = await ctx.db.query<{ count: number }>(`select count(*)::integer from ${table} where app_id = $1`, [
    ctx.appId,
  ])
  return rows[0]?.count ?? 0
}

/** What is told on the channel while the work is done. */
async function heard(work: () => Promise<unknown>): Promise<string[]> {
  const client = new pg.Client(database.address)
  await client.connect()
  const payloads: string[] = []
  const end = Promise.withResolvers<void>()
  client.on('notification', ({ payload = '' }) => {
    if (payload === 'end') end.resolve()
    else payloads.push(payload)
  })
  await client.query(`listen ${webhooksChannel}`)
  try {
    await work()
    // Messages come in the order of commits, so that this one is behind all others.
    await client.query(`notify ${webhooksChannel}, 'end'`)
    await end.promise
    return payloads
  } finally {
    await client.end()
  }
}

describe('listDeliveries', () => {
  it('gives each delivery once, the newest first, whatever the size of a page', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(
      ctx,
      id,
      Array.from({ length: 10 }, () => 'delivered' as const),
    )
    await fill(ctx, await newEndpoint(ctx), ['delivered', 'due'])
    for (const limit of [1, 3, 10, 11]) {
      const seen: number[] = []
      for (let cursor: string | undefined | null; cursor !== null; ) {
        const page = await listDeliveries(ctx, id, { cursor, limit })
        seen.push(...page.items.map(({ sequence }) => sequence))
        cursor = page.nextCursor
      }
      expect(seen).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    }
  })

  it('narrows to a state', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['due', 'held', 'delivered', 'failed', 'failed'])
    const of = async (state: DeliveryState) =>
      (await listDeliveries(ctx, id, { state, limit: 200 })).items.map(({ sequence }) => sequence)
    expect([await of('due'), await of('held'), await of('delivered'), await of('failed')]).toEqual([
      [1],
      [2],
      [3],
      [5, 4],
    ])
  })
})

describe('getDelivery', () => {
  it('has every attempt, the oldest first', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['failed'])
    const { attemptLog, ...delivery } = await getDelivery(ctx, id, 1)
    expect(delivery).toMatchObject({ sequence: 1, state: 'failed', attempts: 2, finishedAt: ctx.now })
    const attempt = { startedAt: ctx.now, durationMs: 12, status: 500, error: null, headers: null, body: null }
    expect(attemptLog).toEqual([
      { number: 1, ...attempt },
      { number: 2, ...attempt },
    ])
  })
})

describe('resendDelivery', () => {
  it('leaves a held one as it is: it goes out when the earlier one has ended', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['held'])
    const before = await getDelivery(ctx, id, 1)
    await resendDelivery(ctx, id, 1)
    expect(await getDelivery(ctx, id, 1)).toEqual(before)
  })

  it.each(['due', 'delivered', 'failed'] as const)(
    'makes a %s one due now, changes nothing else of it, and tells whoever delivers',
    async (state) => {
      const ctx = await database.newApp()
      const id = await newEndpoint(ctx)
      await fill(ctx, id, [state, state])
      const before = await getDelivery(ctx, id, 1)
      const other = await getDelivery(ctx, id, 2)
      const at = { ...ctx, now: new Date(ctx.now.getTime() + 5_000) }
      const payloads = await heard(async () => {
        const { attemptLog: _, ...shown } = before
        expect(await resendDelivery(at, id, 1)).toEqual({ ...shown, dueAt: at.now })
      })
      expect(payloads).toEqual([ctx.appId])
      expect(await getDelivery(ctx, id, 1)).toEqual({ ...before, dueAt: at.now })
      expect(await getDelivery(ctx, id, 2)).toEqual(other)
    },
  )

  it('tells nobody and changes nothing when there is no such delivery', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['failed'])
    const payloads = await heard(async () => {
      for (const sequence of [2, 0, -1, 1.5, Number.NaN, 2 ** 60]) {
        await expect(resendDelivery(ctx, id, sequence)).rejects.toMatchObject({
          fault: { code: 'webhook_delivery_not_found' },
        })
      }
      await expect(resendDelivery(ctx, newId(), 1)).rejects.toMatchObject({
        fault: { code: 'webhook_endpoint_not_found' },
      })
    })
    expect(payloads).toEqual([])
    expect((await getDelivery(ctx, id, 1)).dueAt).toBeNull()
  })
})

describe('recoverDeliveries', () => {
  it('asks since the earliest instant that anyone named, and tells whoever delivers', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    const [early, late] = [new Date(ctx.now.getTime() - 2_000), new Date(ctx.now.getTime() - 1_000)]
    const payloads = await heard(async () => {
      expect(await recoverDeliveries(ctx, id, late)).toEqual(late)
      expect(await recoverDeliveries(ctx, id, early)).toEqual(early)
      expect(await recoverDeliveries(ctx, id, late)).toEqual(early)
    })
    expect(payloads).toEqual([ctx.appId, ctx.appId, ctx.appId])
    expect((await selectLiveEndpoints(ctx, ctx.appId)).map(({ recoverSince }) => recoverSince)).toEqual([early])
  })

  it('refuses an instant in the future', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await expect(recoverDeliveries(ctx, id, new Date(ctx.now.getTime() + 1))).rejects.toMatchObject({
      fault: { code: 'input_invalid', issues: [{ path: ['since'], rule: 'range' }] },
    })
    expect(await recoverDeliveries(ctx, id, ctx.now)).toEqual(ctx.now)
  })
})

describe('the deliveries of an endpoint', () => {
  it('are closed to those without webhooks:manage, and to other apps', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['failed'])
    const commands = (own: Ctx) => [
      () => listDeliveries(own, id, { limit: 1 }),
      () => getDelivery(own, id, 1),
      () => resendDelivery(own, id, 1),
      () => recoverDeliveries(own, id, ctx.now),
    ]
    for (const command of commands({ ...ctx, scopes: new Set(['profiles:read', 'events:read', 'keys:manage']) })) {
      await expect(command()).rejects.toMatchObject({ fault: { code: 'scope_missing', scope: 'webhooks:manage' } })
    }
    for (const command of commands(await database.newApp())) {
      await expect(command()).rejects.toMatchObject({ fault: { code: 'webhook_endpoint_not_found' } })
    }
  })
})

describe('forgetOldDeliveries', () => {
  it('removes what ended before the instant with its attempts, in batches, and nothing that is still to be sent', async () => {
    const ctx = await database.newApp()
    const other = await database.newApp()
    const past = new Date(ctx.now.getTime() - 1_000)
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['delivered', 'failed', 'delivered', 'due', 'held', 'failed'], past)
    await fill(ctx, await newEndpoint(ctx), ['delivered'])
    await fill(other, await newEndpoint(other), ['delivered'], past)
    await resendDelivery(ctx, id, 6)
    const removed = []
    for (let round = 0; round < 3; round++) removed.push(await forgetOldDeliveries(ctx, ctx.appId, ctx.now, 2))
    expect(removed).toEqual([2, 1, 0])
    const { items } = await listDeliveries(ctx, id, { limit: 10 })
    expect(items.map(({ sequence, state }) => [sequence, state])).toEqual([
      [6, 'failed'],
      [5, 'held'],
      [4, 'due'],
    ])
    expect(await countOf(ctx, 'webhook_deliveries')).toBe(4)
    expect(await countOf(ctx, 'webhook_attempts')).toBe(8)
    expect(await countOf(other, 'webhook_attempts')).toBe(2)
  })

  it('waits for nobody: what somebody works on is left for the next time', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['delivered', 'delivered'], new Date(0))
    const client = new pg.Client(database.address)
    await client.connect()
    try {
      await client.query('begin')
      await client.query('select from webhook_deliveries where app_id = $1 and sequence = 1 for update', [ctx.appId])
      expect(await forgetOldDeliveries(ctx, ctx.appId, ctx.now, 10)).toBe(1)
    } finally {
      await client.end()
    }
    expect(await forgetOldDeliveries(ctx, ctx.appId, ctx.now, 10)).toBe(1)
  })

  it('reads its way by the index: what is not old costs nothing', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(
      ctx,
      id,
      Array.from({ length: 20_000 }, () => 'delivered' as const),
    )
    await ctx.db.query('update webhook_deliveries set finished_at = $2 where app_id = $1 and sequence <= 5', [
      ctx.appId,
      new Date(0),
    ])
    await ctx.db.query('analyze webhook_deliveries, webhook_attempts', [])
    const { text, values } = await statementOf(ctx, (own) => forgetOldDeliveries(own, own.appId, new Date(1), 1_000))
    for (const mode of ['force_generic_plan', 'force_custom_plan']) {
      expect(await rowsRead(text, values, mode), mode).toBeLessThan(100)
    }
  })
})

describe('forgetDeletedEndpoints', () => {
  it('removes what is left of deleted endpoints, at most so many rows at once, and nothing of others', async () => {
    const ctx = await database.newApp()
    const other = await database.newApp()
    const [gone, kept, alsoGone] = [await newEndpoint(ctx), await newEndpoint(ctx), await newEndpoint(ctx)]
    for (const id of [gone, kept, alsoGone]) await fill(ctx, id, ['due', 'held', 'delivered'])
    await fill(other, await newEndpoint(other), ['due'])
    await deleteEndpoint(ctx, gone)
    await deleteEndpoint(ctx, alsoGone)
    const removed = []
    do removed.push(await forgetDeletedEndpoints(ctx, ctx.appId, 5))
    while (removed.at(-1) === 5)
    // Two endpoints, three deliveries each, two attempts each.
    expect(removed).toEqual([5, 5, 5, 3])
    expect(await countOf(ctx, 'webhook_deliveries')).toBe(3)
    expect(await countOf(ctx, 'webhook_attempts')).toBe(6)
    expect((await listDeliveries(ctx, kept, { limit: 10 })).items).toHaveLength(3)
    expect([await countOf(other, 'webhook_deliveries'), await countOf(other, 'webhook_attempts')]).toEqual([1, 2])
  })

  it('also removes an attempt that was written down after its delivery went', async () => {
    const ctx = await database.newApp()
    const id = await newEndpoint(ctx)
    await fill(ctx, id, ['due'])
    await ctx.db.query('delete from webhook_deliveries where app_id = $1', [ctx.appId])
    await deleteEndpoint(ctx, id)
    expect(await forgetDeletedEndpoints(ctx, ctx.appId, 100)).toBe(2)
    expect(await countOf(ctx, 'webhook_attempts')).toBe(0)
  })

  it('reads its way by the index: what other endpoints hold costs nothing', async () => {
    const ctx = await database.newApp()
    const [gone, kept] = [await newEndpoint(ctx), await newEndpoint(ctx)]
    await fill(ctx, gone, ['delivered'])
    await fill(
      ctx,
      kept,
      Array.from({ length: 20_000 }, () => 'delivered' as const),
    )
    await deleteEndpoint(ctx, gone)
    await ctx.db.query('analyze webhook_deliveries, webhook_attempts, webhook_endpoints', [])
    const { text, values } = await statementOf(ctx, (own) => forgetDeletedEndpoints(own, own.appId, 1_000))
    for (const mode of ['force_generic_plan', 'force_custom_plan']) {
      expect(await rowsRead(text, values, mode), mode).toBeLessThan(100)
    }
  })
})

/** The last statement of the work, which is not run. */
async function statementOf(
  ctx: Ctx,
  work: (ctx: Ctx) => Promise<unknown>,
): Promise<{ text: string; values: readonly unknown[] }> {
  const statements: { text: string; values: readonly unknown[] }[] = []
  const query = async (text: string, values: readonly unknown[]) => {
    statements.push({ text, values })
    return []
  }
  await work({ ...ctx, db: { ...ctx.db, query } })
  return statements.at(-1) ?? { text: '', values: [] }
}

interface Plan {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}

/** How many rows of tables the statement looks at, by its plan. */
async function rowsRead(text: string, values: readonly unknown[], mode: string): Promise<number> {
  const client = new pg.Client(database.address)
  await client.connect()
  try {
    await client.query(`set plan_cache_mode = ${mode}`)
    await client.query('begin')
    const { rows } = await client.query({
      name: 'explained',
      text: `explain (analyze, format json) ${text}`,
      values: [...values],
    })
    const count = (plan: Plan): number => {
      const own = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
      const below = (plan.Plans ?? []).map(count).reduce((sum, rows) => sum + rows, 0)
      return below + (plan['Relation Name'] === undefined ? 0 : own)
    }
    return count(rows[0]['QUERY PLAN'][0].Plan)
  } finally {
    await client.end()
  }
}
