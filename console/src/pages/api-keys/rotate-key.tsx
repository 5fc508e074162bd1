import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { Notice } from '../../ui/notice.tsx'
import { KeySecret } from './key-secret.tsx'
import { lacking } from './scopes.ts'

const overlaps = [
  { seconds: 0, words: 'Not at all: it ends at once', kept: 'The old key has ended.' },
  { seconds: 3_600, words: '1 hour', kept: 'The old key goes on for an hour.' },
  { seconds: 86_400, words: '1 day', kept: 'The old key goes on for a day.' },
  { seconds: 604_800, words: '7 days', kept: 'The old key goes on for 7 days.' },
] as const

/** Puts a new key in the place of another, then shows its secret. */
export function RotateKey({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }) {
  const api = useApi()
  const changed = useChanged()
  const { organization } = useApp()
  const [seconds, setSeconds] = useState(86_400)
  const missing = lacking(apiKey.scopes, organization.scopes)
  const rotating = useMutation({
    mutationFn: async () =>
      (await api.rotateApiKey({ params: { id: apiKey.id }, body: { overlapSeconds: seconds } })).body,
    onSuccess: () => void changed('api-keys'),
  })
  if (rotating.data !== undefined) {
    return (
      <KeySecret apiKey={rotating.data} title="The new key is made" onKept={onClose}>
        <Notice>{overlaps.find((each) => each.seconds === seconds)?.kept} Give your program the new one.</Notice>
      </KeySecret>
    )
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Rotate the key"
      about="Makes a new pair of the same name, scopes and expiry. The old one goes on for as long as you say, so that nothing stops."
    >
      {missing.length > 0 ? (
        <TooStrong missing={missing} role={organization.role} onClose={onClose} />
      ) : (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            rotating.mutate()
          }}
        >
          <Field label="How long the old key goes on" hint="Choose “not at all” when the secret has leaked.">
            <Select value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
              {overlaps.map((each) => (
                <option key={each.seconds} value={each.seconds}>
                  {each.words}
                </option>
              ))}
            </Select>
          </Field>
          <FormEnd action="Rotate the key" busy={rotating.isPending} error={rotating.error} onCancel={onClose} />
        </form>
      )}
    </Dialog>
  )
}

/** Why the server would refuse: whoever gets the new secret could do more than they may. */
function TooStrong({
  missing,
  role,
  onClose,
}: {
  readonly missing: readonly string[]
  readonly role: string
  readonly onClose: () => void
}) {
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warn">
        <p className="font-medium">This key may do more than you may</p>
        <p>
          It has{' '}
          {missing.map((scope, index) => (
            <span key={scope}>
              {index > 0 && ', '}
              <code className="text-[0.92em]">{scope}</code>
            </span>
          ))}
          , which the role {role} has not. Nothing was changed. Ask an admin or owner of the organization to rotate it.
        </p>
      </Notice>
      <div className="flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  )
}
