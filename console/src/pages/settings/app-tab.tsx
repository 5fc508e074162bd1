import { useForm } from 'react-hook-form'
import type { App } from '../../api/client.ts'
import { Badge } from '../../ui/badge.tsx'
import { Code } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { SettingsForm } from './form.tsx'
import { useSaveApp } from './use-save-app.ts'

/** The app's name, and what never changes of it. */
export function AppTab({ app }: { readonly app: App }) {
  const saving = useSaveApp()
  const { register, handleSubmit, formState } = useForm({ values: { name: app.name } })
  return (
    <div className="flex flex-col gap-8">
      <SettingsForm
        onSubmit={handleSubmit(({ name }) => saving.mutate({ name }))}
        busy={saving.isPending}
        error={saving.error}
      >
        <Field label="Name" error={formState.errors.name?.message}>
          <TextInput {...register('name', { required: 'An app needs a name' })} dir="auto" />
        </Field>
      </SettingsForm>
      <Panel className="max-w-2xl px-4 py-2">
        <Facts>
          <Fact name="Id">
            <Copyable text={app.id} what="the app's id" />
          </Fact>
          <Fact name="Number">
            <Copyable text={String(app.number)} what="the app's number" />
          </Fact>
          <Fact name="Organization">
            <Copyable text={app.organizationId} what="the organization's id" />
          </Fact>
          <Fact name="Mode">
            <Badge tone={app.mode === 'live' ? 'accent' : 'plain'}>{app.mode}</Badge>
          </Fact>
          <Fact name="Made">
            <Time at={app.createdAt} />
          </Fact>
        </Facts>
      </Panel>
      <div className="max-w-2xl">
        <p className="mb-2 text-muted">
          The 24 words that all wallets of this app come from are shown on the machine alone:
        </p>
        <Code text={`npx facet custody export --app ${app.id}`} what="the command" />
      </div>
    </div>
  )
}
