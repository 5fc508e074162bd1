import type pg from 'pg'
import type { Log, Notices } from '../../core/ports.ts'
import type { DatabaseAddress } from './pool.ts'
import { openSession } from './session.ts'

export interface OpenNotices extends Notices {
  close(): Promise<void>
}

/** Listens on a connection of its own. */
export function openNotices(address: DatabaseAddress, log: Log): OpenNotices {
  const handlers = new Map<string, ((payload: string) => void)[]>()
  const gapHandlers: (() => void)[] = []

  async function listenTo(client: pg.Client): Promise<void> {
    client.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    for (const channel of handlers.keys()) await client.query(`listen ${channel}`)
    // Whatever was sent while nobody listened is lost.
    for (const handler of gapHandlers) handler()
  }

  const session = openSession(address, {
    name: 'facet notices',
    trustMs: 600,
    onOpen: listenTo,
    onLost(reason, closing) {
      for (const handler of gapHandlers) handler()
      if (!closing)
        log.warn({ err: reason }, 'The connection for notices is down; what they save is looked up meanwhile')
    },
  })
  return {
    listen(channel, handler) {
      const known = handlers.get(channel)
      handlers.set(channel, [...(known ?? []), handler])
      // A failure loses the connection, and the next one listens to all.
      if (known === undefined) session.client?.query(`listen ${channel}`).catch(() => {})
    },
    onGap(handler) {
      gapHandlers.push(handler)
    },
    get trusted() {
      return session.trusted
    },
    close: () => session.close(),
  }
}
