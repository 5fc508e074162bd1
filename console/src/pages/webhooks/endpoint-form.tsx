import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type IssuedWebhookEndpoint, useApi, type WebhookEndpoint } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { SecretDialog } from '../../ui/secret.tsx'
import { say } from '../../ui/toast.tsx'
import { type EndpointAnswers, EndpointFields } from './endpoint-fields.tsx'

function bodyOf({ url, types, description, excludeActor, signature }: EndpointAnswers) {
  return {
    url: url.trim(),
    types,
    description: description.trim() || null,
    excludeActor: excludeActor || null,
    signature,
  }
}

/** Asks for a new endpoint, shows its secret, then goes to its page. */
export function CreateEndpoint({ onClose }: { readonly onClose: () => void }) {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const navigate = useNavigate()
  const [made, setMade] = useState<IssuedWebhookEndpoint>()
  const making = useMutation({
    mutationFn: async (answers: EndpointAnswers) => (await api.createWebhookEndpoint({ body: bodyOf(answers) })).body,
    onSuccess: (endpoint) => {
      setMade(endpoint)
      void changed('webhook-endpoints')
    },
  })
  if (made !== undefined) {
    // In the place of the sheet: the way back leads to the list.
    const goOn = () =>
      void navigate({ to: '/$app/webhooks/$endpoint', params: { app: app.id, endpoint: made.id }, replace: true })
    return <EndpointSecret endpoint={made} title="The endpoint is added" onKept={goOn} />
  }
  return (
    <Dialog
      open
      onClose={onClose}
      place="side"
      sticky
      title="Add an endpoint"
      about="It is told of what happens from now on. Your program answers with any 2xx within 15 seconds."
    >
      <EndpointFields
        initial={{ url: '', types: ['*'], description: '', excludeActor: '', signature: 'standard' }}
        action="Add the endpoint"
        busy={making.isPending}
        error={making.error}
        onSubmit={(answers) => making.mutate(answers)}
        onCancel={onClose}
      />
    </Dialog>
  )
}

/** Asks for what an endpoint is to be from now on. */
export function EditEndpoint({
  endpoint,
  onClose,
}: {
  readonly endpoint: WebhookEndpoint
  readonly onClose: () => void
}) {
  const api = useApi()
  const changed = useChanged()
  const { url, types, description, excludeActor, signature } = endpoint
  const changing = useMutation({
    mutationFn: (answers: EndpointAnswers) =>
      api.changeWebhookEndpoint({ params: { id: endpoint.id }, body: bodyOf(answers) }),
    onSuccess: async () => {
      await changed('webhook-endpoints')
      onClose()
      say('The endpoint is changed')
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      place="side"
      sticky
      title="Change the endpoint"
      about="What is still to be sent goes to the new URL, in the new form."
    >
      <EndpointFields
        initial={{
          url,
          types: [...types],
          description: description ?? '',
          excludeActor: excludeActor ?? '',
          signature,
        }}
        action="Save"
        busy={changing.isPending}
        error={changing.error}
        onSubmit={(answers) => changing.mutate(answers)}
        onCancel={onClose}
      />
    </Dialog>
  )
}

/** The secret that an endpoint's posts are signed with from now on. */
export function EndpointSecret({
  endpoint,
  title,
  onKept,
}: {
  readonly endpoint: IssuedWebhookEndpoint
  readonly title: string
  readonly onKept: () => void
}) {
  const { keyId } = endpoint
  return (
    <SecretDialog
      title={title}
      about="Give your program this secret: it tells what Facet sent from what others did. It is shown now and never again."
      secret={endpoint.secret}
      onKept={onKept}
    >
      <p className="text-small text-muted">
        It is known as <code>{keyId}</code>.
      </p>
    </SecretDialog>
  )
}
