import { useMutation } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useApi, type WebhookEndpoint } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { say } from '../../ui/toast.tsx'
import { EditEndpoint } from './endpoint-form.tsx'
import { Recover } from './recover.tsx'
import { RotateSecret } from './rotate-secret.tsx'
import { SendTest } from './send-test.tsx'

const route = getRouteApi('/$app/webhooks/$endpoint')

/** What can be done with an endpoint. Which of it is being asked about stands in the address. */
export function EndpointActions({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const may = useMay('webhooks:manage')
  const { sheet } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/webhooks/$endpoint' })
  if (!may) return null
  const open = (next: string | undefined) =>
    void navigate({ search: (now) => ({ ...now, sheet: next }), resetScroll: false })
  const close = () => open(undefined)
  return (
    <>
      <SendTest endpoint={endpoint} />
      <PauseOrResume endpoint={endpoint} />
      <Button onClick={() => open('edit')}>Change</Button>
      <Menu
        label="More to do"
        trigger={(props) => (
          <IconButton {...props} label="More to do" look="plain">
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        )}
      >
        <MenuItem onClick={() => open('rotate')}>Rotate the secret</MenuItem>
        <MenuItem onClick={() => open('recover')}>Recover what was given up</MenuItem>
        <MenuLine />
        <MenuItem danger onClick={() => open('delete')}>
          Delete
        </MenuItem>
      </Menu>
      {sheet === 'edit' && <EditEndpoint endpoint={endpoint} onClose={close} />}
      {sheet === 'rotate' && <RotateSecret endpoint={endpoint} onClose={close} />}
      {sheet === 'recover' && <Recover endpoint={endpoint} onClose={close} />}
      <DeleteEndpoint endpoint={endpoint} open={sheet === 'delete'} onClose={close} />
    </>
  )
}

function PauseOrResume({ endpoint: { id, state } }: { readonly endpoint: WebhookEndpoint }) {
  const api = useApi()
  const changed = useChanged()
  const next = state === 'active' ? 'paused' : 'active'
  const setting = useMutation({
    mutationFn: () => api.changeWebhookEndpoint({ params: { id }, body: { state: next } }),
    onSuccess: async () => {
      await changed('webhook-endpoints')
      say(next === 'paused' ? 'The endpoint is paused' : 'The endpoint is active')
    },
  })
  return (
    <>
      <Button onClick={() => setting.mutate()} busy={setting.isPending}>
        {next === 'paused' ? 'Pause' : 'Resume'}
      </Button>
      {setting.error !== null && <ErrorNotice error={setting.error} />}
    </>
  )
}

function DeleteEndpoint({
  endpoint,
  open,
  onClose,
}: {
  readonly endpoint: WebhookEndpoint
  readonly open: boolean
  readonly onClose: () => void
}) {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const navigate = useNavigate()
  const remove = async () => {
    await api.deleteWebhookEndpoint({ params: { id: endpoint.id } })
    await navigate({ to: '/$app/webhooks', params: { app: app.id } })
    await changed('webhook-endpoints')
    say('The endpoint is deleted')
  }
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Delete the endpoint?"
      word={new URL(endpoint.url).host}
      action="Delete the endpoint"
      onConfirm={remove}
    >
      <p>
        Nothing more is sent to <code className="break-all text-[0.92em]">{endpoint.url}</code>. Its secrets and the log
        of its deliveries go with it, and so does what is still to be sent. This cannot be undone; pause it if you are
        not sure.
      </p>
    </ConfirmDialog>
  )
}
