import type { ReactNode } from 'react'
import type { IssuedApiKey } from '../../api/client.ts'
import { useApp } from '../../session/operator.ts'
import { Code } from '../../ui/code.tsx'
import { SecretDialog } from '../../ui/secret.tsx'

/** A key that was just made, with its secret. */
export function KeySecret({
  apiKey,
  title,
  children,
  onKept,
}: {
  readonly apiKey: IssuedApiKey
  readonly title: string
  /** What else is to be known now. */
  readonly children?: ReactNode
  readonly onKept: () => void
}) {
  const { app } = useApp()
  const again = app.mode === 'sandbox' ? 'In a sandbox app it can be shown again.' : 'It is shown now and never again.'
  return (
    <SecretDialog
      title={title}
      about={`Keep the secret where your program reads it, and nowhere else. ${again}`}
      secret={apiKey.secret}
      onKept={onKept}
    >
      <div className="flex flex-col gap-1">
        <p className="font-medium">Public key</p>
        <Code text={apiKey.key} what="the public key" wrap />
        <p className="text-small text-muted">Some dialects take it beside a token that the secret signs.</p>
      </div>
      {children}
    </SecretDialog>
  )
}
