import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi, type WebhookEndpoint } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { exactTime } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'

/** Asks from when on deliveries that were given up are to be tried anew. */
export function Recover({
  endpoint: { id, failingSince, state },
  onClose,
}: {
  readonly endpoint: WebhookEndpoint
  readonly onClose: () => void
}) {
  const api = useApi()
  const changed = useChanged()
  const [choice, setChoice] = useState(failingSince === null ? '24' : 'failing')
  const [time, setTime] = useState('')
  const recovering = useMutation({
    mutationFn: async () => (await api.recoverWebhookDeliveries({ params: { id }, body: { since: sinceOf() } })).body,
    onSuccess: async ({ since }) => {
      await changed('webhook-deliveries')
      onClose()
      say(`What was given up since ${exactTime(new Date(since))} is sent anew`)
    },
  })

  function sinceOf(): string {
    if (choice === 'failing' && failingSince !== null) return failingSince
    if (choice === 'time') return new Date(time).toISOString()
    return new Date(Date.now() - Number(choice) * 3_600_000).toISOString()
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title="Recover what was given up"
      about="Every delivery that was begun since then and given up is tried anew, with the whole schedule."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          recovering.mutate()
        }}
      >
        <Field label="Since">
          <Select value={choice} onChange={({ target }) => setChoice(target.value)}>
            {failingSince !== null && <option value="failing">It began to fail</option>}
            <option value="1">An hour ago</option>
            <option value="24">A day ago</option>
            <option value="168">7 days ago</option>
            <option value="time">A time</option>
          </Select>
        </Field>
        {choice === 'time' && (
          <Field label="Time" hint="In your own time zone.">
            <TextInput type="datetime-local" required value={time} onChange={({ target }) => setTime(target.value)} />
          </Field>
        )}
        {state !== 'active' && <p className="text-muted">It is done when the endpoint is active again.</p>}
        <FormEnd action="Recover" busy={recovering.isPending} error={recovering.error} onCancel={onClose} />
      </form>
    </Dialog>
  )
}
