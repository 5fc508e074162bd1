import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { encode } from 'uqr'
import { auth } from '../../session/auth.ts'
import { operatorQuery, useOperator } from '../../session/operator.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { say } from '../../ui/toast.tsx'
import { PasswordDialog } from './password-dialog.tsx'

interface Enrolment {
  /** `otpauth://…`, which authenticators read. */
  readonly totpURI: string
  readonly backupCodes: readonly string[]
}

/** The second factor: switched on with an authenticator, or off with the password. */
export function TwoFactor() {
  const { twoFactorEnabled } = useOperator()
  const queries = useQueryClient()
  const [asks, setAsks] = useState<'on' | 'off'>()
  const [enrolment, setEnrolment] = useState<Enrolment>()
  const refresh = () => queries.invalidateQueries({ queryKey: operatorQuery.queryKey })
  const withPassword = async (password: string) => {
    if (asks === 'on') setEnrolment(await auth<Enrolment>('POST', '/two-factor/enable', { password }))
    else {
      await auth('POST', '/two-factor/disable', { password })
      await refresh()
      say('Second factor switched off')
    }
    setAsks(undefined)
  }
  const done = async () => {
    setEnrolment(undefined)
    await refresh()
    say('Second factor switched on')
  }
  return (
    <div className="flex items-center gap-3">
      <Badge tone={twoFactorEnabled ? 'ok' : 'plain'}>{twoFactorEnabled ? 'on' : 'off'}</Badge>
      <Button onClick={() => setAsks(twoFactorEnabled ? 'off' : 'on')}>
        Switch it {twoFactorEnabled ? 'off' : 'on'}
      </Button>
      <PasswordDialog open={asks !== undefined} onClose={() => setAsks(undefined)} onAnswer={withPassword} />
      <Dialog
        open={enrolment !== undefined}
        onClose={() => setEnrolment(undefined)}
        title="Set up your authenticator"
        about="Scan the picture with an authenticator app, then enter the code that it shows."
        sticky
      >
        {enrolment && <Enrol enrolment={enrolment} onDone={done} onCancel={() => setEnrolment(undefined)} />}
      </Dialog>
    </div>
  )
}

function Enrol({
  enrolment: { totpURI, backupCodes },
  onDone,
  onCancel,
}: {
  readonly enrolment: Enrolment
  readonly onDone: () => Promise<void>
  readonly onCancel: () => void
}) {
  const { register, handleSubmit } = useForm<{ code: string }>()
  const verifying = useMutation({
    mutationFn: ({ code }: { code: string }) =>
      auth('POST', '/two-factor/verify-totp', { code: code.replaceAll(' ', '') }),
    onSuccess: onDone,
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => verifying.mutate(input))}>
      <div className="flex justify-center">
        <QrCode text={totpURI} />
      </div>
      <details>
        <summary className="text-muted">No camera at hand</summary>
        <Code
          text={new URL(totpURI).searchParams.get('secret') ?? totpURI}
          what="the secret of the authenticator"
          wrap
        />
      </details>
      <div>
        <p className="mb-1 font-medium">Backup codes</p>
        <p className="mb-2 text-muted">
          Each works once, when the phone is not at hand. They are shown here and never again.
        </p>
        <Code text={backupCodes.join('\n')} what="the backup codes" />
      </div>
      <Field label="Code">
        <TextInput
          {...register('code', { required: true })}
          inputMode="numeric"
          autoComplete="one-time-code"
          className="font-mono"
        />
      </Field>
      <FormEnd action="Switch it on" busy={verifying.isPending} error={verifying.error} onCancel={onCancel} />
    </form>
  )
}

/** Dark on white in both themes: cameras read nothing else as well. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { border: 2 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg role="img" viewBox={`0 0 ${size} ${size}`} className="size-48 rounded-control bg-[white]">
      <title>The picture for your authenticator</title>
      <path d={path} fill="black" />
    </svg>
  )
}
