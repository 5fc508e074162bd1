import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { type ProfileBody, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { say } from '../../ui/toast.tsx'
import { changesBetween, type FormValues, toForm } from './fields.ts'
import { nameOf } from './names.ts'
import { ProfileForm, showFieldErrors } from './profile-form.tsx'

const blank = toForm(undefined)

/** Asks for a new profile, and leads to it. */
export function NewUser({ onClose }: { readonly onClose: () => void }) {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const navigate = useNavigate()
  const form = useForm<FormValues>({ defaultValues: blank })
  const making = useMutation({
    mutationFn: async (body: ProfileBody) => (await api.createProfile({ body })).body,
    onError: (error) => showFieldErrors(form, error),
    onSuccess: async (profile) => {
      await changed('profiles')
      say(`${nameOf(profile)} was made`)
      await navigate({ to: '/$app/users/$profile', params: { app: app.id, profile: profile.id } })
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title="New user"
      about="Nothing is required. Identifiers are unique in the app."
      place="side"
      sticky
    >
      <ProfileForm
        form={form}
        error={making.error}
        busy={making.isPending}
        action="Make the user"
        onCancel={onClose}
        onSubmit={(input) => making.mutate(changesBetween(blank, input))}
      />
    </Dialog>
  )
}
