import { useForm } from 'react-hook-form'
import type { App } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { Checkbox, Field, Select } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Group, SettingsForm } from './form.tsx'
import { useSaveApp } from './use-save-app.ts'

/** On which networks the app's profiles may have wallets, and where each gets one by itself. */
export function WalletsTab({ app }: { readonly app: App }) {
  const saving = useSaveApp()
  const known = useAppQuery(['networks'], (api, signal) => api.listNetworks({ signal }))
  const { networks, withProfile, defaultEvmNetwork } = app.settings.wallets
  const { register, handleSubmit } = useForm({
    values: { networks: [...networks], withProfile: [...withProfile], defaultEvmNetwork },
  })
  if (known.error !== null) return <ErrorNotice error={known.error} onRetry={() => void known.refetch()} />
  const fitting = (known.data?.data ?? []).filter(({ isTest }) => isTest === (app.mode === 'sandbox'))
  const boxes = (field: 'networks' | 'withProfile') =>
    fitting.map(({ alias, name }) => (
      <Checkbox key={alias} {...register(field)} value={alias} label={alias} hint={name === alias ? undefined : name} />
    ))
  return (
    <SettingsForm
      onSubmit={handleSubmit((wallets) => saving.mutate({ settings: { wallets } }))}
      busy={saving.isPending}
      error={saving.error}
    >
      <Group title="Networks" about="Wallets can be made on these. Wallets that are there keep working.">
        {boxes('networks')}
      </Group>
      <Group
        title="With every profile"
        about="A new profile gets a wallet with a first address on each of these by itself."
      >
        {boxes('withProfile')}
      </Group>
      <Field label="Default EVM network" hint="For clients that can name none.">
        <Select {...register('defaultEvmNetwork')} className="max-w-60">
          {fitting
            .filter(({ family }) => family === 'evm')
            .map(({ alias }) => (
              <option key={alias}>{alias}</option>
            ))}
        </Select>
      </Field>
    </SettingsForm>
  )
}
