import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi, type WebhookEndpoint } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'

const lookEveryMs = 200
const longestMs = 10_000

/** Sends a test event, then opens its delivery, which shows each attempt as it comes. */
export function SendTest({ endpoint: { id, state } }: { readonly endpoint: WebhookEndpoint }) {
  const api = useApi()
  const navigate = useNavigate({ from: '/$app/webhooks/$endpoint' })
  const testing = useMutation({
    mutationFn: async () => {
      const { eventId } = (await api.testWebhookEndpoint({ params: { id } })).body
      return numberOf(eventId)
    },
    onSuccess: (sequence) => void navigate({ search: { delivery: String(sequence) }, resetScroll: false }),
  })

  /** An event has its number, by which its deliveries are named, a moment after it was written. */
  async function numberOf(eventId: string): Promise<number> {
    for (const end = Date.now() + longestMs; Date.now() < end; ) {
      const { sequence } = (await api.getEvent({ params: { id: eventId } })).body
      if (sequence !== null) return sequence
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
    throw new Error('The test event was written, and is not in the feed yet. Its delivery will stand in the table.')
  }

  const active = state === 'active'
  return (
    <>
      <Button
        look="primary"
        onClick={() => testing.mutate()}
        busy={testing.isPending}
        disabled={!active}
        title={active ? undefined : 'Resume the endpoint first'}
      >
        Send a test
      </Button>
      {testing.error !== null && <ErrorNotice error={testing.error} />}
    </>
  )
}
