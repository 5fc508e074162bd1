import { ProblemError } from '@facet/sdk/errors'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { auth } from '../../session/auth.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { SignInFrame } from './frame.tsx'

/** Asks for a mail with a way to a new password. It tells nobody whether there is such an operator. */
export function ForgottenPage() {
  const { register, handleSubmit, getValues, formState } = useForm<{ email: string }>()
  const asking = useMutation({
    mutationFn: (input: { email: string }) => auth('POST', '/request-password-reset', input),
  })
  if (asking.isSuccess) return <Mailed />
  if (asking.error instanceof ProblemError && asking.error.code === 'mail_unavailable') {
    return <NoMail email={getValues('email')} />
  }
  return (
    <SignInFrame title="Password forgotten" about="A link to set a new one comes by mail.">
      <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => asking.mutate(input))} noValidate>
        <Field label="E-mail" error={formState.errors.email?.message}>
          <TextInput
            {...register('email', { required: 'Your e-mail address is needed' })}
            type="email"
            autoComplete="username"
          />
        </Field>
        {asking.error !== null && <ErrorNotice error={asking.error} />}
        <div className="flex justify-between gap-2">
          <Link to="/sign-in" className={buttonClass()}>
            Back
          </Link>
          <Button look="primary" type="submit" busy={asking.isPending}>
            Send the link
          </Button>
        </div>
      </form>
    </SignInFrame>
  )
}

function Mailed() {
  return (
    <SignInFrame
      title="Look at your mail"
      about="If there is an operator of this address, a link is on its way. It holds for an hour."
    >
      <Link to="/sign-in" className={buttonClass()}>
        Back
      </Link>
    </SignInFrame>
  )
}

function NoMail({ email }: { readonly email: string }) {
  return (
    <SignInFrame
      title="This installation sends no mail"
      about="Whoever runs it makes you a link that sets a new password, by a command on its machine:"
    >
      <Code text={`npx facet operators reset ${email}`} what="the command" wrap />
      <Link to="/sign-in" className={buttonClass('plain', 'mt-6')}>
        Back
      </Link>
    </SignInFrame>
  )
}
