import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { OutboxMail } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Empty, ErrorNotice, Notice } from '../../ui/notice.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const route = getRouteApi('/$app/settings')
const pageSize = 25

/** The mails of a sandbox app that no mail server takes: they are kept here for a week. */
export function OutboxTab() {
  const { app } = useApp()
  const { mail, cursor } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/settings' })
  const mails = useAppQuery(
    ['outbox', cursor],
    (api, signal) => api.listOutbox({ query: { limit: pageSize, cursor }, signal }),
    { keeps: true, enabled: app.mode === 'sandbox', everyMs: 5_000 },
  )
  if (app.mode === 'live')
    return <Notice>A live app has no outbox: its mail goes out by the mail server that SMTP_URL names.</Notice>
  if (mails.error !== null) return <ErrorNotice error={mails.error} onRetry={() => void mails.refetch()} />
  const open = mails.data?.data.find(({ id }) => id === mail)
  const next = mails.data?.nextCursor ?? undefined
  const page = (more: { cursor?: string; mail?: string }) => void navigate({ search: { tab: 'outbox', ...more } })
  return (
    <>
      <Table
        label="Mails"
        columns={columns}
        rows={mails.data?.data}
        keyOf={({ id }) => id}
        stale={mails.isPlaceholderData}
        linkOf={({ id }) => ({ to: '.', search: { tab: 'outbox', cursor, mail: id } })}
        empty={
          <Empty title="No mail was written yet">
            What must be proved by mail is mailed: a change of an e-mail address, a new password. Without SMTP_URL it
            lands here.
          </Empty>
        }
      />
      {mails.data !== undefined && mails.data.data.length > 0 && (
        <Pager
          shown={mails.data.data.length}
          noun={['mail', 'mails']}
          onFirst={cursor === undefined ? undefined : () => page({})}
          onNext={next === undefined ? undefined : () => page({ cursor: next })}
        />
      )}
      <Dialog
        open={open !== undefined}
        onClose={() => page(cursor === undefined ? {} : { cursor })}
        title={open?.subject ?? ''}
        about={
          <>
            To {open?.to}, <Time at={open?.createdAt} />
          </>
        }
        place="side"
      >
        <pre className="font-sans break-words whitespace-pre-wrap">{open?.text}</pre>
      </Dialog>
    </>
  )
}

const columns: readonly Column<OutboxMail>[] = [
  { id: 'subject', title: 'Subject', cell: ({ subject }) => subject },
  { id: 'to', title: 'To', cell: ({ to }) => to },
  { id: 'createdAt', title: 'Written', cell: ({ createdAt }) => <Time at={createdAt} /> },
]
