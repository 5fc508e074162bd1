import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { auth } from '../../session/auth.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { deviceName } from './device-name.ts'

interface Session {
  readonly id: string
  readonly createdAt: string
  readonly address: string | null
  readonly userAgent: string | null
  /** Whether it is the one of this browser. */
  readonly current: boolean
}

export const sessionsKey = ['sessions']

/** Where the operator is signed in, with a way to end what they have left open elsewhere. */
export function Sessions() {
  const sessions = useQuery({
    queryKey: sessionsKey,
    queryFn: async () => (await auth<{ data: readonly Session[] }>('GET', '/list-sessions')).data,
  })
  if (sessions.error !== null) return <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
  if (sessions.data === undefined) return <div className="skeleton h-14" aria-busy="true" />
  return (
    <Panel>
      <ul className="divide-y divide-line">
        {sessions.data.map((session) => (
          <SessionLine key={session.id} session={session} />
        ))}
      </ul>
    </Panel>
  )
}

function SessionLine({ session: { id, createdAt, address, userAgent, current } }: { readonly session: Session }) {
  const queries = useQueryClient()
  const ending = useMutation({
    mutationFn: () => auth('POST', '/revoke-session', { id }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: sessionsKey })
      say('Signed out there')
    },
  })
  const device = deviceName(userAgent ?? '')
  return (
    <li className="flex flex-col gap-2 px-4 py-2">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <p className="truncate">{device}</p>
          <p className="text-small text-muted">
            {address !== null && `${address}, `}since <Time at={createdAt} />
          </p>
        </div>
        {current ? (
          <Badge tone="ok">this browser</Badge>
        ) : (
          <Button busy={ending.isPending} onClick={() => ending.mutate()} aria-label={`Sign ${device} out`}>
            Sign out there
          </Button>
        )}
      </div>
      {ending.error !== null && <ErrorNotice error={ending.error} />}
    </li>
  )
}
