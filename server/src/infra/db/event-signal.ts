import type { Db } from '../../core/db.ts'
import { pendingChannel } from '../../core/feed/feed.service.ts'
import type { EventSignal, Log } from '../../core/ports.ts'

/** A busy process says it this often: more would cost the database and gain nothing that a reader notices. */
const gapMs = 4

/** The signal of a process that may end soon after its last one. */
export interface EventSignalSender extends EventSignal {
  /** Resolves once every signal so far was sent, or could not be. */
  flush(): Promise<void>
}

/** Sends signals as notices of the database, at most one statement at a time for all apps together. */
export function createEventSignal(db: Db, log: Log): EventSignalSender {
  let waiting = new Set<string>()
  let sending = false
  let quiet = Promise.withResolvers<void>()
  quiet.resolve()

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
    else quiet.resolve()
  }

  return {
    raise(appId) {
      waiting.add(appId)
      if (sending) return
      sending = true
      quiet = Promise.withResolvers()
      // Once the requests of this moment have been read: they may commit together.
      setImmediate(() => void send())
    },
    flush: () => quiet.promise,
  }
}
