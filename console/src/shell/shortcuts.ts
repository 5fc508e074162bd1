import { useEffect, useEffectEvent } from 'react'

/** ⌘K, or Ctrl K, opens the search of everything; `/` goes to the search of the page, or opens it where there is none. Neither above a dialog. */
export function useShortcuts({ onSearch }: { readonly onSearch: () => void }): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (document.querySelector('[role=dialog], [popover]:popover-open') !== null) return
    const isSearch = event.key === 'k' && (event.metaKey || event.ctrlKey)
    if (!isSearch && (event.key !== '/' || isTyping(event.target))) return
    event.preventDefault()
    const own = isSearch ? null : document.querySelector<HTMLInputElement>('input[type=search]')
    if (own === null) onSearch()
    else own.focus()
  })
  useEffect(() => {
    document.addEventListener('keydown', handle)
    return () => document.removeEventListener('keydown', handle)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}
