import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Code } from './code.tsx'
import { Dialog } from './dialog.tsx'

/** Shows a secret the one time that it is shown. It stays until somebody says that they have kept it. */
export function SecretDialog({
  title,
  about,
  secret,
  name = 'secret',
  children,
  onKept,
}: {
  readonly title: string
  readonly about: ReactNode
  readonly secret: string
  /** What kind of secret it is. */
  readonly name?: 'secret' | 'link'
  /** What else belongs to it, as its public half. */
  readonly children?: ReactNode
  readonly onKept: () => void
}) {
  return (
    <Dialog open shownOnce onClose={onKept} title={title} about={about}>
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <p className="font-medium first-letter:uppercase">{name}</p>
          <Code text={secret} what={`the ${name}`} wrap />
        </div>
        {children}
        <div className="flex justify-end">
          <Button look="primary" onClick={onKept}>
            I have kept it
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
