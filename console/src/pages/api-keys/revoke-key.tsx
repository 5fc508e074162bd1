import { type ApiKey, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'

/** What is typed to go on: the key's name, unless that is long or hard to type. */
function wordFor({ name }: ApiKey): string {
  return /^[\x21-\x7e][\x20-\x7e]{0,39}$/.test(name) ? name : 'revoke'
}

/** Asks before a key is ended. */
export function RevokeKey({
  apiKey,
  open,
  onClose,
}: {
  readonly apiKey: ApiKey
  readonly open: boolean
  readonly onClose: () => void
}) {
  const api = useApi()
  const changed = useChanged()
  const revoke = async () => {
    await api.revokeApiKey({ params: { id: apiKey.id } })
    await changed('api-keys')
    say('The key is revoked')
  }
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Revoke the key?"
      word={wordFor(apiKey)}
      action="Revoke the key"
      onConfirm={revoke}
    >
      <p>
        <span dir="auto" className="font-medium break-words text-text">
          {apiKey.name}
        </span>{' '}
        is refused by every process within a second, and whatever still uses it fails from then on.{' '}
        {apiKey.lastUsedAt === null ? (
          'It was never used.'
        ) : (
          <>
            It was last used <Time at={apiKey.lastUsedAt} />.
          </>
        )}{' '}
        This cannot be undone.
      </p>
    </ConfirmDialog>
  )
}
