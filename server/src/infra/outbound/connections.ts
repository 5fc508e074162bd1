import type { Client } from 'undici'
import type { OpenClient } from './open-client.ts'
import type { Target } from './target.ts'

/** A connection, or the attempt at one. It has a single user at a time. */
export interface Connection {
  readonly client: Client
  /** Ends the connection, or the attempt. */
  readonly end: () => Promise<void>
  readonly group: Group
}

/** The connections to one origin, for one group of messages in one mode. */
interface Group {
  readonly key: string
  readonly target: Target
  /** Those in use and those idle. */
  open: number
  readonly idle: Connection[]
  readonly waiting: Set<(connection: Connection) => void>
}

export interface Connections {
  /** Calls `ready` with a connection, at once or when one to the origin is free. The result gives up waiting. */
  take(target: Target, group: string, ready: (connection: Connection) => void): () => void
  /** Gives a sound connection back. */
  keep(connection: Connection): void
  /** Ends a connection in use. */
  drop(connection: Connection): void
  /** Ends the idle ones, and waits for all that were dropped. */
  close(): Promise<void>
  readonly counts: { readonly origins: number; readonly idle: number }
}

/**
 * Keeps at most `perOrigin` connections to an origin for each group and mode, and at most `idleTotal` idle ones altogether:
 * the one that was idle longest goes first. The group is part of the key, so nobody waits for connections that others
 * hold, and the mode, so that nothing of a live app rides on one that was opened under the looser rules of a sandbox.
 */
export function createConnections(
  open: OpenClient,
  limits: { readonly perOrigin: number; readonly idleTotal: number },
): Connections {
  const groups = new Map<string, Group>()
  // In the order in which they became idle.
  const idle = new Set<Connection>()
  const ending = new Set<Promise<void>>()

  function connect(group: Group): Connection {
    group.open += 1
    const connection = { ...open(group.target), group }
    connection.client.on('disconnect', () => {
      // In use, its user hears of it; or its message was not yet written, and the client connects again by itself.
      if (idle.has(connection)) evict(connection)
    })
    return connection
  }

  function evict(connection: Connection): void {
    idle.delete(connection)
    connection.group.idle.splice(connection.group.idle.indexOf(connection), 1)
    drop(connection)
  }

  function drop({ end, group }: Connection): void {
    const ended = end().finally(() => ending.delete(ended))
    ending.add(ended)
    group.open -= 1
    const next = firstOf(group)
    if (next !== undefined) next(connect(group))
    else if (group.open === 0) groups.delete(group.key)
  }

  return {
    take(target, of, ready) {
      const key = `${target.mode} ${of} ${target.origin}`
      const group = groups.get(key) ?? { key, target, open: 0, idle: [], waiting: new Set() }
      groups.set(key, group)
      const free = group.idle.pop()
      if (free === undefined && group.open >= limits.perOrigin) {
        group.waiting.add(ready)
        return () => group.waiting.delete(ready)
      }
      if (free !== undefined) idle.delete(free)
      ready(free ?? connect(group))
      return () => {}
    },
    keep(connection) {
      const { group } = connection
      const next = firstOf(group)
      if (next !== undefined) return next(connection)
      group.idle.push(connection)
      idle.add(connection)
      for (const oldest of idle) {
        if (idle.size <= limits.idleTotal) break
        evict(oldest)
      }
    },
    drop,
    async close() {
      for (const connection of idle) evict(connection)
      await Promise.all(ending)
    },
    get counts() {
      return { origins: groups.size, idle: idle.size }
    },
  }
}

function firstOf({ waiting }: Group): ((connection: Connection) => void) | undefined {
  for (const next of waiting) {
    waiting.delete(next)
    return next
  }
  return undefined
}
