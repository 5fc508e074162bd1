import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { createSequencer, listEvents } from '../feed/feed.service.ts'
import { createProfileProperty } from '../profile-properties/profile-properties.service.ts'
import { createProfile, deleteProfile, getProfile } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { applyImport, importTask, queueImport } from './profile-imports.service.ts'
import type { ImportOrder, ProfileImport } from './profile-imports.types.ts'

const database = useDatabase()

const read = (ctx: Ctx, { id }: Profile) => getProfile(ctx, { by: 'id', value: id })

async function queued(ctx: Ctx): Promise<ImportOrder[]> {
  const rows = await ctx.db.query<{ payload: ImportOrder }>(
    `select j.payload from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id
       join graphile_worker._private_job_queues q on q.id = j.job_queue_id
     where t.identifier = $1 and q.queue_name = $2 order by j.id`,
    [importTask, `${importTask} ${ctx.appId}`],
  )
  return rows.map(({ payload }) => payload)
}

/** What the worker does with what is queued. */
async function work(ctx: Ctx, log: Ctx['log'] = ctx.log): Promise<void> {
  for (const order of await queued(ctx)) await applyImport({ ...database.system(), log }, order)
}

describe('queueImport', () => {
  it('queues in the order of coming, on behalf of whoever asked, and sets nothing itself', async () => {
    const ctx = await database.newApp()
    const profile = await createProfile(ctx, { attributes: { kept: 1, plan: 'free' } })
    await queueImport(ctx, [{ longId: profile.longId, attributes: { plan: 'silver' } }])
    await queueImport(ctx, [{ longId: profile.longId, attributes: { plan: 'gold' } }])
    expect((await read(ctx, profile)).attributes).toEqual({ kept: 1, plan: 'free' })
    expect((await queued(ctx)).map(({ actor, requestId }) => [actor, requestId])).toEqual([
      [ctx.actor, 'test'],
      [ctx.actor, 'test'],
    ])
    await work(ctx)
    expect((await read(ctx, profile)).attributes).toEqual({ kept: 1, plan: 'gold' })
  })

  it('queues once what is repeated under an idempotency key', async () => {
    const ctx = await database.newApp()
    const request = () => ({
      idempotency: {
        ...{ sealer: ctx.keys, appId: ctx.appId, replayed: false },
        ...{ scope: Buffer.alloc(32, 1), bodyHash: Buffer.alloc(32, 2) },
      },
    })
    for (const again of [false, true]) {
      const once = { ...ctx, ...request() }
      await queueImport(once, [{ longId: '1', attributes: {} }])
      expect(once.idempotency.replayed).toBe(again)
    }
    expect(await queued(ctx)).toHaveLength(1)
  })

  it('refuses at once what could not be set later, and queues none of it then', async () => {
    const ctx = await database.newApp()
    await createProfileProperty(ctx, { label: 'age', dataType: 'number' })
    await createProfileProperty(ctx, { label: 'closed', dataType: 'text', importable: false })
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a${index}`, index]))
    const refused: [ProfileImport[], string][] = [
      [[{ longId: 'x', attributes: {} }], 'format'],
      [['7', '7'].map((longId) => ({ longId, attributes: {} })), 'unknown'],
      [[{ longId: '7', attributes: many }], 'too_long'],
      [[{ longId: '7', attributes: { long: 'x'.repeat(65_536) } }], 'too_long'],
      [[{ longId: '7', attributes: { text: 'a\0b' } }], 'text'],
      [[{ longId: '7', attributes: { age: 'old' } }], 'type'],
      [[{ longId: '7', attributes: { closed: 'x' } }], 'unknown'],
    ]
    for (const [imports, rule] of refused) {
      await expect(queueImport(ctx, imports)).rejects.toMatchObject({ fault: { issues: [{ rule }] } })
    }
    expect(await queued(ctx)).toEqual([])
  })

  it('takes longer in proportion to the profiles, and not to their square', async () => {
    const ctx = await database.newApp()
    const imports = Array.from({ length: 100_000 }, (_, index) => ({ longId: String(index), attributes: {} }))
    const begin = performance.now()
    await queueImport(ctx, imports)
    expect(performance.now() - begin).toBeLessThan(4_000)
  })
})

describe('applyImport', () => {
  it('changes each profile with one event in the name of who asked; repeated, it changes and tells nothing', async () => {
    const ctx = { ...(await database.newApp()), actor: { kind: 'api_key', id: 'asker' } as const, requestId: 'asked' }
    const profile = await createProfile(ctx, {})
    await queueImport(ctx, [{ longId: profile.longId, attributes: { plan: 'gold' } }])
    await work(ctx)
    await work(ctx)
    expect(await read(ctx, profile)).toMatchObject({ attributes: { plan: 'gold' }, revision: 2 })
    await createSequencer(ctx, ctx.appId).number()
    const { events } = await listEvents(ctx, { limit: 9, types: ['profile.updated'] })
    expect(events).toMatchObject([{ subjectId: profile.id, actor: { id: 'asker' }, requestId: 'asked' }])
  })

  it('passes over profiles that are gone, full or of another app, sets the others, and says so in two lines', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const [gone, here, full] = [
      await createProfile(ctx, {}),
      await createProfile(ctx, {}),
      await createProfile(ctx, { attributes: { long: 'x'.repeat(60_000) } }),
    ]
    const strange = await createProfile(other, {})
    await deleteProfile(ctx, { by: 'id', value: gone.id })
    const attributes = { text: randomBytes(3_000).toString('hex') }
    const all = [gone, strange, full, here]
    await queueImport(
      ctx,
      all.map(({ longId }) => ({ longId, attributes })),
    )
    const lines: object[] = []
    const note = (fields: object) => lines.push(fields)
    await work(ctx, { ...ctx.log, info: note, warn: note })
    expect((await read(ctx, here)).attributes).toEqual(attributes)
    expect((await read(other, strange)).attributes).toEqual({})
    expect((await read(ctx, full)).attributes).not.toHaveProperty('text')
    const { appId, requestId } = ctx
    expect(lines).toEqual([
      { appId, requestId, profiles: 2, longIds: [gone.longId, strange.longId] },
      { appId, requestId, profiles: 1, longIds: [full.longId] },
    ])
  })
})
