import { useForm } from 'react-hook-form'
import type { WebhookSignature } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { TypePicker } from '../../ui/type-picker.tsx'

export interface EndpointAnswers {
  readonly url: string
  readonly types: string[]
  readonly description: string
  /** The id of an actor, or nothing. */
  readonly excludeActor: string
  readonly signature: WebhookSignature
}

/** The questions about an endpoint. They keep what was typed when the server refuses it. */
export function EndpointFields({
  initial,
  action,
  busy,
  error,
  onSubmit,
  onCancel,
}: {
  readonly initial: EndpointAnswers
  readonly action: string
  readonly busy: boolean
  readonly error: unknown
  readonly onSubmit: (answers: EndpointAnswers) => void
  readonly onCancel: () => void
}) {
  const { app } = useApp()
  const catalogue = useAppQuery(['event-types'], (api, signal) => api.listEventTypes({ signal }))
  const { register, handleSubmit, watch, setValue, formState } = useForm<EndpointAnswers>({ defaultValues: initial })
  const { errors, isSubmitted } = formState
  register('types', { validate: (types) => types.length > 0 || 'Choose at least one type' })
  return (
    <form className="flex flex-col gap-5" onSubmit={handleSubmit(onSubmit)} noValidate>
      <Field
        label="URL"
        hint={app.mode === 'live' ? 'Begins with https:// and is public.' : 'Public, by https:// or http://.'}
        error={errors.url?.message}
      >
        <TextInput
          type="url"
          inputMode="url"
          placeholder="https://hooks.example.com/facet"
          autoComplete="off"
          spellCheck={false}
          {...register('url', { validate: (url) => URL.canParse(url.trim()) || 'That is no URL' })}
        />
      </Field>
      <Field label="Description" hint="For people; may be left empty.">
        <TextInput {...register('description')} autoComplete="off" dir="auto" maxLength={255} />
      </Field>
      <fieldset>
        <legend className="mb-2 font-medium">What it is told of</legend>
        {catalogue.data === undefined ? (
          <div className="skeleton h-96" />
        ) : (
          <TypePicker
            catalogue={catalogue.data.data}
            value={watch('types')}
            onChange={(types) => setValue('types', types, { shouldDirty: true, shouldValidate: isSubmitted })}
          />
        )}
        {errors.types && (
          <p role="alert" className="mt-1 text-small text-bad">
            {errors.types.message}
          </p>
        )}
      </fieldset>
      <Field label="Signature" hint="How to verify each stands under “How to verify”.">
        <Select {...register('signature')}>
          <option value="standard">Standard Webhooks 1.0</option>
          <option value="original">Original: four headers with a correlation id</option>
        </Select>
      </Field>
      <ActorField
        initial={initial.excludeActor}
        value={watch('excludeActor')}
        onChange={(id) => setValue('excludeActor', id)}
      />
      <FormEnd inSight action={action} busy={busy} error={error} onCancel={onCancel} />
    </form>
  )
}

/** Whose own changes are left out: a key of the app, or whoever was named by a call. */
function ActorField({
  initial,
  value,
  onChange,
}: {
  readonly initial: string
  readonly value: string
  readonly onChange: (id: string) => void
}) {
  const may = useMay('keys:manage')
  const keys = useAppQuery(['api-keys'], (api, signal) => api.listApiKeys({ signal }), { enabled: may })
  const known = keys.data?.data.filter(({ id, revokedAt }) => revokedAt === null || id === initial) ?? []
  return (
    <Field
      label="Leave out the changes of"
      hint="The key that your receiver itself uses: then it hears no echo of what it did."
    >
      <Select value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">Nobody</option>
        {initial !== '' && !known.some(({ id }) => id === initial) && <option value={initial}>{initial}</option>}
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  )
}
