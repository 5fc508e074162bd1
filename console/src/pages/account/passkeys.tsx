import { startRegistration } from '@simplewebauthn/browser'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import { auth } from '../../session/auth.ts'
import { canUsePasskeys } from '../../session/passkeys.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { deviceName } from './device-name.ts'
import { PasswordDialog } from './password-dialog.tsx'

interface Passkey {
  readonly id: string
  readonly name: string
  readonly createdAt: string
}

const key = ['passkeys']

/** The passkeys of the operator: made on this device, and removed. */
export function Passkeys() {
  const queries = useQueryClient()
  const [adds, setAdds] = useState(false)
  const [removed, setRemoved] = useState<Passkey>()
  const passkeys = useQuery({
    queryKey: key,
    queryFn: async () => (await auth<{ data: readonly Passkey[] }>('GET', '/passkeys')).data,
  })
  const refresh = () => queries.invalidateQueries({ queryKey: key })
  const add = async (password: string) => {
    const optionsJSON = await auth<Parameters<typeof startRegistration>[0]['optionsJSON']>(
      'POST',
      '/passkeys/registration-options',
      { password },
    )
    await auth('POST', '/passkeys/registration', {
      name: deviceName(navigator.userAgent),
      response: await startRegistration({ optionsJSON }),
    })
    setAdds(false)
    await refresh()
    say('Passkey added')
  }
  return (
    <div className="flex flex-col gap-3">
      {passkeys.error !== null && <ErrorNotice error={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      {passkeys.data !== undefined && passkeys.data.length > 0 && (
        <Panel>
          <ul className="divide-y divide-line">
            {passkeys.data.map((passkey) => (
              <li key={passkey.id} className="flex items-center justify-between gap-3 px-4 py-2">
                <div className="min-w-0">
                  <p className="truncate" dir="auto">
                    {passkey.name}
                  </p>
                  <p className="text-small text-muted">
                    Added <Time at={passkey.createdAt} />
                  </p>
                </div>
                <Button onClick={() => setRemoved(passkey)} aria-label={`Remove ${passkey.name}`}>
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {canUsePasskeys() ? (
        <div>
          <Button icon={<Fingerprint size={15} aria-hidden />} onClick={() => setAdds(true)}>
            Add a passkey
          </Button>
        </div>
      ) : (
        <Notice>Browsers make passkeys for a host with a name, over TLS or at localhost. This address has none.</Notice>
      )}
      <PasswordDialog open={adds} onClose={() => setAdds(false)} onAnswer={add} />
      <ConfirmDialog
        open={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove ${removed?.name}`}
        word="remove"
        action="Remove the passkey"
        onConfirm={async () => {
          await auth('DELETE', `/passkeys/${removed?.id}`)
          await refresh()
          say('Passkey removed')
        }}
      >
        It signs nobody in from then on. You can add it again; your password still works.
      </ConfirmDialog>
    </div>
  )
}
