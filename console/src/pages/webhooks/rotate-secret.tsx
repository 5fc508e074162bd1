import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi, type WebhookEndpoint } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { EndpointSecret } from './endpoint-form.tsx'

const abouts = {
  standard: 'Meanwhile each post has a signature of both, and either verifies it.',
  original: 'Meanwhile each post is signed with the old secret, then with the new one: hold both under their names.',
}

/** Gives an endpoint a new secret, then shows it. */
export function RotateSecret({
  endpoint,
  onClose,
}: {
  readonly endpoint: WebhookEndpoint
  readonly onClose: () => void
}) {
  const api = useApi()
  const changed = useChanged()
  const [hours, setHours] = useState(24)
  const rotating = useMutation({
    mutationFn: async () =>
      (await api.rotateWebhookSecret({ params: { id: endpoint.id }, body: { overlapHours: hours } })).body,
    onSuccess: () => void changed('webhook-endpoints'),
  })
  if (rotating.data !== undefined) {
    return <EndpointSecret endpoint={rotating.data} title="The new secret" onKept={onClose} />
  }
  return (
    <Dialog open onClose={onClose} title="Rotate the secret" about="The old one signs beside the new one for a while.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          rotating.mutate()
        }}
      >
        <Field label="How long the old secret signs too" hint={hours === 0 ? undefined : abouts[endpoint.signature]}>
          <Select value={hours} onChange={({ target }) => setHours(Number(target.value))}>
            <option value={0}>Not at all: it has leaked</option>
            <option value={1}>1 hour</option>
            <option value={24}>1 day</option>
            <option value={168}>7 days</option>
          </Select>
        </Field>
        {endpoint.secrets.length > 1 && (
          <p className="text-muted">Two secrets sign now. The older of them ends at once.</p>
        )}
        <FormEnd action="Rotate the secret" busy={rotating.isPending} error={rotating.error} onCancel={onClose} />
      </form>
    </Dialog>
  )
}
