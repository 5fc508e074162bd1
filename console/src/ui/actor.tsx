import { Link } from '@tanstack/react-router'
import type { Actor } from '../api/client.ts'
import { useAppQuery } from '../api/queries.ts'
import { useApp, useMay } from '../session/operator.ts'

const kinds: Readonly<Record<Actor['kind'], string>> = {
  anonymous: 'Somebody without a key',
  api_key: 'API key',
  operator: 'Operator',
  profile: 'User',
  system: 'Facet',
}

/** Who made a change: by name where there is one, and a link to its page. `whole`: with the id. */
export function ActorName({ actor: { kind, id }, whole = false }: { readonly actor: Actor; readonly whole?: boolean }) {
  const { app } = useApp()
  const named = useKeyName(kind === 'api_key' ? id : undefined)
  const name = named ?? kinds[kind]
  return (
    <span>
      <span dir="auto">{name}</span>
      {whole && id !== '' && (
        <>
          {' · '}
          <ActorId kind={kind} id={id} appId={app.id} />
        </>
      )}
    </span>
  )
}

function ActorId({ kind, id, appId }: Actor & { readonly appId: string }) {
  const code = <code className="text-[0.92em] break-all">{id}</code>
  const look = 'text-accent hover:underline'
  if (kind === 'api_key') {
    return (
      <Link to="/$app/api-keys" params={{ app: appId }} search={{ key: id }} className={look}>
        {code}
      </Link>
    )
  }
  if (kind === 'profile') {
    return (
      <Link to="/$app/users/$profile" params={{ app: appId, profile: id }} className={look}>
        {code}
      </Link>
    )
  }
  return code
}

/** What a key of the app is called, for those who may see the keys. */
export function useKeyName(id: string | undefined): string | undefined {
  const may = useMay('keys:manage')
  const keys = useAppQuery(['api-keys'], (api, signal) => api.listApiKeys({ signal }), {
    enabled: may && id !== undefined,
  })
  return keys.data?.data.find((key) => key.id === id)?.name
}
