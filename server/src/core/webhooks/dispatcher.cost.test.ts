import { afterAll, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openPool } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import { recordEvent } from '../events.ts'
import { createSequencer } from '../feed/feed.service.ts'
import { newId } from '../ids.ts'
import { beginTerm, selectDue } from './dispatcher.queries.ts'
import { insertDeliveries } from './fan-out.queries.ts'
import { type Result, writeResults } from './journal.queries.ts'
import { createEndpoint } from './webhooks.service.ts'

const database = useDatabase()
const pools: { close(): Promise<void> }[] = []
afterAll(() => Promise.all(pools.map((pool) => pool.close())))

/** Table and index blocks of the deliveries that were looked at so far. */
async function blocksRead({ db }: Pick<Ctx, 'db'>): Promise<number> {
  await db.query('select pg_stat_force_next_flush()', [])
  const [row] = await db.query<{ blocks: string }>(
    `select idx_blks_read + idx_blks_hit + heap_blks_read + heap_blks_hit as blocks
     from pg_statio_user_tables where relname = 'webhook_deliveries'`,
    [],
  )
  return Number(row?.blocks)
}

it('delivering costs the same however many deliveries there were, before the planner knows anything of them', async () => {
  const app = await database.newApp()
  // One connection, whose plans are made while there is next to nothing.
  const db = openPool({ address: database.address, connections: 1, log: quietLog, byIndex: true })
  pools.push(db)
  const ctx: Ctx = { ...app, db }
  await db.query('alter table webhook_deliveries set (autovacuum_enabled = off)', [])
  const { endpoint } = await createEndpoint(ctx, { url: 'https://example.com/', types: ['profile.*'] })
  const term = await beginTerm(ctx, ctx.appId)
  const room = [{ endpointId: endpoint.id, room: 64 }]

  async function deliver(ctx: Ctx, events: number): Promise<void> {
    for (let n = 0; n < events; n++) {
      const data = { before: null, after: {} }
      await recordEvent(ctx, ctx.appId, { type: 'profile.created', subjectId: newId(), at: ctx.now, data })
    }
    await createSequencer(ctx, ctx.appId).number()
    const { due } = await insertDeliveries(ctx, term, room, ctx.now)
    const results: Result[] = due.map((delivery) => ({
      ...{ delivery, number: 1, round: 1, startedAt: ctx.now, durationMs: 1, state: 'delivered', dueAt: null },
      ...{ status: 204, error: null, headers: {}, body: '' },
    }))
    expect(await writeResults(ctx, term, results, ctx.now)).toEqual([])
    await selectDue(ctx, ctx.appId, room, [], ctx.now)
  }
  async function cost(of: Ctx): Promise<number> {
    // Plans are general from the sixth time on.
    for (let n = 0; n < 8; n++) await deliver(of, 16)
    const before = await blocksRead(of)
    await deliver(of, 16)
    return (await blocksRead(of)) - before
  }

  const few = await cost(ctx)
  expect(few).toBeGreaterThan(0)
  for (let grown = 1_600; grown <= 25_600; grown += 1_600) {
    // Delivered as the dispatcher does it, in parts, so that every index holds as many dead entries as living ones.
    await db.query(
      `do $$ begin for part in 1..25 loop
         insert into webhook_deliveries (app_id, endpoint_id, sequence, event_id, type, subject_id, state, due_at, created_at)
         select '${ctx.appId}', '${endpoint.id}', ${1_000 * grown} + 64 * part + i, gen_random_uuid(), 'x', gen_random_uuid(),
           'due', now(), now() from generate_series(1, 64) i;
         update webhook_deliveries set state = 'delivered', due_at = null, finished_at = now()
         where app_id = '${ctx.appId}' and endpoint_id = '${endpoint.id}' and due_at is not null;
       end loop; end $$`,
      [],
    )
    expect(await cost(ctx), `by the first plans, at ${grown}`).toBeLessThan(few * 4)
    const later = openPool({ address: database.address, connections: 1, log: quietLog, byIndex: true })
    pools.push(later)
    expect(await cost({ ...ctx, db: later }), `by plans made at ${grown}`).toBeLessThan(few * 4)
  }
}, 180_000)
