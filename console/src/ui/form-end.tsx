import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { ErrorNotice } from './notice.tsx'

/** The end of a form: why it was refused, the way out, and the one button that sends it. */
export function FormEnd({
  action,
  busy,
  error,
  onCancel,
  inSight = false,
  children,
}: {
  /** The verb on the button. */
  readonly action: string
  readonly busy: boolean
  /** Why the last request failed; null when it did not. */
  readonly error: unknown
  readonly onCancel?: () => void
  /** Stays at the foot of the dialog, however long the form is. */
  readonly inSight?: boolean
  /** What is to be known before it is sent. */
  readonly children?: ReactNode
}) {
  const place = inSight ? 'sticky -bottom-5 -mx-5 -mb-5 border-t border-line bg-surface px-5 py-3' : ''
  return (
    <div className={`flex flex-col gap-3 ${place}`}>
      {children}
      {error !== null && <ErrorNotice error={error} />}
      <div className="flex justify-end gap-2">
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button look="primary" type="submit" busy={busy}>
          {action}
        </Button>
      </div>
    </div>
  )
}
