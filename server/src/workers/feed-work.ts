import { createBell } from '../core/bell.ts'
import { createSequencer } from '../core/feed/feed.service.ts'
import type { Jobs } from '../core/ports.ts'
import { noticeEvents } from '../core/wallets/eager-wallets.service.ts'
import type { DispatcherCtx } from '../core/webhooks/attempt.ts'
import { createDispatcher } from '../core/webhooks/dispatcher.ts'
import type { Gate } from './gate.ts'

/** What may be told of an app: it has new events; its endpoints were changed; it was found waiting at a look round. */
export type Tiding = 'pending' | 'endpoints' | 'thorough'

/** What was told and not yet taken up, and whoever waits for it. */
export interface Tidings {
  tell(tiding: Tiding): void
  /** Wakes without a tiding. */
  wake(): void
  /** Whether a tiding was told; it is forgotten by that. */
  take(tiding: Tiding): boolean
  readonly some: boolean
  /** Resolves when something is told, at once when it was since the last wait, or after `ms`. */
  wait(ms: number): Promise<void>
}

export function createTidings(): Tidings {
  const told = new Set<Tiding>()
  const { ring, wait } = createBell()
  return {
    tell(tiding) {
      told.add(tiding)
      ring()
    },
    wake: ring,
    take: (tiding) => told.delete(tiding),
    get some() {
      return told.size > 0
    },
    wait,
  }
}

/** An app without work is let go after this time, so that another process may have it. */
const idleMs = 10_000
/** A numbering waits so long after the one before, and what comes meanwhile is numbered together: little costs little. */
const gatherMs = 5
/** At a thousand events a second it waits longer: a busy app pays for fewer statements, and its events are still in time. */
const gatherBusyMs = 50

/** What the work on a feed has. */
export interface FeedWorkCtx extends DispatcherCtx {
  readonly jobs: Jobs
}

/** Numbers and delivers one app's events until told to end, or until there is nothing to do. */
export async function workOnFeed(
  ctx: FeedWorkCtx,
  appId: string,
  tidings: Tidings,
  { gate, isEnding }: { readonly gate: Gate; readonly isEnding: () => boolean },
): Promise<void> {
  const sequencer = createSequencer(ctx, appId)
  const dispatcher = createDispatcher(ctx, appId, tidings.wake)
  let numberedAt = 0
  let nextNumberingAt = 0
  let busyAt = Date.now()

  async function number(): Promise<{ numbered: number; endpoints: boolean }> {
    if (Date.now() < nextNumberingAt) return { numbered: 0, endpoints: false }
    const thorough = tidings.take('thorough')
    if (!tidings.take('pending') && !thorough) return { numbered: 0, endpoints: false }
    const { numbered, types } = await sequencer.number({ thorough })
    await noticeEvents(ctx, appId, types)
    const now = Date.now()
    nextNumberingAt = now + (numbered < now - numberedAt ? gatherMs : gatherBusyMs)
    numberedAt = now
    // An app that was found waiting may have something due that is not known here.
    return { numbered, endpoints: types.some((type) => type.startsWith('webhook_endpoint.')) || thorough }
  }

  /** When to go on if nothing is told before; undefined when the app is to be let go. */
  function goOnAt(nextAt: number, now: number): number | undefined {
    // What was told and not taken waits for the next numbering.
    if (tidings.some) return nextNumberingAt
    const leaveAt = busyAt + idleMs
    if (nextAt <= Math.max(now, leaveAt)) return nextAt
    if (now < leaveAt) return leaveAt
    return nextAt > now + idleMs ? undefined : nextAt
  }

  try {
    while (!isEnding()) {
      const { numbered, nextAt, recorded } = await gate(async () => {
        const { numbered, endpoints } = await number()
        const changed = tidings.take('endpoints') || endpoints
        return { numbered, ...(await dispatcher.turn({ events: numbered > 0, endpoints: changed })) }
      })
      if (recorded) tidings.tell('pending')
      const now = Date.now()
      if (numbered > 0 || dispatcher.underWay > 0) busyAt = now
      const at = goOnAt(nextAt, now)
      if (at === undefined) return
      if (at > now) await tidings.wait(at - now)
    }
  } finally {
    await dispatcher.stop()
  }
}
