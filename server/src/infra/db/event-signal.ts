import type { Db } from '../../core/db.ts'
import { pendingChannel } from '../../core/feed/feed.service.ts'
import type { EventSignal, Log } from '../../core/ports.ts'

/** A process says it this often, and a busy one less often: more would cost the database and gain nothing that anyone notices. */
const gapMs = 4
const busyGapMs = 40

/** The signal of a process that may end soon after its last one. */
export interface EventSignalSender extends EventSignal {
  /** Resolves once every signal so far was sent, or could not be. */
  flush(): Promise<void>
}

/** Sends signals as notices of the database, at most one statement at a time for all apps together. */
export function createEventSignal(db: Db, log: Log): EventSignalSender {
  let waiting = new Set<string>()
  let raised = 0
  let gap = gapMs
  let sending = false
  let quiet = Promise.withResolvers<void>()
  quiet.resolve()

  async function send(): Promise<void> {
    const appIds = [...waiting]
    waiting = new Set()
    // A thousand commits a second make a process busy.
    gap = raised < gap ? gapMs : busyGapMs
    raised = 0
    try {
      await db.query(`select pg_notify('${pendingChannel}', app_id) from unnest($1::text[]) as app_id`, [appIds])
    } catch (error) {
      log.debug({ err: error }, 'New events were not announced; they are found at the next look round')
    }
    setTimeout(goOn, gap)
  }

  function goOn(): void {
    sending = waiting.size > 0
    if (sending) void send()
    else quiet.resolve()
  }

  return {
    raise(appId) {
      waiting.add(appId)
      raised++
      if (sending) return
      sending = true
      quiet = Promise.withResolvers()
      // Once the requests of this moment have been read: they may commit together.
      setImmediate(() => void send())
    },
    flush: () => quiet.promise,
  }
}
