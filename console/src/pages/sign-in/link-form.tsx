import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type UseFormReturn, useForm } from 'react-hook-form'
import { auth } from '../../session/auth.ts'
import { Field, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import type { OneTimeLink } from './link.tsx'

interface Answers {
  readonly organization?: string
  readonly name?: string
  readonly email?: string
  readonly password: string
}

/** Asks what a one-time link needs, and goes on into the console; to the sign-in when a second factor is still to be shown. */
export function LinkForm({ token, link }: { readonly token: string; readonly link: OneTimeLink }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const form = useForm<Answers>()
  const accepting = useMutation({
    mutationFn: (answers: Answers) => auth<{ signedIn: boolean }>('POST', '/accept', { token, ...answers }),
    onSuccess: async ({ signedIn }) => {
      queries.clear()
      // In the place of this page: its address holds the token.
      await navigate({ to: signedIn ? '/' : '/sign-in', replace: true })
    },
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((answers) => accepting.mutate(answers))}
      noValidate
    >
      {link.kind === 'setup' && <SetUpFields form={form} organization={link.organization} />}
      {!link.known && (
        <Field label="Your name" error={form.formState.errors.name?.message}>
          <TextInput {...form.register('name', { required: 'Your name is needed' })} autoComplete="name" />
        </Field>
      )}
      {link.kind === 'invitation' && link.known ? <PresentPassword form={form} /> : <NewPassword form={form} />}
      <FormEnd
        action={link.kind === 'reset' ? 'Set the password' : 'Go on'}
        busy={accepting.isPending}
        error={accepting.error}
      />
    </form>
  )
}

interface FieldsProps {
  readonly form: UseFormReturn<Answers>
}

function SetUpFields({
  form: { register, formState },
  organization,
}: FieldsProps & { readonly organization: string | null }) {
  return (
    <>
      {organization === null && (
        <Field
          label="Organization"
          hint="The company or team whose apps these are"
          error={formState.errors.organization?.message}
        >
          <TextInput
            {...register('organization', { required: 'The organization needs a name' })}
            autoComplete="organization"
          />
        </Field>
      )}
      <Field label="Your e-mail" error={formState.errors.email?.message}>
        <TextInput
          {...register('email', { required: 'Your e-mail address is needed' })}
          type="email"
          autoComplete="username"
        />
      </Field>
    </>
  )
}

function NewPassword({ form: { register, formState } }: FieldsProps) {
  return (
    <Field label="Password" hint="10 characters or more" error={formState.errors.password?.message}>
      <TextInput
        {...register('password', {
          required: 'A password is needed',
          minLength: { value: 10, message: 'It needs 10 characters or more' },
        })}
        type="password"
        autoComplete="new-password"
      />
    </Field>
  )
}

function PresentPassword({ form: { register, formState } }: FieldsProps) {
  return (
    <Field label="Your password" error={formState.errors.password?.message}>
      <TextInput
        {...register('password', { required: 'Your password is needed' })}
        type="password"
        autoComplete="current-password"
      />
    </Field>
  )
}
