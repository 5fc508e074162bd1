import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { WebhookDelivery, WebhookEndpoint } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { triggerCommand } from '../../commands.ts'
import { useApp } from '../../session/operator.ts'
import { Code } from '../../ui/code.tsx'
import { Select } from '../../ui/field.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { Section } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { DeliveryBadge, deliveryStates, isDeliveryState } from './health.tsx'

const route = getRouteApi('/$app/webhooks/$endpoint')
const pageSize = 50
const refreshMs = 2_500

/** What was or is to be sent to an endpoint, the newest first; the first page stays up to date while it is looked at. */
export function Deliveries({ endpoint: { id } }: { readonly endpoint: WebhookEndpoint }) {
  const { app } = useApp()
  const { status, cursor } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/webhooks/$endpoint' })
  const state = isDeliveryState(status) ? status : undefined
  const deliveries = useAppQuery(
    ['webhook-deliveries', id, state, cursor],
    (api, signal) => api.listWebhookDeliveries({ params: { id }, query: { state, cursor, limit: pageSize }, signal }),
    { keeps: true, everyMs: cursor === undefined && refreshMs },
  )
  const page = deliveries.data
  const go = (search: { status?: string | undefined; cursor?: string | undefined }) =>
    void navigate({ search, resetScroll: false })
  return (
    <Section
      title="Deliveries"
      actions={
        <label className="flex items-center gap-2">
          <span className="text-muted">State</span>
          <Select
            value={state ?? ''}
            onChange={({ target }) => go({ status: target.value || undefined })}
            className="w-auto"
          >
            <option value="">All</option>
            {Object.entries(deliveryStates).map(([value, { words }]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        </label>
      }
    >
      {deliveries.error !== null && page === undefined ? (
        <ErrorNotice error={deliveries.error} onRetry={() => void deliveries.refetch()} />
      ) : (
        <Table
          label="Deliveries"
          columns={columns}
          rows={page?.data}
          keyOf={({ sequence }) => String(sequence)}
          stale={deliveries.isPlaceholderData}
          linkOf={({ sequence }) => ({
            to: '/$app/webhooks/$endpoint',
            params: { app: app.id, endpoint: id },
            search: { status: state, cursor, delivery: String(sequence) },
            resetScroll: false,
          })}
          empty={<NoDeliveries filtered={state !== undefined} />}
        />
      )}
      {page !== undefined && page.data.length > 0 && (
        <Pager
          shown={page.data.length}
          noun={['delivery', 'deliveries']}
          onFirst={cursor === undefined ? undefined : () => go({ status: state })}
          onNext={
            page.nextCursor === null ? undefined : () => go({ status: state, cursor: page.nextCursor ?? undefined })
          }
        />
      )}
    </Section>
  )
}

function NoDeliveries({ filtered }: { readonly filtered: boolean }) {
  const { app } = useApp()
  if (filtered) return <Empty title="No delivery is in this state" />
  return (
    <Empty title="Nothing was sent yet">
      <p className="text-muted">
        Send a test event
        {app.mode === 'sandbox' ? ', or make one that it is told of:' : '. The log of a delivery is kept for 30 days.'}
      </p>
      {app.mode === 'sandbox' && <Code text={triggerCommand(app, 'profile.created')} what="the command" wrap />}
    </Empty>
  )
}

const columns: readonly Column<WebhookDelivery>[] = [
  { id: 'type', title: 'Event', cell: ({ type }) => <code className="text-[0.92em]">{type}</code> },
  { id: 'state', title: 'State', cell: (delivery) => <DeliveryBadge {...delivery} /> },
  { id: 'attempts', title: 'Attempts', numeric: true, cell: ({ attempts }) => attempts },
  { id: 'dueAt', title: 'Next attempt', cell: ({ dueAt }) => <Time at={dueAt} /> },
  { id: 'createdAt', title: 'Begun', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'finishedAt', title: 'Ended', cell: ({ finishedAt }) => <Time at={finishedAt} /> },
  { id: 'sequence', title: 'Number', numeric: true, cell: ({ sequence }) => sequence },
]
