import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { DatabaseError } from '../../core/db.ts'
import { DomainFault } from '../../core/errors.ts'
import { translate } from './pool.ts'

const database = useDatabase()

function refusal(fields: Partial<pg.DatabaseError>): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(fields.message ?? 'refused', 0, 'error'), fields)
}

describe('translate', () => {
  it('finds the constraint by its stem where the driver names a shard of Citus in the message only', () => {
    const error = translate(
      refusal({
        code: '23505',
        message: 'duplicate key value violates unique constraint "profiles_reference_102008"',
      }),
    )
    expect(error).toBeInstanceOf(DatabaseError)
    expect(error).toMatchObject({ sqlState: '23505', constraint: 'profiles_reference' })
  })

  it('keeps the constraint that the driver names', () => {
    expect(translate(refusal({ code: '23505', constraint: 'profiles_email' }))).toMatchObject({
      constraint: 'profiles_email',
    })
  })

  it.each(['57P01', '57P03', '08006', '53300', '25P03'])('says of state %s that the database cannot serve', (code) => {
    const error = translate(refusal({ code }))
    expect(error).toBeInstanceOf(DomainFault)
    expect((error as DomainFault).fault.code).toBe('database_unavailable')
  })

  it('says of a lost connection that the database cannot serve, and of our own mistakes nothing of the kind', () => {
    expect(translate(new Error('Connection terminated unexpectedly'))).toBeInstanceOf(DomainFault)
    expect(translate(new TypeError('x'))).toBeInstanceOf(TypeError)
  })
})

describe('the pool', () => {
  it('prepares a text once a connection, under one name', async () => {
    const text = 'select $1::int + 41 as answer'
    await database.db.transaction(async (db) => {
      await db.query(text, [1])
      await db.query(text, [2])
      const rows = await db.query('select count(*)::int as n from pg_prepared_statements where statement = $1', [text])
      expect(rows).toEqual([{ n: 1 }])
    })
  })

  it('rolls a transaction back when the work throws, and gives the connection back in order', async () => {
    await expect(
      database.db.transaction(async (db) => {
        await db.query('create table leftover (id int)', [])
        throw new Error('stop')
      }),
    ).rejects.toThrow('stop')
    expect(await database.db.query("select to_regclass('leftover') as name", [])).toEqual([{ name: null }])
  })

  it('never calls a transaction done in which a failed statement was passed over', async () => {
    const swallowing = database.db.transaction(async (db) => {
      await db.query('select 1 / 0', []).catch(() => {})
      return 'done'
    })
    await expect(swallowing).rejects.toThrow('rolled back')
  })

  it('says of a statement that took too long that it was too slow, and not that the database is away', async () => {
    const slow = database.db.transaction(async (db) => {
      await db.query("set local statement_timeout = '20ms'", [])
      await db.query('select pg_sleep(10)', [])
    })
    await expect(slow).rejects.toMatchObject({ fault: { code: 'query_too_slow' } })
  })

  it('survives the end of a connection in the middle of a transaction', async () => {
    await expect(
      database.db.transaction(async (db) => {
        const [row] = await db.query<{ pid: number }>('select pg_backend_pid() as pid', [])
        await database.db.query('select pg_terminate_backend($1)', [row?.pid])
        await db.query('select 1', [])
      }),
    ).rejects.toMatchObject({ fault: { code: 'database_unavailable' } })
    expect(await database.db.query('select 1 as one', [])).toEqual([{ one: 1 }])
  })
})
