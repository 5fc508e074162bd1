import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { DatabaseAddress } from './pool.ts'

const heartbeatMs = 200
// A lost peer is noticed by the server after 5 + 3 x 2 s.
const keepalives =
  'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 11000'
const reconnectMs = 200

export interface SessionOptions {
  /** As the server's list of connections shows it. */
  readonly name: string
  /** A heartbeat that was answered proves that every earlier message has come; past this age it proves nothing. */
  readonly trustMs: number
  /** The connection stands; what it is to be used for is set up here. */
  readonly onOpen: (client: pg.Client) => Promise<void>
  /** The connection is gone, and with it all that hung on it. `closing` when it was ended on purpose. */
  readonly onLost: (reason: unknown, closing: boolean) => void
}

/** One connection to the database that is opened again whenever it is lost. */
export interface Session {
  /** The connection, while there is one. */
  readonly client: pg.Client | undefined
  /** The connection, as soon as there is one; undefined when there is none for `timeoutMs`. */
  opened(timeoutMs: number): Promise<pg.Client | undefined>
  /** True while the connection was known to be whole less than `trustMs` ago. */
  readonly trusted: boolean
  close(): Promise<void>
}

/**
 * Keeps a connection of its own, for what belongs to a connection: listening, locks. A heartbeat on it makes a half-open
 * connection (a lost peer, no FIN) as visible as a closed one. The server is told to look for a lost peer as well, since
 * it keeps the locks until it knows.
 */
export function openSession(address: DatabaseAddress, { name, trustMs, onOpen, onLost }: SessionOptions): Session {
  let client: pg.Client | undefined
  let opened: pg.Client | undefined
  let provenAt = Number.NEGATIVE_INFINITY
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let opening = Promise.withResolvers<void>()

  function lose(lost: pg.Client, reason: unknown): void {
    if (client !== lost) return
    client = undefined
    if (opened !== undefined) opening = Promise.withResolvers()
    opened = undefined
    provenAt = Number.NEGATIVE_INFINITY
    onLost(reason, closed)
    lost.end().catch(() => {})
    if (!closed) timer = setTimeout(connect, reconnectMs)
  }

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ ...address, application_name: name, connectionTimeoutMillis: 3_000 })
    client = fresh
    fresh.on('error', (error) => lose(fresh, error))
    fresh.on('end', () => lose(fresh, new Error('The server ended the connection')))
    try {
      await fresh.connect()
      // Ignored on a Unix socket, whose peer cannot get lost.
      await fresh.query(keepalives)
      opened = fresh
      await onOpen(fresh)
      opening.resolve()
      await beat(fresh)
    } catch (error) {
      lose(fresh, error)
    }
  }

  async function beat(current: pg.Client): Promise<void> {
    if (client !== current || closed) return
    const sentAt = performance.now()
    const overdue = setTimeout(() => lose(current, new Error('No heartbeat')), trustMs)
    try {
      await current.query('select 1')
      provenAt = sentAt
      timer = setTimeout(() => void beat(current), heartbeatMs)
    } catch (error) {
      lose(current, error)
    } finally {
      clearTimeout(overdue)
    }
  }

  void connect()
  return {
    get client() {
      return opened
    },
    async opened(timeoutMs) {
      if (opened === undefined) await Promise.race([opening.promise, wait(timeoutMs, undefined, { ref: false })])
      return opened
    },
    get trusted() {
      return performance.now() - provenAt < trustMs
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
