import type { WebhookEndpoint } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { listenCommand } from '../../commands.ts'
import { useApp } from '../../session/operator.ts'
import { Code } from '../../ui/code.tsx'
import { FirstOf } from '../../ui/first-of.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { DeliveryBadge, HealthBadge } from './health.tsx'

/** Each row asks for its own last delivery: a list that is longer than this does without. */
const mostWithDeliveries = 50

/** The endpoints of the app, the newest first. */
export function Endpoints() {
  const { app } = useApp()
  const endpoints = useAppQuery(['webhook-endpoints'], (api, signal) => api.listWebhookEndpoints({ signal }))
  if (endpoints.error !== null) {
    return <ErrorNotice error={endpoints.error} onRetry={() => void endpoints.refetch()} />
  }
  const rows = endpoints.data?.data.toReversed()
  const many = (rows?.length ?? 0) > mostWithDeliveries
  return (
    <>
      <Table
        label="Webhook endpoints"
        columns={many ? columns.filter(({ id }) => id !== 'last') : columns}
        rows={rows}
        keyOf={({ id }) => id}
        skeletonRows={3}
        linkOf={({ id }) => ({ to: '/$app/webhooks/$endpoint', params: { app: app.id, endpoint: id } })}
        empty={
          <Empty title="Nobody is told yet">
            <p className="text-muted">
              Add an endpoint, or have events posted to a program on your own machine without one:
            </p>
            <Code text={listenCommand(app)} what="the command" wrap />
          </Empty>
        }
      />
      {rows !== undefined && rows.length > 0 && (
        <p role="status" className="figures mt-3 text-muted">
          {rows.length} {rows.length === 1 ? 'endpoint' : 'endpoints'}
        </p>
      )}
    </>
  )
}

const columns: readonly Column<WebhookEndpoint>[] = [
  {
    id: 'url',
    title: 'URL',
    cell: ({ url, description }) => (
      <span
        title={description === null ? url : `${url}\n${description}`}
        className="block max-w-[22rem] truncate max-sm:line-clamp-4 max-sm:max-w-none max-sm:break-all max-sm:whitespace-normal"
      >
        {url}
      </span>
    ),
  },
  { id: 'state', title: 'State', cell: (endpoint) => <HealthBadge endpoint={endpoint} /> },
  { id: 'types', title: 'Types', cell: ({ types }) => <FirstOf names={types} /> },
  { id: 'last', title: 'Last delivery', cell: ({ id }) => <LastDelivery endpointId={id} /> },
  { id: 'failing', title: 'Failing since', cell: ({ failingSince }) => <Time at={failingSince} /> },
  { id: 'createdAt', title: 'Added', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function LastDelivery({ endpointId }: { readonly endpointId: string }) {
  const last = useAppQuery(['webhook-deliveries', endpointId, 'last'], (api, signal) =>
    api.listWebhookDeliveries({ params: { id: endpointId }, query: { limit: 1 }, signal }),
  )
  if (last.error !== null) return <span className="text-muted">Not known</span>
  if (last.data === undefined) return <span className="skeleton inline-block h-3 w-24 align-middle" />
  const [delivery] = last.data.data
  if (delivery === undefined) return <span className="text-muted">None</span>
  return (
    <span className="inline-flex items-center gap-2">
      <DeliveryBadge {...delivery} />
      <Time at={delivery.createdAt} />
    </span>
  )
}
