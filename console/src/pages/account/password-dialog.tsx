import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'

export interface PasswordDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** What the password is asked for. When it fails the dialog tells why, and asks again. */
  readonly onAnswer: (password: string) => Promise<void>
}

/** Asks for the password before something changes how its operator signs in. */
export function PasswordDialog({ open, onClose, onAnswer }: PasswordDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Your password, please">
      <PasswordQuestion onAnswer={onAnswer} />
    </Dialog>
  )
}

function PasswordQuestion({ onAnswer }: Pick<PasswordDialogProps, 'onAnswer'>) {
  const { register, handleSubmit } = useForm<{ password: string }>()
  const asking = useMutation({ mutationFn: ({ password }: { password: string }) => onAnswer(password) })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => asking.mutate(input))}>
      <Field label="Password">
        <TextInput {...register('password', { required: true })} type="password" autoComplete="current-password" />
      </Field>
      <FormEnd action="Go on" busy={asking.isPending} error={asking.error} />
    </form>
  )
}
