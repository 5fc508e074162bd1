import type { WebhookDeliveryState, WebhookEndpoint } from '../../api/client.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'

/** How an endpoint fares, in a word. */
export function HealthBadge({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const { state, disabledReason, failingSince } = endpoint
  if (state === 'paused') return <Badge tone="plain">Paused</Badge>
  if (state === 'disabled') return <Badge tone="bad">{disabledReason === 'gone' ? 'Disabled: gone' : 'Disabled'}</Badge>
  if (failingSince !== null) return <Badge tone="warn">Failing</Badge>
  return <Badge tone="ok">Active</Badge>
}

export const deliveryStates: Readonly<Record<WebhookDeliveryState, { readonly words: string; readonly tone: Tone }>> = {
  due: { words: 'To be sent', tone: 'accent' },
  held: { words: 'Held back', tone: 'plain' },
  delivered: { words: 'Delivered', tone: 'ok' },
  failed: { words: 'Given up', tone: 'bad' },
}

export function isDeliveryState(text: string | undefined): text is WebhookDeliveryState {
  return text !== undefined && Object.hasOwn(deliveryStates, text)
}

/** What became of a delivery; one that failed and will be tried again says so. */
export function DeliveryBadge({
  state,
  attempts,
}: {
  readonly state: WebhookDeliveryState
  readonly attempts: number
}) {
  if (state === 'due' && attempts > 0) return <Badge tone="warn">To be tried again</Badge>
  const { words, tone } = deliveryStates[state]
  return <Badge tone={tone}>{words}</Badge>
}
