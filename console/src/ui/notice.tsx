import type { ReactNode } from 'react'
import { explain } from '../api/explain.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'

/** What happened, what was not changed, what to do, and the id that the server's log finds the request by. */
export function ErrorNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { title, detail, requestId } = explain(error)
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start justify-between gap-3 rounded-control border border-bad/40 bg-bad-soft p-3"
    >
      <div className="min-w-0">
        <p className="font-medium text-bad">{title}</p>
        <p>{detail}</p>
        {requestId !== undefined && (
          <p className="mt-1 flex items-center gap-1 text-small text-muted">
            Request <code>{requestId}</code>
            <CopyButton text={requestId} what="the request id" />
          </p>
        )}
      </div>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  )
}

/** Something to know, at the place that it is about. */
export function Notice({
  tone = 'plain',
  children,
}: {
  readonly tone?: 'plain' | 'warn'
  readonly children: ReactNode
}) {
  const look = tone === 'warn' ? 'border-warn/40 bg-warn-soft' : 'border-line bg-sunken'
  return <div className={`rounded-control border p-3 ${look}`}>{children}</div>
}

/** What stands where rows would be: a sentence, and the next thing to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3 px-4 py-8 sm:px-8">
      <p className="font-medium">{title}</p>
      {children !== undefined && (
        <div className="flex w-full max-w-3xl min-w-0 flex-col items-start gap-3">{children}</div>
      )}
    </div>
  )
}
