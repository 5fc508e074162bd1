import { X } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { App } from '../../api/client.ts'
import { useMay } from '../../session/operator.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { Panel, Section } from '../../ui/page.tsx'
import { useSaveApp } from './use-save-app.ts'

/** The hosts by which requests without an API key find the app. */
export function HostsTab({ app }: { readonly app: App }) {
  const mayManage = useMay('organization:manage')
  const saving = useSaveApp()
  const [removed, setRemoved] = useState<string>()
  return (
    <Section
      title="Hosts"
      about="People’s own clients bring no API key: the host that they ask leads them to an app. Loopback and the host of FACET_PUBLIC_URL lead to the default app."
      className="max-w-2xl"
    >
      <Panel className="mb-4">
        {app.hosts.length === 0 ? (
          <Empty title="No host leads here yet" />
        ) : (
          <ul className="divide-y divide-line">
            {app.hosts.map((host) => (
              <li key={host} className="flex min-h-10 items-center justify-between gap-3 px-4">
                <code className="min-w-0 truncate">{host}</code>
                {mayManage && (
                  <IconButton label={`Remove ${host}`} onClick={() => setRemoved(host)}>
                    <X size={15} aria-hidden />
                  </IconButton>
                )}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {mayManage && <AddHost app={app} />}
      <ConfirmDialog
        open={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove ${removed}`}
        word={removed ?? ''}
        action="Remove the host"
        onConfirm={() => saving.mutateAsync({ hosts: app.hosts.filter((host) => host !== removed) })}
      >
        Requests to it without an API key find no app any more and get 404. You can add it again.
      </ConfirmDialog>
    </Section>
  )
}

function AddHost({ app }: { readonly app: App }) {
  const saving = useSaveApp()
  const { register, handleSubmit, reset, formState } = useForm<{ host: string }>()
  const add = ({ host }: { host: string }) =>
    saving.mutate({ hosts: [...app.hosts, host.trim()] }, { onSuccess: () => reset() })
  return (
    <form className="flex flex-col gap-3" onSubmit={handleSubmit(add)} noValidate>
      <Field label="Host" error={formState.errors.host?.message}>
        <div className="flex gap-2">
          <TextInput
            {...register('host', { required: 'A host is needed' })}
            placeholder="shop.example.com"
            autoComplete="off"
            spellCheck={false}
          />
          <Button type="submit" busy={saving.isPending}>
            Add the host
          </Button>
        </div>
      </Field>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </form>
  )
}
