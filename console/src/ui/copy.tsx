import { type ReactNode, useEffect, useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { say } from './toast.tsx'

function useCopy(text: string): { readonly copied: boolean; readonly copy: () => Promise<void> } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  return { copied, copy: async () => setCopied(await copyText(text)) }
}

/** Copies a text and tells whether that was done; where the browser has no clipboard for the page, it says so. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    say('Not copied. Browsers let pages copy over https and at localhost alone')
    return false
  }
}

/** Drawn here, since a table has hundreds of them: an icon of the library is a component of its own each time. */
const toCopy = (
  <svg aria-hidden="true" width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2">
    <path d="M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2V10a2 2 0 0 1 2-2ZM4 16a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2" />
  </svg>
)
const copiedMark = (
  <svg aria-hidden="true" width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="var(--ok)" strokeWidth="2">
    <path d="M20 6 9 17l-5-5" />
  </svg>
)

/** Copies a text. `what` names it: “Copy the secret”. Its own name says when it is done: a page has hundreds of them. */
export function CopyButton({
  text,
  what,
  words,
}: {
  readonly text: string
  readonly what: string
  readonly words?: string
}) {
  const { copied, copy } = useCopy(text)
  const icon = copied ? copiedMark : toCopy
  if (words !== undefined) {
    return (
      <Button onClick={() => void copy()} icon={icon} aria-label={copied ? 'Copied' : `Copy ${what}`}>
        {copied ? 'Copied' : words}
      </Button>
    )
  }
  return (
    <IconButton label={copied ? 'Copied' : `Copy ${what}`} onClick={() => void copy()}>
      {icon}
    </IconButton>
  )
}

/** An id or another exact text, in mono, with a way to copy it that shows itself under the pointer and to the keyboard. */
export function Copyable({
  text,
  what,
  children,
}: {
  readonly text: string
  readonly what: string
  readonly children?: ReactNode
}) {
  return (
    <span className="group/copy inline-flex min-w-0 max-w-full items-center gap-0.5">
      <code className="min-w-0 truncate text-[0.92em] max-sm:whitespace-normal max-sm:wrap-anywhere" title={text}>
        {children ?? text}
      </code>
      <span className="pointer-fine:opacity-0 group-focus-within/copy:opacity-100 group-hover/copy:opacity-100 -my-1.5 [&_button]:h-6! [&_button]:w-6!">
        <CopyButton text={text} what={what} />
      </span>
    </span>
  )
}
