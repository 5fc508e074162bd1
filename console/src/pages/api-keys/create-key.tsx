import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { type IssuedApiKey, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { type Scope, useApp } from '../../session/operator.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { KeySecret } from './key-secret.tsx'
import { grantable, scopeWords } from './scopes.ts'

interface Answers {
  readonly name: string
  readonly scopes: Scope[]
  readonly expiry: 'never' | '30' | '90' | 'date'
  readonly date: string
}

const dayMs = 86_400_000

/** When a key ends by the answers: at the end of the chosen day in the viewer's zone, or that many days from now. */
function expiryOf({ expiry, date }: Answers): string | null {
  if (expiry === 'never') return null
  if (expiry === 'date') return new Date(`${date}T23:59:59.999`).toISOString()
  return new Date(Date.now() + Number(expiry) * dayMs).toISOString()
}

/** The day after today in the viewer's zone, as a date field writes it. */
function tomorrow(): string {
  const day = new Date(Date.now() + dayMs)
  const [month, date] = [day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${day.getFullYear()}-${month}-${date}`
}

/** Asks for a new key, then shows its secret. */
export function CreateKey({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<IssuedApiKey>()
  if (made !== undefined) {
    return <KeySecret apiKey={made} title="The key is made" onKept={onClose} />
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Create a key"
      place="side"
      sticky
      about="Give it no more than its program needs."
    >
      <CreateForm onMade={setMade} onCancel={onClose} />
    </Dialog>
  )
}

function CreateForm({
  onMade,
  onCancel,
}: {
  readonly onMade: (apiKey: IssuedApiKey) => void
  readonly onCancel: () => void
}) {
  const api = useApi()
  const changed = useChanged()
  const { organization } = useApp()
  const scopes = grantable(organization.scopes)
  const { register, handleSubmit, watch, formState } = useForm<Answers>({
    defaultValues: { name: '', scopes: ['profiles:read', 'profiles:write'], expiry: 'never', date: '' },
  })
  const making = useMutation({
    mutationFn: async (answers: Answers) => {
      const { name, scopes: chosen } = answers
      return (await api.createApiKey({ body: { name: name.trim(), scopes: chosen, expiresAt: expiryOf(answers) } }))
        .body
    },
    onSuccess: (apiKey) => {
      onMade(apiKey)
      void changed('api-keys')
    },
  })
  const { errors } = formState
  return (
    <form className="flex flex-col gap-5" onSubmit={handleSubmit((answers) => making.mutate(answers))} noValidate>
      <Field label="Name" hint="For people: what uses the key, as “Backend, production”." error={errors.name?.message}>
        <TextInput
          {...register('name', { validate: (name) => name.trim() !== '' || 'A key needs a name' })}
          autoComplete="off"
          dir="auto"
          maxLength={255}
        />
      </Field>
      <fieldset className="flex flex-col gap-2.5" aria-describedby={errors.scopes && 'scopes-error'}>
        <legend className="mb-2 font-medium">What it may do</legend>
        {scopes.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={<code className="text-[0.92em]">{scope}</code>}
            hint={scopeWords[scope]}
            {...register('scopes', { validate: (chosen) => chosen.length > 0 || 'Choose at least one scope' })}
          />
        ))}
        {errors.scopes && (
          <p id="scopes-error" role="alert" className="text-small text-bad">
            {errors.scopes.message}
          </p>
        )}
      </fieldset>
      <div className="flex flex-wrap gap-3">
        <Field label="Expires" className="flex-1">
          <Select {...register('expiry')}>
            <option value="never">Never</option>
            <option value="30">In 30 days</option>
            <option value="90">In 90 days</option>
            <option value="date">On a date</option>
          </Select>
        </Field>
        {watch('expiry') === 'date' && (
          <Field label="Last day" className="flex-1" error={errors.date?.message}>
            <TextInput
              type="date"
              min={tomorrow()}
              {...register('date', {
                required: 'Choose a day',
                min: { value: tomorrow(), message: 'Choose a day to come' },
              })}
            />
          </Field>
        )}
      </div>
      <FormEnd action="Create the key" busy={making.isPending} error={making.error} onCancel={onCancel} />
    </form>
  )
}
