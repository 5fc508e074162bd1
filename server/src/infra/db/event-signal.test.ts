import { describe, expect, it } from 'vitest'
import { quietLog } from '../../../test/helpers/database.ts'
import type { Db } from '../../core/db.ts'
import { createEventSignal } from './event-signal.ts'

/** A database that notes what is sent to it, a little later. */
function slowDb(sent: unknown[], fails = false): Db {
  const query = async (_text: string, values: readonly unknown[]) => {
    await new Promise(setImmediate)
    sent.push(values[0])
    if (fails) throw new Error('away')
    return []
  }
  return { inTransaction: false, query, transaction: () => Promise.reject(new Error('not here')) } as unknown as Db
}

describe('flush', () => {
  it('resolves once every app that was named so far was told of, with few statements', async () => {
    const sent: unknown[] = []
    const signal = createEventSignal(slowDb(sent), quietLog)
    signal.raise('a')
    signal.raise('b')
    signal.raise('a')
    await signal.flush()
    expect(sent).toEqual([['a', 'b']])
    signal.raise('c')
    await new Promise(setImmediate)
    signal.raise('d')
    await signal.flush()
    expect(sent).toEqual([['a', 'b'], ['c'], ['d']])
  })

  it('resolves at once when nothing waits, and also when the database is away', async () => {
    const sent: unknown[] = []
    const signal = createEventSignal(slowDb(sent, true), quietLog)
    await signal.flush()
    signal.raise('a')
    await signal.flush()
    expect(sent).toEqual([['a']])
  })
})
