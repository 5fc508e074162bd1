import { ProblemError } from '@facet/sdk/errors'
import type { ReactNode } from 'react'
import { type FieldPath, type UseFormReturn, useWatch } from 'react-hook-form'
import { useAppQuery } from '../../api/queries.ts'
import { Checkbox, Field, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { type FormValues, readAttributes, type TextName, textGroups, words } from './fields.ts'
import { profileTypes } from './filters.tsx'
import { CountryOptions } from './places.tsx'

type Form = UseFormReturn<FormValues>

/** Everything that can be written of a profile. What was typed stays when a request fails. */
export function ProfileForm({
  form,
  error,
  busy,
  action,
  onSubmit,
  onCancel,
  children,
}: {
  readonly form: Form
  /** Why the last request failed. */
  readonly error: unknown
  readonly busy: boolean
  /** The verb on the button. */
  readonly action: string
  readonly onSubmit: (input: FormValues) => void
  readonly onCancel: () => void
  /** What is to be known beside the error. */
  readonly children?: ReactNode
}) {
  return (
    <form className="flex flex-1 flex-col gap-6" onSubmit={form.handleSubmit(onSubmit)} noValidate>
      {textGroups.map(({ title, names }) => (
        <Group key={title} title={title}>
          {title === 'Person' && <TypeField form={form} />}
          {names.map((name) => (
            <TextField key={name} form={form} name={name} />
          ))}
        </Group>
      ))}
      <More form={form} />
      <FormEnd inSight action={action} busy={busy} error={error} onCancel={onCancel}>
        {children}
      </FormEnd>
    </form>
  )
}

/** Puts what the API says of single fields at those fields, and goes to the first. */
export function showFieldErrors(form: Form, error: unknown): void {
  if (!(error instanceof ProblemError)) return
  const known = form.getValues()
  for (const [index, { path, detail }] of error.errors.entries()) {
    const name = path.split('/')[1] ?? ''
    if (!Object.hasOwn(known, name)) continue
    form.setError(name as FieldPath<FormValues>, { message: `This ${detail}` }, { shouldFocus: index === 0 })
  }
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-2 text-small font-medium text-muted">{title}</legend>
      <div className="grid items-start gap-x-4 gap-y-3 sm:grid-cols-2">{children}</div>
    </fieldset>
  )
}

function TextField({ form, name }: { readonly form: Form; readonly name: TextName }) {
  const { title, hint } = words[name]
  const control = { ...form.register(name), dir: 'auto', autoComplete: 'off', spellCheck: false }
  return (
    <Field label={title} hint={hint} error={form.formState.errors[name]?.message}>
      {name === 'country' ? (
        <Select {...form.register(name)}>
          <CountryOptions none="–" />
        </Select>
      ) : (
        <TextInput
          {...control}
          {...(name === 'email' && { type: 'email' })}
          {...(name === 'phone' && { type: 'tel' })}
        />
      )}
    </Field>
  )
}

function TypeField({ form }: { readonly form: Form }) {
  return (
    <Field label="Type" error={form.formState.errors.type?.message}>
      <Select {...form.register('type')}>
        {profileTypes.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </Select>
    </Field>
  )
}

function More({ form }: { readonly form: Form }) {
  const { errors } = form.formState
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-small font-medium text-muted">More</legend>
      <Field label={words.comment.title} error={errors.comment?.message}>
        <TextArea {...form.register('comment')} rows={2} dir="auto" />
      </Field>
      <Field label="Attributes" hint="A JSON object of your own" error={errors.attributes?.message}>
        <TextArea
          {...form.register('attributes', { validate: (text) => isAttributes(text) || 'This is not a JSON object' })}
          rows={4}
          spellCheck={false}
          placeholder="{}"
          className="font-mono text-small"
        />
      </Field>
      <ListsField form={form} />
      <Checkbox
        {...form.register('requireAuth')}
        label="Shown only to those who sign in"
        hint="In the dialects in which people see one another (requireAuth)"
      />
    </fieldset>
  )
}

function isAttributes(text: string): boolean {
  try {
    readAttributes(text)
    return true
  } catch {
    return false
  }
}

function ListsField({ form }: { readonly form: Form }) {
  const lists = useAppQuery(['profile-lists'], (api, signal) => api.listProfileLists({ signal }))
  const chosen = useWatch({ control: form.control, name: 'listIds' })
  if (lists.data === undefined || lists.data.data.length === 0) return null
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Lists</legend>
      {lists.data.data.map(({ id, name }) => (
        <Checkbox
          key={id}
          label={<span dir="auto">{name}</span>}
          checked={chosen.includes(id)}
          onChange={({ target }) =>
            form.setValue('listIds', target.checked ? [...chosen, id] : chosen.filter((each) => each !== id), {
              shouldDirty: true,
            })
          }
        />
      ))}
    </fieldset>
  )
}
