import { afterEach, describe, expect, it } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { openDatabaseProxy } from '../../../test/helpers/tcp-proxy.ts'
import { type OpenLocks, openLocks } from './locks.ts'
import type { DatabaseAddress } from './pool.ts'

const database = useDatabase()
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

function open(address: DatabaseAddress = database.address): { locks: OpenLocks; lost: Promise<void> } {
  const locks = openLocks(address, quietLog)
  const { promise, resolve } = Promise.withResolvers<void>()
  locks.onLost(resolve)
  opened.push(locks)
  return { locks, lost: promise }
}

describe('a lock', () => {
  it('is one process’s until it lets go', async () => {
    const [first, second] = [open().locks, open().locks]
    expect(await first.hold('a')).toBe(true)
    expect(await second.hold('a')).toBe(false)
    expect(await second.hold('b')).toBe(true)
    await first.release('a')
    expect(await second.hold('a')).toBe(true)
    // A release of what one has not changes nothing.
    await first.release('a')
    expect(await first.hold('a')).toBe(false)
  })

  it('is not had twice by one process', async () => {
    const { locks } = open()
    expect([await locks.hold('a'), await locks.hold('a')]).toEqual([true, false])
  })

  it('is free once its connection was ended, and its holder hears of it', async () => {
    const [first, second] = [open(), open().locks]
    await first.locks.hold('a')
    await database.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'facet locks' and datname = current_database()
         and pid = (select pid from pg_locks where locktype = 'advisory' and database = (
           select oid from pg_database where datname = current_database()))`,
      [],
    )
    await first.lost
    await expect.poll(() => second.hold('a')).toBe(true)
    // A new connection comes by itself, and without the lock.
    expect(await first.locks.hold('a')).toBe(false)
    expect(await first.locks.hold('b')).toBe(true)
  })

  it('is given up by a holder whose connection answers no more', async () => {
    const proxy = await openDatabaseProxy(database.address)
    opened.push(proxy)
    const { locks, lost } = open(proxy.address)
    expect(await locks.hold('a')).toBe(true)
    proxy.freeze()
    await lost
    expect(await locks.hold('a')).toBe(false)
    proxy.thaw()
  })
})
