import type { ReactNode } from 'react'

/** What is known of one thing: names at the left, values beside them; on a phone one above the other. */
export function Facts({ children, columns = 1 }: { readonly children: ReactNode; readonly columns?: 1 | 2 }) {
  return <dl className={`grid gap-x-8 ${columns === 2 ? 'lg:grid-cols-2' : ''}`}>{children}</dl>
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-h-8 min-w-0 gap-3 py-1.5 text-table max-sm:flex-col max-sm:gap-0">
      <dt className="w-32 shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-words">{children}</dd>
    </div>
  )
}
