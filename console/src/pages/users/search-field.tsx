import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { TextInput } from '../../ui/field.tsx'

/** So short that a key by itself is not held up; a burst of them, as of a paste in pieces, asks once. */
const waitMs = 30

/** Searches as one types. The field holds what is typed; the address follows a moment later, and leads when it changes by itself. */
export function SearchField({
  q,
  onSearch,
}: {
  readonly q: string | undefined
  readonly onSearch: (q: string | undefined) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sent = useRef(q)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    // What was typed here is ahead of the address, and is not to be taken back by it.
    if (input.current === null || q === sent.current) return
    input.current.value = q ?? ''
    sent.current = q
  }, [q])
  return (
    <search className="relative w-full min-w-0 max-w-md">
      <Search size={14} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
      <TextInput
        ref={input}
        type="search"
        dir="auto"
        aria-label="Search users"
        placeholder="Name, e-mail, phone, id, reference, wallet address"
        defaultValue={q}
        maxLength={255}
        autoComplete="off"
        spellCheck={false}
        className="pr-8 pl-8"
        onChange={({ target }) => {
          clearTimeout(timer.current)
          timer.current = setTimeout(() => {
            sent.current = target.value.trim() || undefined
            onSearch(sent.current)
          }, waitMs)
        }}
      />
      <kbd
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-small text-muted max-sm:hidden [input:focus~&]:hidden"
      >
        /
      </kbd>
    </search>
  )
}
