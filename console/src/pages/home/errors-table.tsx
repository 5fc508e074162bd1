import type { RecentCall } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { Badge } from '../../ui/badge.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { DialectName } from '../../ui/dialect.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

/** The last calls that failed, the newest first. */
export function ErrorsTable() {
  const errors = useAppQuery(
    ['recent-errors'],
    (api, signal) => api.listRecentCalls({ query: { failed: true, limit: 10 }, signal }),
    { everyMs: 5_000 },
  )
  if (errors.error !== null) return <ErrorNotice error={errors.error} onRetry={() => void errors.refetch()} />
  return (
    <Table
      label="Latest errors"
      columns={columns}
      rows={errors.data?.data}
      keyOf={({ id }) => id}
      skeletonRows={3}
      empty={<Empty title="Nothing failed in the last two days" />}
    />
  )
}

const columns: readonly Column<RecentCall>[] = [
  {
    id: 'status',
    title: 'Status',
    cell: ({ status }) => <Badge tone={status >= 500 ? 'bad' : 'warn'}>{status}</Badge>,
  },
  { id: 'dialect', title: 'Dialect', cell: ({ dialect }) => <DialectName id={dialect} /> },
  {
    id: 'route',
    title: 'Call',
    cell: ({ method, route }) => (
      <code className="text-[0.92em]">
        {method} {route}
      </code>
    ),
  },
  { id: 'ms', title: 'Took', numeric: true, cell: ({ ms }) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` },
  { id: 'at', title: 'When', cell: ({ at }) => <Time at={at} /> },
  { id: 'requestId', title: 'Request', cell: ({ requestId }) => <Copyable text={requestId} what="the request id" /> },
]
