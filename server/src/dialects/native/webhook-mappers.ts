import type { CursorPage } from '../../core/pagination.ts'
import type { IssuedEndpoint } from '../../core/webhooks/webhooks.service.ts'
import type { Delivery, DeliveryWithAttempts, DescribedEndpoint } from '../../core/webhooks/webhooks.types.ts'
import { toInstant } from './mappers.ts'
import type {
  DeliveryAnswer,
  DeliveryListAnswer,
  DeliveryWithAttemptsAnswer,
  EndpointAnswer,
  IssuedEndpointAnswer,
  Recovery,
} from './webhook-schemas.ts'

/** Since when to recover. Throws `input_invalid` for what is no RFC 3339 instant. */
export function toSince({ since }: Recovery): Date {
  return toInstant('since', since)
}

/** The sequence of a path segment. What is no number names no delivery; 0 says so to the core. */
export function toSequence(segment: string): number {
  return /^[1-9]\d{0,15}$/.test(segment) ? Number(segment) : 0
}

export function toEndpointAnswer(endpoint: DescribedEndpoint): EndpointAnswer {
  const { failingSince, createdAt, updatedAt, secrets, types, ...rest } = endpoint
  return {
    ...rest,
    types: [...types],
    failingSince: instantOrNull(failingSince),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    secrets: secrets.map((secret) => ({
      keyId: secret.keyId,
      createdAt: secret.createdAt.toISOString(),
      expiresAt: instantOrNull(secret.expiresAt),
    })),
  }
}

export function toIssuedEndpointAnswer({ endpoint, secret }: IssuedEndpoint): IssuedEndpointAnswer {
  return { ...toEndpointAnswer(endpoint), keyId: secret.keyId, secret: secret.secret }
}

export function toDeliveryAnswer(delivery: Delivery): DeliveryAnswer {
  const { sequence, eventId, type, subjectId, state, attempts, dueAt, createdAt, finishedAt } = delivery
  return {
    sequence,
    eventId,
    type,
    subjectId,
    state,
    attempts,
    dueAt: instantOrNull(dueAt),
    createdAt: createdAt.toISOString(),
    finishedAt: instantOrNull(finishedAt),
  }
}

export function toDeliveryListAnswer(page: CursorPage<Delivery>): DeliveryListAnswer {
  return { data: page.items.map(toDeliveryAnswer), nextCursor: page.nextCursor }
}

export function toDeliveryWithAttemptsAnswer(delivery: DeliveryWithAttempts): DeliveryWithAttemptsAnswer {
  const attemptLog = delivery.attemptLog.map(({ startedAt, ...attempt }) => ({
    ...attempt,
    startedAt: startedAt.toISOString(),
  }))
  return { ...toDeliveryAnswer(delivery), attemptLog }
}

function instantOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString()
}
