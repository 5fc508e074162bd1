import type { Db } from '../../core/db.ts'
import type { EventSignal, Log } from '../../core/ports.ts'

/** The channel on which a process says that an app has events without numbers; the payload is the app's id. */
export const pendingChannel = 'facet_events_pending'

/** A busy process says it this often: more would cost the database and gain nothing that a reader notices. */
const gapMs = 4

/** Sends signals as notices of the database, at most one statement at a time for all apps together. */
export function createEventSignal(db: Db, log: Log): EventSignal {
  let waiting = new Set<string>()
  let sending = false

  async function send(): Promise<void> {
    const appIds = [...waiting]
    waiting = new Set()
    try {
      await db.query(`select pg_notify('${pendingChannel}', app_id) from unnest($1::text[]) as app_id`, [appIds])
    } catch (error) {
      log.debug({ err: error }, 'New events were not announced; they are found at the next look round')
    }
    setTimeout(goOn, gapMs)
  }

  function goOn(): void {
    sending = waiting.size > 0
    if (sending) void send()
  }

  return {
    raise(appId) {
      waiting.add(appId)
      if (sending) return
      sending = true
      // Once the requests of this moment have been read: they may commit together.
      setImmediate(() => void send())
    },
  }
}
