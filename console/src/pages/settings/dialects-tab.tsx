import { useForm } from 'react-hook-form'
import type { App } from '../../api/client.ts'
import { DialectName } from '../../ui/dialect.tsx'
import { Checkbox, Field, TextInput } from '../../ui/field.tsx'
import { Group, SettingsForm } from './form.tsx'
import { useSaveApp } from './use-save-app.ts'

const number = {
  valueAsNumber: true,
  validate: (count: number) => (Number.isInteger(count) && count > 0) || 'A whole number from 1 on',
}

/** What people may do by themselves, and how much may be asked in a time, in those dialects that go by it. */
export function DialectsTab({ app }: { readonly app: App }) {
  const saving = useSaveApp()
  const { selfService, limits } = app.settings
  const { register, handleSubmit, formState } = useForm({ values: { selfService, limits } })
  const { errors } = formState
  return (
    <SettingsForm
      onSubmit={handleSubmit((settings) => saving.mutate({ settings }))}
      busy={saving.isPending}
      error={saving.error}
    >
      <Group title="People themselves" about="In dialects that know people and not only API keys.">
        <div className="flex gap-4 text-table">
          <DialectName id="ona" />
          <DialectName id="epixel" />
        </div>
        <Checkbox
          {...register('selfService.enabled')}
          label="People use profiles with credentials of their own"
          hint="Off: nobody signs in, and these dialects refuse everybody."
        />
        <Checkbox {...register('selfService.registration')} label="Anybody may register" />
        <Checkbox
          {...register('selfService.strict')}
          label="Strict mode"
          hint="People must sign in to read profiles."
        />
        <Field
          label="Changes a day"
          error={errors.selfService?.changesPerDay?.message}
          hint="How often a person may change their own profile within a day of the first change."
        >
          <TextInput {...register('selfService.changesPerDay', number)} type="number" min={1} className="max-w-40" />
        </Field>
      </Group>
      <Group
        title="Limits"
        about="Of all requests to the app, in dialects that count them. The native API goes by the key."
      >
        <div className="flex gap-4 text-table">
          <DialectName id="ocamba" />
        </div>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="In a second" error={errors.limits?.perSecond?.message}>
            <TextInput {...register('limits.perSecond', number)} type="number" min={1} />
          </Field>
          <Field label="In a minute" error={errors.limits?.perMinute?.message}>
            <TextInput {...register('limits.perMinute', number)} type="number" min={1} />
          </Field>
          <Field label="At the same time" error={errors.limits?.parallel?.message}>
            <TextInput {...register('limits.parallel', number)} type="number" min={1} />
          </Field>
        </div>
      </Group>
    </SettingsForm>
  )
}
