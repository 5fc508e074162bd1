import { X } from 'lucide-react'
import type { ReactNode } from 'react'

/** A filter that is in force, and how to be rid of it. */
export function Chip({
  children,
  onRemove,
  label,
}: {
  readonly children: ReactNode
  readonly onRemove: () => void
  readonly label: string
}) {
  return (
    <span className="inline-flex h-7 max-w-full items-center gap-1 rounded-control border border-line bg-surface pl-2 text-table">
      <span className="min-w-0 truncate">{children}</span>
      <button
        type="button"
        aria-label={`Remove the filter ${label}`}
        onClick={onRemove}
        className="flex size-6 shrink-0 items-center justify-center rounded-[4px] text-muted hover:bg-hover hover:text-text"
      >
        <X size={12} aria-hidden />
      </button>
    </span>
  )
}
