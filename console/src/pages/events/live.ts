import { useEffect, useEffectEvent, useState } from 'react'
import { type FeedEvent, useApi } from '../../api/client.ts'

/** As many as are kept of those that came while the page was open. */
const most = 500

type StreamTypes = NonNullable<NonNullable<Parameters<ReturnType<typeof useApi>['events']>[0]>['types']>

/** What comes behind a sequence, the newest first, as long as the page is open. Begins once the sequence is known. */
export function useLive(after: number | undefined, types: readonly string[]) {
  const api = useApi()
  const [events, setEvents] = useState<readonly FeedEvent[]>([])
  const [error, setError] = useState<unknown>()
  const failed = error !== undefined
  useEffect(() => {
    if (after === undefined || failed) return
    const ending = new AbortController()
    const follow = async () => {
      const chosen = types.length === 0 ? undefined : (types as StreamTypes)
      for await (const event of api.events({ after, types: chosen, signal: ending.signal })) {
        if (ending.signal.aborted) return
        setEvents((before) => [event, ...before].slice(0, most))
      }
    }
    follow().catch((failure: unknown) => {
      if (!ending.signal.aborted) setError(failure)
    })
    return () => {
      ending.abort()
      setEvents([])
    }
  }, [api, after, failed, types])
  return {
    events,
    /** Some of those that came are no longer kept, so that there is a gap before the first. */
    full: events.length === most,
    error,
    retry: () => setError(undefined),
  }
}

/** Holds a list still: what is newer than it waits, and is counted. Held by a button, and while the page is scrolled down. */
export function useHold(events: readonly FeedEvent[]) {
  const [paused, setPaused] = useState(false)
  const [heldAt, setHeldAt] = useState<number>()
  const newest = events[0]?.sequence ?? 0
  const onScroll = useEffectEvent(() => {
    const down = window.scrollY > 80
    if (down && heldAt === undefined) setHeldAt(newest)
    if (!down && !paused && heldAt !== undefined) setHeldAt(undefined)
  })
  useEffect(() => {
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => window.removeEventListener('scroll', onScroll)
  }, [])
  const shown = heldAt === undefined ? events : events.filter(({ sequence }) => (sequence ?? 0) <= heldAt)
  return {
    shown,
    waiting: events.length - shown.length,
    paused,
    toggle() {
      setPaused(!paused)
      setHeldAt(paused ? undefined : newest)
    },
    /** Shows what waits. */
    release() {
      setHeldAt(paused ? newest : undefined)
      window.scrollTo({ top: 0 })
    },
  }
}
