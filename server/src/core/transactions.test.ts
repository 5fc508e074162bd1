import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { inTx } from './transactions.ts'

const database = useDatabase()

describe('inTx', () => {
  it('joins the transaction of its caller', async () => {
    const ctx = database.system()
    const ids = await inTx(ctx, async (outer) => {
      const id = () => outer.db.query<{ id: string }>('select pg_current_xact_id()::text as id', [])
      const inner = await inTx(outer, (tx) =>
        tx.db.query<{ id: string }>('select pg_current_xact_id()::text as id', []),
      )
      return [await id(), inner]
    })
    expect(ids[0]).toEqual(ids[1])
  })

  it('runs two commands that lock each other out to their ends: the deadlock is not the caller’s to see', async () => {
    const ctx = await database.newApp()
    await ctx.db.query('create table locks (id int primary key, n int not null)', [])
    await ctx.db.query('insert into locks values (1, 0), (2, 0)', [])
    let waiting = 0
    const bothHoldOne = Promise.withResolvers<void>()
    const command = (first: number, second: number) =>
      inTx(ctx, async (tx) => {
        await tx.db.query('update locks set n = n + 1 where id = $1', [first])
        if (++waiting === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await tx.db.query('update locks set n = n + 1 where id = $1', [second])
      })
    await Promise.all([command(1, 2), command(2, 1)])
    expect(await ctx.db.query('select n from locks', [])).toEqual([{ n: 2 }, { n: 2 }])
    expect(waiting).toBeGreaterThan(2)
  })

  it('does not repeat what failed for another reason', async () => {
    let runs = 0
    const failing = inTx(database.system(), async (tx) => {
      runs++
      await tx.db.query('select 1 / 0', [])
    })
    await expect(failing).rejects.toMatchObject({ sqlState: '22012' })
    expect(runs).toBe(1)
  })
})
