import { useEffect, useState, useSyncExternalStore } from 'react'

interface Said {
  readonly text: string
  readonly number: number
}

const shownMs = 4_000
let last: Said | undefined
const listeners = new Set<() => void>()

/** Tells of what was done, for a few seconds, at the corner of the page and to those who listen. */
export function say(text: string): void {
  last = { text, number: (last?.number ?? 0) + 1 }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where `say` speaks. Once, beside all pages. It says `aria-live` although a status is that already: a dialog hides all else from those who listen. */
export function Toasts() {
  const said = useSyncExternalStore(subscribe, () => last)
  const [gone, setGone] = useState(said?.number)
  useEffect(() => {
    const timer = setTimeout(() => setGone(said?.number), shownMs)
    return () => clearTimeout(timer)
  }, [said])
  const text = said === undefined || said.number === gone ? '' : said.text
  return (
    <div role="status" aria-live="polite" className="fixed right-4 bottom-4 z-60 max-w-[calc(100vw-2rem)]">
      {text !== '' && (
        <p className="rounded-control border border-line bg-surface px-3 py-2 font-medium shadow-floating">{text}</p>
      )}
    </div>
  )
}
