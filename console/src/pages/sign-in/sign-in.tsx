import { startAuthentication } from '@simplewebauthn/browser'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { auth } from '../../session/auth.ts'
import { pageAfter } from '../../session/next.ts'
import { canUsePasskeys } from '../../session/passkeys.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { SignInFrame } from './frame.tsx'

const route = getRouteApi('/sign-in')

/** Signs an operator in: by password, with a second factor where one is set up, or by a passkey. */
export function SignInPage() {
  const [asksCode, setAsksCode] = useState(false)
  const enter = useEnter()
  if (asksCode) return <SecondFactor onDone={enter} onBack={() => setAsksCode(false)} />
  return (
    <SignInFrame title="Sign in">
      <PasswordForm onDone={(needsCode) => (needsCode ? setAsksCode(true) : enter())} />
      <PasskeyButton onDone={enter} />
    </SignInFrame>
  )
}

/** Goes to where the operator wanted to, with nothing left of whoever was signed in before. */
function useEnter(): () => Promise<void> {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { next } = route.useSearch()
  return async () => {
    queries.clear()
    await navigate({ href: pageAfter(next), replace: true })
  }
}

function PasswordForm({ onDone }: { readonly onDone: (needsCode: boolean) => void }) {
  const { register, handleSubmit, formState } = useForm<{ email: string; password: string }>()
  const signingIn = useMutation({
    mutationFn: (input: { email: string; password: string }) =>
      auth<{ twoFactorRedirect?: boolean }>('POST', '/sign-in/email', input),
    onSuccess: (answer) => onDone(answer.twoFactorRedirect === true),
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => signingIn.mutate(input))} noValidate>
      <Field label="E-mail" error={formState.errors.email?.message}>
        <TextInput
          {...register('email', { required: 'Your e-mail address is needed' })}
          type="email"
          autoComplete="username webauthn"
          autoFocus
        />
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        <TextInput
          {...register('password', { required: 'Your password is needed' })}
          type="password"
          autoComplete="current-password"
        />
      </Field>
      {signingIn.error !== null && <ErrorNotice error={signingIn.error} />}
      <div className="flex items-center justify-between gap-3">
        <Link to="/forgotten" className="text-accent hover:underline">
          Password forgotten
        </Link>
        <Button look="primary" type="submit" busy={signingIn.isPending}>
          Sign in
        </Button>
      </div>
    </form>
  )
}

function PasskeyButton({ onDone }: { readonly onDone: () => void }) {
  const signingIn = useMutation({
    mutationFn: async () => {
      const optionsJSON = await auth<Parameters<typeof startAuthentication>[0]['optionsJSON']>(
        'POST',
        '/passkeys/authentication-options',
        {},
      )
      await auth('POST', '/passkeys/authentication', { response: await startAuthentication({ optionsJSON }) })
    },
    onSuccess: onDone,
  })
  if (!canUsePasskeys()) return null
  return (
    <div className="mt-6 flex flex-col gap-3 border-t border-line pt-6">
      <Button
        icon={<Fingerprint size={15} aria-hidden />}
        busy={signingIn.isPending}
        onClick={() => signingIn.mutate()}
      >
        Sign in with a passkey
      </Button>
      {signingIn.error !== null && <ErrorNotice error={signingIn.error} />}
    </div>
  )
}

function SecondFactor({ onDone, onBack }: { readonly onDone: () => void; readonly onBack: () => void }) {
  const [usesBackup, setUsesBackup] = useState(false)
  const { register, handleSubmit } = useForm<{ code: string }>()
  const verifying = useMutation({
    mutationFn: ({ code }: { code: string }) =>
      auth('POST', usesBackup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp', {
        code: code.replaceAll(' ', ''),
      }),
    onSuccess: onDone,
  })
  return (
    <SignInFrame
      title="One more step"
      about={usesBackup ? 'Use one of your backup codes.' : 'Enter the code that your authenticator shows.'}
    >
      <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => verifying.mutate(input))}>
        <Field label={usesBackup ? 'Backup code' : 'Code'}>
          <TextInput
            {...register('code', { required: true })}
            inputMode={usesBackup ? 'text' : 'numeric'}
            autoComplete="one-time-code"
            className="font-mono"
            autoFocus
          />
        </Field>
        {verifying.error !== null && <ErrorNotice error={verifying.error} />}
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Button look="quiet" onClick={() => setUsesBackup(!usesBackup)}>
            {usesBackup ? 'Use the authenticator' : 'Use a backup code'}
          </Button>
          <div className="flex gap-2">
            <Button onClick={onBack}>Back</Button>
            <Button look="primary" type="submit" busy={verifying.isPending}>
              Go on
            </Button>
          </div>
        </div>
      </form>
    </SignInFrame>
  )
}
