import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { Field, TextInput } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

export interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** What the dialog is about, in a sentence. */
  readonly about?: ReactNode
  readonly children: ReactNode
  /** `side`: a sheet at the right, for long forms. */
  readonly place?: 'middle' | 'side'
  /** A press beside it does not close it: what is typed in it is not lost by a slip. */
  readonly sticky?: boolean
  /** Only a button among its children closes it, no key and no press beside it. */
  readonly shownOnce?: boolean
}

const places = {
  middle:
    'top-[12vh] left-1/2 w-[min(32rem,calc(100vw-2rem))] max-h-[76vh] -translate-x-1/2 rounded-control border border-line',
  side: 'top-0 right-0 h-dvh w-[min(36rem,100vw)] border-l border-line',
}

/** What is asked or shown above the page, until it is closed. */
export function Dialog({
  open,
  onClose,
  title,
  about,
  children,
  place = 'middle',
  sticky = false,
  shownOnce = false,
}: DialogProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => !next && !shownOnce && onClose()}
      disablePointerDismissal={sticky || shownOnce}
    >
      <Base.Portal>
        <Base.Backdrop forceRender className="fixed inset-0 z-50 bg-[oklch(0.2_0.01_250/0.4)]" />
        <Base.Popup
          className={`fixed z-50 flex scroll-pb-20 flex-col overflow-y-auto bg-surface p-5 shadow-floating outline-none ${places[place]}`}
        >
          <div className={`mb-4 min-w-0 ${shownOnce ? '' : 'pr-8'}`}>
            <Base.Title className="font-semibold break-words">{title}</Base.Title>
            {about !== undefined && (
              <Base.Description className="mt-1 text-muted" render={<div />}>
                {about}
              </Base.Description>
            )}
          </div>
          {children}
          {/* The last of them, so that the focus begins at what is asked; drawn before them, and in sight however far one scrolls. */}
          {!shownOnce && (
            <div className="sticky -top-2 z-10 order-first -mt-2 -mr-2 flex h-0 items-start self-end">
              <Base.Close render={<IconButton label="Close" className="bg-surface" />}>
                <X size={16} aria-hidden />
              </Base.Close>
            </div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

export interface ConfirmProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** What is lost, and whether it can be undone. */
  readonly children: ReactNode
  /** Must be typed before the button can be pressed. */
  readonly word: string
  /** The verb on the button. */
  readonly action: string
  readonly onConfirm: () => Promise<unknown>
}

/** Asks for a typed word before something is destroyed. */
export function ConfirmDialog({ open, onClose, title, children, word, action, onConfirm }: ConfirmProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const close = () => {
    setTyped('')
    setError(undefined)
    onClose()
  }
  const confirm = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await onConfirm()
      close()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog open={open} onClose={close} title={title}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === word) void confirm()
        }}
      >
        <div className="text-muted">{children}</div>
        <Field label={`Type “${word}” to go on`}>
          <TextInput value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" dir="auto" />
        </Field>
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Keep it</Button>
          <Button look="danger" type="submit" disabled={typed !== word} busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
