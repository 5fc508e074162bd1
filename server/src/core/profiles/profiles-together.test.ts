import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openPool } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import type { DomainFault } from '../errors.ts'
import { createProfile, findProfile, getProfile, unsubscribeProfile } from './profiles.service.ts'
import type { ProfileKey } from './profiles.types.ts'

const database = useDatabase()
const lockTimeoutMs = 800
const impatient: { readonly close: () => Promise<void> }[] = []
afterAll(() => Promise.all(impatient.map((db) => db.close())))

interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
}

/** The context over a database that writes down what it is sent, and may change it. */
function recording(ctx: Ctx, change: (sent: Sent) => readonly unknown[] = ({ values }) => values) {
  const sent: Sent[] = []
  const db: Db = {
    ...ctx.db,
    query(text, values) {
      sent.push({ text, values })
      return ctx.db.query(text, change({ text, values }))
    },
  }
  const inserts = () => sent.filter(({ text }) => text.includes('insert into profiles'))
  return { ctx: { ...ctx, db }, sent, inserts }
}

const rowsOf = (results: readonly PromiseSettledResult<{ id: string }>[]) =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []))
const faultsOf = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'rejected' ? (result.reason as DomainFault).fault : undefined))

async function stored(ctx: Ctx): Promise<{ ids: string[]; told: object[]; counted: number }> {
  const profiles = await ctx.db.query<{ id: string }>('select id from profiles where app_id = $1', [ctx.appId])
  const told = await ctx.db.query<object>(
    `select subject_id, type, actor_id, request_id, data->'after'->>'reference' as reference
     from events_pending where app_id = $1 and type like 'profile.%'`,
    [ctx.appId],
  )
  const [count] = await ctx.db.query<{ n: number }>(
    'select coalesce(sum(live), 0)::int as n from profile_counts where app_id = $1',
    [ctx.appId],
  )
  return { ids: profiles.map(({ id }) => id), told, counted: count?.n ?? Number.NaN }
}

describe('creates that come together', () => {
  it('go out in few statements, and each has its own profile, event and place in the count', async () => {
    const { ctx, inserts } = recording(await database.newApp())
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const own = { ...ctx, requestId: `request ${i}`, actor: { kind: 'api_key', id: `key ${i}` } as const }
        return createProfile(own, { reference: `r${i}`, ...(i % 3 === 0 && { fullName: `Ada ${i}` }) })
      }),
    )
    expect(inserts().map(({ values }) => values[0])).toEqual([ctx.appId, ctx.appId])
    const { ids, told, counted } = await stored(ctx)
    expect(ids.toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    expect(counted).toBe(50)
    expect(told).toHaveLength(50)
    expect(told).toEqual(
      expect.arrayContaining(
        made.map(({ id, reference }, i) => ({
          ...{ subject_id: id, type: 'profile.created', actor_id: `key ${i}`, request_id: `request ${i}`, reference },
        })),
      ),
    )
    const words = await ctx.db.query<{ profile_id: string }>(
      "select profile_id from profile_words where app_id = $1 and word = 'ada'",
      [ctx.appId],
    )
    expect(words.map(({ profile_id }) => profile_id).toSorted()).toEqual(
      made.flatMap(({ id }, i) => (i % 3 === 0 ? [id] : [])).toSorted(),
    )
  })

  it('are of one app in each statement', async () => {
    const apps = [await database.newApp(), await database.newApp()]
    const { ctx, inserts } = recording(apps[0] as Ctx)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        createProfile({ ...(apps[i % 2] as Ctx), db: ctx.db }, { reference: `r${i}` }),
      ),
    )
    expect(inserts()).toHaveLength(2)
    for (const app of apps) expect((await stored(app)).ids).toHaveLength(10)
  })

  it('hear of their own duplicate, wherever the other is: stored before, or in the same statement', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { reference: 'taken' })
    const results = await Promise.allSettled([
      createProfile(ctx, { reference: 'a', email: 'ada@example.com' }),
      createProfile(ctx, { reference: 'taken' }),
      createProfile(ctx, { reference: 'b', email: 'ADA@example.com' }),
      createProfile(ctx, { reference: 'c' }),
      createProfile(ctx, { reference: 'c' }),
    ])
    expect(faultsOf(results)).toEqual([
      undefined,
      { code: 'identifier_taken', fields: ['reference'] },
      { code: 'identifier_taken', fields: ['email'] },
      undefined,
      { code: 'identifier_taken', fields: ['reference'] },
    ])
    const { ids, told, counted } = await stored(ctx)
    expect([ids.length, told.length, counted]).toEqual([3, 3, 3])
  })

  it('are kept out one by one when their person was unsubscribed', async () => {
    const ctx = await database.newApp()
    const gone = await createProfile(ctx, { email: 'gone@example.com' })
    await unsubscribeProfile(ctx, { by: 'id', value: gone.id })
    await ctx.db.query('update profiles set email = null, email_folded = null where app_id = $1 and id = $2', [
      ctx.appId,
      gone.id,
    ])
    const results = await Promise.allSettled([
      createProfile(ctx, { reference: 'a', fullName: 'Ada' }),
      createProfile(ctx, { reference: 'b', email: 'Gone@example.com' }),
      createProfile(ctx, { reference: 'c', email: 'other@example.com' }),
    ])
    expect(faultsOf(results)).toEqual([undefined, { code: 'identifier_suppressed', fields: ['email'] }, undefined])
  })

  it('are made when one among them is refused by the database, which fails alone', async () => {
    const app = await database.newApp()
    const { ctx } = recording(app, ({ values }) =>
      values.map((value) => (value === 'broken' ? 'x'.repeat(300) : value)),
    )
    const results = await Promise.allSettled(
      ['a', 'b', 'broken', 'c'].map((reference) => createProfile(ctx, { reference })),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    const { ids, told, counted } = await stored(ctx)
    expect(ids.toSorted()).toEqual(rowsOf(results).toSorted())
    expect([told.length, counted]).toEqual([3, 3])
  })

  it('go on while one among them waits for what somebody else holds, and that one is told so', async () => {
    const db = openPool({ address: database.address, connections: 8, log: quietLog, lockTimeoutMs })
    impatient.push(db)
    const ctx = { ...(await database.newApp()), db }
    const release = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const holding = ctx.db.transaction(async (tx) => {
      await createProfile({ ...ctx, db: tx }, { reference: 'held' })
      held.resolve()
      await release.promise
    })
    await held.promise
    const together = Promise.allSettled(['a', 'held', 'b'].map((reference) => createProfile(ctx, { reference })))
    await wait(lockTimeoutMs / 10)
    const later = await createProfile(ctx, { reference: 'later' })
    const soon = await stored(ctx)
    expect(soon.ids).toEqual([later.id])
    const results = await together
    expect(faultsOf(results)).toEqual([undefined, { code: 'change_blocked', retryAfterMs: 1_000 }, undefined])
    release.resolve()
    await holding
    expect((await stored(ctx)).ids).toHaveLength(4)
  })

  it('take no more than a megabyte of them into one statement', async () => {
    const { ctx, inserts } = recording(await database.newApp())
    const attributes = { text: 'x'.repeat(60_000) }
    await Promise.all(Array.from({ length: 20 }, () => createProfile(ctx, { attributes })))
    expect(inserts().length).toBeGreaterThan(2)
    for (const { values } of inserts()) expect(Buffer.byteLength(JSON.stringify(values))).toBeLessThan(1_200_000)
    expect((await stored(ctx)).ids).toHaveLength(20)
  })

  it('are there for everybody when the answer comes', async () => {
    const ctx = await database.newApp()
    const other = openPool({ address: database.address, connections: 4, log: quietLog })
    impatient.push(other)
    const seen = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const { id } = await createProfile(ctx, {})
        return (await getProfile({ ...ctx, db: other }, { by: 'id', value: id })).id === id
      }),
    )
    expect(seen).not.toContain(false)
  })
})

describe('profiles that are asked for together', () => {
  it('come by one statement for each kind of key, each to whoever asked for it', async () => {
    const { ctx, sent } = recording(await database.newApp())
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        createProfile(ctx, {
          ...{ reference: `r${i}`, username: `User${i}`, email: `U${i}@example.com`, phone: `+4930123450${10 + i}` },
        }),
      ),
    )
    sent.length = 0
    const keys = made.flatMap((profile): [ProfileKey, string][] =>
      (['id', 'uid', 'longId', 'number', 'reference', 'username', 'email', 'phone'] as const).map((by) => [
        { by, value: by === 'id' ? profile.id.toUpperCase() : String(profile[by]) },
        profile.id,
      ]),
    )
    const missing: ProfileKey = { by: 'reference', value: 'nobody' }
    const found = await Promise.all([...keys, ...keys].map(async ([key]) => (await getProfile(ctx, key)).id))
    const [none] = await Promise.all([findProfile(ctx, [missing]), getProfile(ctx, { by: 'reference', value: 'r1' })])
    expect(found).toEqual([...keys, ...keys].map(([, id]) => id))
    expect(none).toBeUndefined()
    expect(sent).toHaveLength(9)
  })

  it('are the same whether one is asked for or several', async () => {
    const ctx = await database.newApp()
    const { id, number } = await createProfile(ctx, { reference: 'r', fullName: 'Ada', attributes: { a: [1] } })
    const alone = await getProfile(ctx, { by: 'id', value: id })
    const several = await Promise.all([1, 2].map(() => getProfile(ctx, { by: 'number', value: String(number) })))
    expect(several).toEqual([alone, alone])
  })
})
