import { listAppsWithPending, pendingChannel } from '../core/feed/feed.service.ts'
import type { Jobs, Locks, Notices } from '../core/ports.ts'
import { listAppsWithDeliveries, webhooksChannel } from '../core/webhooks/dispatcher.ts'
import { promisedSchedule, type RetrySchedule } from '../core/webhooks/schedule.rules.ts'
import { createTidings, type FeedWorkCtx, type Tiding, type Tidings, workOnFeed } from './feed-work.ts'
import { createGate } from './gate.ts'

export interface FeedKeeperOptions {
  readonly ctx: Omit<FeedWorkCtx, 'schedule' | 'jobs'>
  readonly jobs: Jobs
  readonly notices: Notices
  readonly locks: Locks
  /** The promised one if it is not given. */
  readonly schedule?: RetrySchedule
}

/** Numbers the events of every app and delivers them, each app in one process at a time. */
export interface FeedKeeper {
  /** Starts nothing more, and waits for what is under way. */
  close(): Promise<void>
}

/** How often apps are looked for that wait and were not announced. An app that another process has is left alone as long. */
const lookRoundMs = 5_000
/** As many apps are worked on at a time as have a connection each, and one is left: the others wait, and do not fail. */
const turnsAtOnce = 7

interface Kept {
  readonly tidings: Tidings
  /** The lock is gone: another process may be at it. */
  lost: boolean
  done: Promise<void>
}

/** Begins to keep the feeds. */
export function keepFeeds(options: FeedKeeperOptions): FeedKeeper {
  const { notices, locks, jobs, schedule = promisedSchedule } = options
  const ctx: FeedWorkCtx = { ...options.ctx, jobs, schedule }
  const kept = new Map<string, Kept>()
  const elsewhere = new Set<string>()
  const gate = createGate(turnsAtOnce)
  let looking = false
  let closing = false

  function tell(appId: string, tiding: Tiding): void {
    if (closing || elsewhere.has(appId)) return
    const known = kept.get(appId)
    if (known !== undefined) {
      known.tidings.tell(tiding)
      return
    }
    const fresh: Kept = { tidings: createTidings(), lost: false, done: Promise.resolve() }
    // Nothing is known yet of what came before.
    fresh.tidings.tell('thorough')
    kept.set(appId, fresh)
    fresh.done = keep(appId, fresh)
  }

  async function keep(appId: string, self: Kept): Promise<void> {
    const name = `facet feed ${appId}`
    let held = false
    try {
      held = await locks.hold(name)
      // Whoever has it is told the same; if nobody can be asked for it now, it is found at the next look round.
      if (!held) elsewhere.add(appId)
      if (held) await workOnFeed(ctx, appId, self.tidings, { gate, isEnding: () => closing || self.lost })
    } catch (error) {
      held = false
      ctx.log.warn({ err: error, appId }, 'A feed is left alone until the next look round')
    }
    await locks.release(name)
    kept.delete(appId)
    // Told of something while it was letting go.
    if (held && self.tidings.some) tell(appId, 'pending')
  }

  async function lookRound(): Promise<void> {
    if (looking) return
    looking = true
    try {
      elsewhere.clear()
      const found = await Promise.all([listAppsWithPending(ctx), listAppsWithDeliveries({ ...ctx, now: new Date() })])
      for (const appId of new Set(found.flat())) tell(appId, 'thorough')
    } catch (error) {
      ctx.log.warn({ err: error }, 'Apps that wait could not be looked for')
    } finally {
      looking = false
    }
  }

  notices.listen(pendingChannel, (appId) => tell(appId, 'pending'))
  notices.listen(webhooksChannel, (appId) => tell(appId, 'endpoints'))
  notices.onGap(() => void lookRound())
  locks.onLost(() => {
    for (const each of kept.values()) {
      each.lost = true
      each.tidings.wake()
    }
  })
  const timer = setInterval(() => void lookRound(), lookRoundMs)

  return {
    async close() {
      closing = true
      clearInterval(timer)
      for (const { tidings } of kept.values()) tidings.wake()
      await Promise.all([...kept.values()].map(({ done }) => done))
    },
  }
}
