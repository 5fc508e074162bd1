import { Link } from '@tanstack/react-router'
import { useApp, useMay } from '../../session/operator.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Empty } from '../../ui/notice.tsx'

/** What stands where users would be: the way back from a search, or the call that makes the first one. */
export function NoUsers({
  narrowed,
  more,
  onNew,
}: {
  readonly narrowed: boolean
  /** A search has not looked at everybody yet. */
  readonly more: boolean
  readonly onNew: (() => void) | undefined
}) {
  const { app } = useApp()
  const mayKeys = useMay('keys:manage')
  if (narrowed) {
    return (
      <Empty title={more ? 'Nobody fits so far' : 'Nobody fits'}>
        {more && <p className="text-muted">The next page looks further.</p>}
        <p className="max-w-[65ch] text-muted">
          A search finds beginnings of names and identifiers, and whole ids and addresses. A filter compares whole
          values.
        </p>
        <Link to="/$app/users" params={{ app: app.id }} className={buttonClass()}>
          Show all users
        </Link>
      </Empty>
    )
  }
  return (
    <Empty title="Nobody is here yet">
      <p className="max-w-[65ch] text-muted">
        One call makes the first user, and every dialect answers with the same one. The secret is that of{' '}
        {mayKeys ? (
          <Link to="/$app/api-keys" params={{ app: app.id }} className="text-accent underline">
            an API key
          </Link>
        ) : (
          'an API key'
        )}
        .
      </p>
      <Code text={createCall()} what="the command" />
      {onNew && (
        <Button look="primary" onClick={onNew}>
          New user
        </Button>
      )}
    </Empty>
  )
}

/** The create call of the native API, at the address that this page came from. */
function createCall(): string {
  return [
    `curl -i ${window.location.origin}/facet/v1/profiles \\`,
    '  -H "Authorization: Bearer $FACET_SECRET" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"reference": "user-1", "fullName": "Ada Okonjo", "email": "ada@example.com"}'`,
  ].join('\n')
}
