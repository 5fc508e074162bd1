import { ProblemError } from '@facet/sdk/errors'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi, type WebhookDeliveryWithAttempts, type WebhookEndpoint } from '../../api/client.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { SubjectLink } from '../../ui/subject.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { Attempts } from './attempts.tsx'
import { DeliveryBadge } from './health.tsx'
import { SentRequest } from './sent-request.tsx'

const refreshMs = 1_500

/** One delivery: the event, every attempt, what was sent. Follows it until nothing more is to come. */
export function DeliverySheet({
  endpoint,
  sequence,
}: {
  readonly endpoint: WebhookEndpoint
  readonly sequence: string
}) {
  const navigate = useNavigate({ from: '/$app/webhooks/$endpoint' })
  const delivery = useAppQuery(
    ['webhook-deliveries', endpoint.id, 'one', sequence],
    (api, signal) => api.getWebhookDelivery({ params: { id: endpoint.id, sequence }, signal }),
    // A test is looked at before its delivery is begun.
    { everyMs: refreshMs },
  )
  const { data, error } = delivery
  const isMissing = error instanceof ProblemError && error.code === 'webhook_delivery_not_found'
  return (
    <Dialog
      open
      place="side"
      title={data?.type ?? `Delivery ${sequence}`}
      onClose={() => void navigate({ search: ({ status, cursor }) => ({ status, cursor }), resetScroll: false })}
    >
      {data !== undefined && <DeliveryDetails endpoint={endpoint} delivery={data} />}
      {data === undefined && error === null && <div className="skeleton h-64" />}
      {data === undefined && error !== null && (
        <div className="flex flex-col gap-3">
          <ErrorNotice error={error} />
          {isMissing && <p className="text-muted">It may be about to begin: this page goes on looking.</p>}
        </div>
      )}
    </Dialog>
  )
}

function DeliveryDetails({
  endpoint,
  delivery,
}: {
  readonly endpoint: WebhookEndpoint
  readonly delivery: WebhookDeliveryWithAttempts
}) {
  const { sequence, eventId, state, attempts, dueAt, createdAt, finishedAt } = delivery
  const event = useAppQuery(['events', eventId], (api, signal) => api.getEvent({ params: { id: eventId }, signal }))
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <DeliveryBadge state={state} attempts={attempts} />
        <Resend endpoint={endpoint} delivery={delivery} />
      </div>
      <Facts>
        <Fact name="Event">
          <Copyable text={eventId} what="the event's id" />
        </Fact>
        <Fact name="Number">{sequence}</Fact>
        <Fact name="About">
          {event.data === undefined ? (
            <Copyable text={delivery.subjectId} what="the subject's id" />
          ) : (
            <SubjectLink event={event.data} />
          )}
        </Fact>
        <Fact name="Begun">
          <Time at={createdAt} />
        </Fact>
        {dueAt !== null && (
          <Fact name="Next attempt">
            <Time at={dueAt} />
          </Fact>
        )}
        {finishedAt !== null && (
          <Fact name="Ended">
            <Time at={finishedAt} />
          </Fact>
        )}
      </Facts>
      <Attempts delivery={delivery} />
      {event.data !== undefined && <SentRequest endpoint={endpoint} event={event.data} />}
      {event.error !== null && event.data === undefined && <ErrorNotice error={event.error} />}
    </div>
  )
}

function Resend({
  endpoint,
  delivery,
}: {
  readonly endpoint: WebhookEndpoint
  readonly delivery: WebhookDeliveryWithAttempts
}) {
  const api = useApi()
  const changed = useChanged()
  const resending = useMutation({
    mutationFn: () => api.resendWebhookDelivery({ params: { id: endpoint.id, sequence: String(delivery.sequence) } }),
    onSuccess: async () => {
      await changed('webhook-deliveries')
      say(endpoint.state === 'active' ? 'One more attempt is made' : 'It is sent when the endpoint is active again')
    },
  })
  if (delivery.state === 'held') return <p className="text-muted">Goes out when the one before it has ended.</p>
  return (
    <>
      <Button onClick={() => resending.mutate()} busy={resending.isPending}>
        {delivery.attempts === 0 ? 'Send now' : 'Send again'}
      </Button>
      {resending.error !== null && <ErrorNotice error={resending.error} />}
    </>
  )
}
