import { Link, useRouter } from '@tanstack/react-router'
import { buttonClass } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { PageHead } from '../ui/page.tsx'

/** A page that failed to load or to be drawn. */
export function PageError({ error }: { readonly error: unknown }) {
  const router = useRouter()
  return (
    <div className="mx-auto max-w-2xl p-6">
      <ErrorNotice error={error} onRetry={() => void router.invalidate()} />
    </div>
  )
}

/** An address that leads nowhere. */
export function PageMissing() {
  return (
    <div className="mx-auto max-w-2xl p-6">
      <PageHead title="There is no such page" about="The address may be cut short, or what it led to is gone." />
      <Link to="/" className={buttonClass()}>
        Go home
      </Link>
    </div>
  )
}

/** The shape of a page before it is there. */
export function PagePending() {
  return (
    <div aria-busy="true" className="mx-auto max-w-[90rem] px-4 py-6 sm:px-6">
      <p role="status" className="sr-only">
        Loading
      </p>
      <div className="skeleton mb-6 h-6 w-48" />
      <div className="skeleton h-64 w-full" />
    </div>
  )
}
