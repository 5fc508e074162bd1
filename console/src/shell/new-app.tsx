import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { operatorApi } from '../api/client.ts'
import { operatorQuery, useApp } from '../session/operator.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Select, TextInput } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'

/** Asks for a new app of the organization that is open. */
export function NewApp({ onClose }: { readonly onClose: () => void }) {
  const { organization } = useApp()
  return (
    <Dialog
      open
      onClose={onClose}
      title="New app"
      about="An app holds profiles, keys and settings of its own. Nothing crosses from one app to another."
    >
      <NewAppForm organizationId={organization.id} onMade={onClose} />
    </Dialog>
  )
}

export function NewAppForm({
  organizationId,
  onMade,
}: {
  readonly organizationId: string
  readonly onMade: () => void
}) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { register, handleSubmit, formState } = useForm<{ name: string; mode: 'sandbox' | 'live' }>({
    defaultValues: { name: '', mode: 'sandbox' },
  })
  const making = useMutation({
    mutationFn: async (input: { name: string; mode: 'sandbox' | 'live' }) =>
      (await operatorApi.createAppAsOperator({ body: { organizationId, ...input } })).body,
    onSuccess: async (app) => {
      await queries.invalidateQueries({ queryKey: operatorQuery.queryKey })
      onMade()
      await navigate({ to: '/$app', params: { app: app.id } })
    },
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => making.mutate(input))}>
      <Field label="Name" error={formState.errors.name?.message}>
        <TextInput {...register('name', { required: 'An app needs a name' })} autoComplete="off" />
      </Field>
      <Field label="Mode" hint="A sandbox app is for trying: test networks, and mails that stay in an outbox.">
        <Select {...register('mode')}>
          <option value="sandbox">Sandbox</option>
          <option value="live">Live</option>
        </Select>
      </Field>
      <FormEnd action="Make the app" busy={making.isPending} error={making.error} />
    </form>
  )
}
