import type { ReactNode } from 'react'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'

/** A form of settings with its one button; for whoever may not change them the same without it. */
export function SettingsForm({
  onSubmit,
  busy,
  error,
  children,
}: {
  readonly onSubmit: () => void
  readonly busy: boolean
  readonly error: unknown
  readonly children: ReactNode
}) {
  const mayManage = useMay('organization:manage')
  return (
    <form
      className="flex max-w-2xl flex-col gap-6"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <fieldset disabled={!mayManage} className="flex flex-col gap-6">
        {children}
      </fieldset>
      {error !== null && <ErrorNotice error={error} />}
      {mayManage ? (
        <div>
          <Button look="primary" type="submit" busy={busy}>
            Save
          </Button>
        </div>
      ) : (
        <Notice>Your role may look at these settings. Admins and owners change them.</Notice>
      )}
    </form>
  )
}

/** Some questions that belong together. */
export function Group({
  title,
  about,
  children,
}: {
  readonly title: string
  readonly about: string
  readonly children: ReactNode
}) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-semibold">{title}</legend>
      <p className="-mt-1 text-muted">{about}</p>
      {children}
    </fieldset>
  )
}
