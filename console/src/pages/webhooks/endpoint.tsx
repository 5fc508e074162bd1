import { getRouteApi } from '@tanstack/react-router'
import type { WebhookEndpoint } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { useKeyName } from '../../ui/actor.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'
import { BackLink, PageHead, Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { Deliveries } from './deliveries.tsx'
import { DeliverySheet } from './delivery-sheet.tsx'
import { EndpointActions } from './endpoint-actions.tsx'
import { HealthBadge } from './health.tsx'

const route = getRouteApi('/$app/webhooks/$endpoint')

/** One endpoint: what it is, how it fares, and everything that was sent to it. */
export function EndpointPage() {
  const { endpoint: id } = route.useParams()
  const { delivery } = route.useSearch()
  const { app } = useApp()
  const endpoint = useAppQuery(
    ['webhook-endpoints', id],
    (api, signal) => api.getWebhookEndpoint({ params: { id }, signal }),
    { everyMs: 15_000 },
  )
  const known = endpoint.data
  return (
    <>
      <BackLink to="/$app/webhooks" params={{ app: app.id }}>
        Webhooks
      </BackLink>
      <PageHead
        title={known?.url ?? 'Endpoint'}
        beside={known && <HealthBadge endpoint={known} />}
        about={known?.description && <span dir="auto">{known.description}</span>}
      >
        {known && <EndpointActions endpoint={known} />}
      </PageHead>
      {known === undefined && endpoint.error !== null && (
        <ErrorNotice error={endpoint.error} onRetry={() => void endpoint.refetch()} />
      )}
      {known === undefined && endpoint.error === null && <div className="skeleton h-48" />}
      {known && (
        <div className="flex flex-col gap-6">
          <HealthNotice endpoint={known} />
          <Panel className="px-4 py-2">
            <EndpointFacts endpoint={known} />
          </Panel>
          <Deliveries endpoint={known} />
        </div>
      )}
      {known && delivery !== undefined && <DeliverySheet key={delivery} endpoint={known} sequence={delivery} />}
    </>
  )
}

function HealthNotice({ endpoint: { state, disabledReason, failingSince } }: { readonly endpoint: WebhookEndpoint }) {
  if (state === 'disabled') {
    const why =
      disabledReason === 'gone' ? 'It answered 410: gone.' : 'Every attempt of five days failed, and none succeeded.'
    return <Notice tone="warn">{why} Events wait until you resume it, as long as they are kept.</Notice>
  }
  if (state === 'paused')
    return <Notice>Nothing is sent while it is paused. Events wait, as long as they are kept.</Notice>
  if (failingSince === null) return null
  return (
    <Notice tone="warn">
      Every attempt has failed since <Time at={failingSince} />. Each is repeated for some three days; after five days
      without a success the endpoint is disabled.
    </Notice>
  )
}

const signatures = { standard: 'Standard Webhooks 1.0', original: 'Original: four headers with a correlation id' }

function EndpointFacts({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const { id, url, types, signature, excludeActor, secrets, createdAt, updatedAt } = endpoint
  return (
    <Facts columns={2}>
      <Fact name="URL">
        <code className="text-[0.92em] break-all">{url}</code>
      </Fact>
      <Fact name="Id">
        <Copyable text={id} what="the id" />
      </Fact>
      <Fact name="Told of">
        <code className="text-[0.92em]">{types.join(', ')}</code>
      </Fact>
      <Fact name="Signature">{signatures[signature]}</Fact>
      <Fact name="Leaves out">
        {excludeActor === null ? <span className="text-muted">Nobody’s changes</span> : <LeftOut id={excludeActor} />}
      </Fact>
      <Fact name={secrets.length === 1 ? 'Secret' : 'Secrets'}>
        <ul>
          {secrets.map(({ keyId, createdAt: made, expiresAt }) => (
            <li key={keyId}>
              <code className="text-[0.92em]">{keyId}</code>
              <span className="text-muted">
                {', made '}
                <Time at={made} />
                {expiresAt !== null && (
                  <>
                    {', signs too until '}
                    <Time at={expiresAt} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      </Fact>
      <Fact name="Added">
        <Time at={createdAt} />
        {updatedAt !== createdAt && (
          <span className="text-muted">
            {', changed '}
            <Time at={updatedAt} />
          </span>
        )}
      </Fact>
    </Facts>
  )
}

/** Whose changes it is not told of. */
function LeftOut({ id }: { readonly id: string }) {
  const name = useKeyName(id)
  return (
    <>
      {name !== undefined && <p dir="auto">{name}</p>}
      <Copyable text={id} what="the id" />
    </>
  )
}
