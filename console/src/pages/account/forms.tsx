import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { auth } from '../../session/auth.ts'
import { operatorQuery, useOperator } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { say } from '../../ui/toast.tsx'
import { sessionsKey } from './sessions.tsx'

export function NameForm() {
  const { name } = useOperator()
  const queries = useQueryClient()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name } })
  const saving = useMutation({
    mutationFn: (input: { name: string }) => auth('POST', '/update-user', input),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: operatorQuery.queryKey })
      say('Name saved')
    },
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => saving.mutate(input))} noValidate>
      <Field label="Your name" error={formState.errors.name?.message}>
        <TextInput {...register('name', { required: 'A name is needed' })} autoComplete="name" dir="auto" />
      </Field>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
      <div>
        <Button type="submit" busy={saving.isPending}>
          Save the name
        </Button>
      </div>
    </form>
  )
}

interface Passwords {
  readonly currentPassword: string
  readonly newPassword: string
}

export function PasswordForm() {
  const queries = useQueryClient()
  const { register, handleSubmit, formState, reset } = useForm<Passwords>()
  const { errors } = formState
  const changing = useMutation({
    mutationFn: (input: Passwords) => auth('POST', '/change-password', input),
    onSuccess: async () => {
      reset()
      await queries.invalidateQueries({ queryKey: sessionsKey })
      say('Password changed')
    },
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => changing.mutate(input))} noValidate>
      <Field label="Present password" error={errors.currentPassword?.message}>
        <TextInput
          {...register('currentPassword', { required: 'The present password is needed' })}
          type="password"
          autoComplete="current-password"
        />
      </Field>
      <Field label="New password" hint="10 characters or more" error={errors.newPassword?.message}>
        <TextInput
          {...register('newPassword', {
            required: 'A new password is needed',
            minLength: { value: 10, message: 'It needs 10 characters or more' },
          })}
          type="password"
          autoComplete="new-password"
        />
      </Field>
      {changing.error !== null && <ErrorNotice error={changing.error} />}
      <div>
        <Button type="submit" busy={changing.isPending}>
          Change the password
        </Button>
      </div>
    </form>
  )
}
