import { useSyncExternalStore } from 'react'

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** A time to the second in the viewer's zone, which it names. */
export function exactTime(at: Date): string {
  return exact.format(at)
}

/** How long ago, or ahead, in words; a date when that is more than a month. */
function relativeTime(at: Date, now: number): string {
  const seconds = Math.round((at.getTime() - now) / 1_000)
  if (Math.abs(seconds) > 30 * 86_400) return date.format(at)
  const [unit, size] = units.find(([, unitSeconds]) => Math.abs(seconds) >= unitSeconds) ?? ['second', 1]
  if (unit === 'second') return seconds > 0 ? 'in moments' : 'just now'
  return relative.format(Math.trunc(seconds / size), unit)
}

// One clock for every time on the page, which goes while there are any.
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()
function tick(): void {
  now = Date.now()
  for (const listener of listeners) listener()
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 30_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The clock's time; what came since its last tick is just now, and not ahead. */
function upTo(current: number, time: Date): number {
  return Math.max(current, Math.min(time.getTime(), current + 60_000))
}

/** A time as words, with the exact one in the viewer's zone under the pointer. `none`: what to say without one. */
export function Time({ at, none = '–' }: { readonly at: string | null | undefined; readonly none?: string }) {
  const current = useSyncExternalStore(subscribe, () => now)
  if (!at) return <span className="text-muted">{none}</span>
  const time = new Date(at)
  return (
    <time dateTime={at} title={exactTime(time)} className="whitespace-nowrap">
      {relativeTime(time, upTo(current, time))}
    </time>
  )
}
