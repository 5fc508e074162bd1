import { createHash } from 'node:crypto'
import type { Locks, Log } from '../../core/ports.ts'
import type { DatabaseAddress } from './pool.ts'
import { openSession } from './session.ts'

export interface OpenLocks extends Locks {
  close(): Promise<void>
}

/** Whoever asks at the start of the process, or after a loss, waits so long for the connection. */
const openTimeoutMs = 2_000

/** Holds advisory locks on a connection of its own. They end with it, so that another process may have them. */
export function openLocks(address: DatabaseAddress, log: Log): OpenLocks {
  const held = new Set<string>()
  const lostHandlers: (() => void)[] = []
  const session = openSession(address, {
    name: 'facet locks',
    // Given up before the server gives the locks to another, and not for a mere pause of this process.
    trustMs: 5_000,
    async onOpen() {},
    onLost(reason, closing) {
      held.clear()
      for (const handler of lostHandlers) handler()
      if (!closing) log.warn({ err: reason }, 'The connection for locks is down; others may take over meanwhile')
    },
  })
  return {
    async hold(name) {
      const client = await session.opened(openTimeoutMs)
      if (client === undefined || held.has(name)) return false
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [keyOf(name)])
      if (!rows[0]?.held || session.client !== client) return false
      held.add(name)
      return true
    },
    async release(name) {
      if (held.delete(name)) await session.client?.query('select pg_advisory_unlock($1)', [keyOf(name)]).catch(() => {})
    },
    onLost(handler) {
      lostHandlers.push(handler)
    },
    close: () => session.close(),
  }
}

/** 64 bits of a hash: two names that meet would only wait for each other. */
function keyOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString()
}
