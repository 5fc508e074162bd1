import pg from 'pg'
import type { Log, Notices } from '../../core/ports.ts'
import type { DatabaseAddress } from './pool.ts'

const heartbeatMs = 200
// A heartbeat that was answered proves that every earlier message has come; past this age it proves nothing.
const trustMs = 600
const reconnectMs = 200

export interface OpenNotices extends Notices {
  close(): Promise<void>
}

/**
 * Listens on a connection of its own. A heartbeat on it makes a half-open connection (a lost peer, no FIN) as visible
 * as a closed one, so that `trusted` never stays true for longer than a second after messages stop coming.
 */
export function openNotices(address: DatabaseAddress, log: Log): OpenNotices {
  const handlers = new Map<string, ((payload: string) => void)[]>()
  const gapHandlers: (() => void)[] = []
  let client: pg.Client | undefined
  let connected: pg.Client | undefined
  let provenAt = Number.NEGATIVE_INFINITY
  let closed = false
  let timer: NodeJS.Timeout | undefined

  function lose(lost: pg.Client, reason: unknown): void {
    if (client !== lost) return
    client = undefined
    connected = undefined
    provenAt = Number.NEGATIVE_INFINITY
    for (const handler of gapHandlers) handler()
    lost.end().catch(() => {})
    if (closed) return
    log.warn({ err: reason }, 'The connection for notices is down; keys are looked up on each request meanwhile')
    timer = setTimeout(connect, reconnectMs)
  }

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ ...address, application_name: 'facet notices', connectionTimeoutMillis: 3_000 })
    client = fresh
    fresh.on('error', (error) => lose(fresh, error))
    fresh.on('end', () => lose(fresh, new Error('The server ended the connection')))
    fresh.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    try {
      await fresh.connect()
      connected = fresh
      for (const channel of handlers.keys()) await fresh.query(`listen ${channel}`)
      // Whatever was sent while nobody listened is lost.
      for (const handler of gapHandlers) handler()
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
    listen(channel, handler) {
      const known = handlers.get(channel)
      handlers.set(channel, [...(known ?? []), handler])
      const current = connected
      if (known === undefined) current?.query(`listen ${channel}`).catch((error) => lose(current, error))
    },
    onGap(handler) {
      gapHandlers.push(handler)
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
