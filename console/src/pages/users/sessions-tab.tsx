import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type Session, useApi } from '../../api/client.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'

const mostSessions = 100

/** Where the person is signed in, and how to end that. */
export function SessionsTab({ profileId }: { readonly profileId: string }) {
  const sessions = useAppQuery(['sessions', profileId], (api, signal) =>
    api.listSessionsOfProfile({ params: { profile: profileId }, signal }),
  )
  const mayWrite = useMay('profiles:write')
  const ending = useEndSession(profileId)
  if (sessions.error !== null) return <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
  const rows = sessions.data?.data
  const columns: readonly Column<Session>[] = [
    { id: 'id', title: 'Session', cell: ({ id }) => <Copyable text={id} what="the session's id" /> },
    { id: 'createdAt', title: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'renewedAt', title: 'Renewed', cell: ({ renewedAt }) => <Time at={renewedAt} /> },
    { id: 'expiresAt', title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    ...(mayWrite
      ? [
          {
            id: 'end',
            title: 'Change',
            cell: ({ id }: Session) => (
              <Button
                className="h-7!"
                onClick={() => ending.mutate(id)}
                busy={ending.isPending && ending.variables === id}
              >
                End
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <div className="flex flex-col gap-3">
      {ending.error !== null && <ErrorNotice error={ending.error} />}
      {mayWrite && rows !== undefined && rows.length > 0 && <EndAll profileId={profileId} count={rows.length} />}
      <Table
        label="Sessions"
        columns={columns}
        rows={rows}
        keyOf={({ id }) => id}
        skeletonRows={2}
        empty={
          <Empty title="Nobody is signed in as this user">
            <p className="max-w-[65ch] text-muted">
              A session begins when the person signs in by themselves, as Epixel and Ona let them where the app’s
              settings do.
            </p>
          </Empty>
        }
      />
      {rows?.length === mostSessions && <p className="text-muted">The newest {mostSessions} are shown.</p>}
    </div>
  )
}

function useEndSession(profileId: string) {
  const api = useApi()
  const changed = useChanged()
  return useMutation({
    mutationFn: (id: string) => api.endSessionOfProfile({ params: { profile: profileId, id } }),
    onSuccess: () => say('The session was ended'),
    // Also after a refusal: it may have ended by itself.
    onSettled: () => changed('sessions'),
  })
}

function EndAll({ profileId, count }: { readonly profileId: string; readonly count: number }) {
  const api = useApi()
  const changed = useChanged()
  const [open, setOpen] = useState(false)
  return (
    <div>
      <Button onClick={() => setOpen(true)}>End every session</Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title="End every session"
        word="end"
        action="End every session"
        onConfirm={async () => {
          await api.endEverySessionOfProfile({ params: { profile: profileId } })
          await changed('sessions')
          say('Every session was ended')
        }}
      >
        The person is signed out {count === 1 ? 'of the one place' : `of all ${count} places`} within a second. It
        cannot be undone, but they can sign in again.
      </ConfirmDialog>
    </div>
  )
}
