import { Link, type LinkProps } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'

/** Names the browser's tab. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Facet`
  }, [title])
}

/** The head of a page: its name, what belongs beside it, and what can be done. */
export function PageHead({
  title,
  beside,
  about,
  children,
}: {
  readonly title: string
  readonly beside?: ReactNode
  readonly about?: ReactNode
  readonly children?: ReactNode
}) {
  usePageTitle(title)
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-48">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <h1
            className="min-w-0 truncate text-title max-sm:wrap-anywhere max-sm:whitespace-normal"
            dir="auto"
            title={title}
          >
            {title}
          </h1>
          {beside}
        </div>
        {about !== undefined && (
          <div className={`mt-1 text-muted ${typeof about === 'string' ? 'max-w-[65ch]' : ''}`}>{about}</div>
        )}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  )
}

/** A part of a page. */
export function Section({
  title,
  about,
  actions,
  children,
  className = '',
}: {
  readonly title: string
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <section className={`min-w-0 ${className}`} aria-label={title}>
      <div className="mb-2 flex min-h-8 flex-wrap items-center justify-between gap-2">
        <div>
          <h2 className="font-semibold">{title}</h2>
          {about !== undefined && <p className="max-w-[65ch] text-muted">{about}</p>}
        </div>
        {actions !== undefined && <div className="flex gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  )
}

/** The one frame there is: a surface with a line around it. */
export function Panel({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return <div className={`rounded-control border border-line bg-surface ${className}`}>{children}</div>
}

/** The way back to the list that a page was found in. */
export function BackLink({ children, ...rest }: LinkProps & { readonly children: string }) {
  return (
    <Link
      {...rest}
      className="-ml-1 mb-1 inline-flex min-h-6 items-center gap-0.5 text-muted hover:text-text max-sm:min-h-8"
    >
      <ChevronLeft size={14} aria-hidden />
      {children}
    </Link>
  )
}
