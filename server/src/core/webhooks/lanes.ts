import type { DueDelivery, Room } from './dispatcher.queries.ts'
import type { SigningSecret } from './signatures.rules.ts'
import type { LiveEndpoint } from './webhooks.queries.ts'
import type { DisabledReason } from './webhooks.types.ts'

/** How many deliveries to one endpoint are under way at most. */
export const slots = 32
/** How many deliveries of an app are in memory at most, under way or ready, as each may be of a large event. */
const inMemory = 2_048

/** What each lane may have, by their number: each has a share of its own, so that none can take another's. */
export interface LaneLimits {
  /** Under way. */
  readonly slots: number
  /** Ready beside them. */
  readonly ready: number
}

export function limitsOf(lanes: number): LaneLimits {
  const share = Math.floor(inMemory / Math.max(1, lanes) / 2)
  const each = Math.max(2, Math.min(slots, share))
  return { slots: each, ready: each }
}

/** What one endpoint has before it. Each has slots of its own, so that a slow one delays no other. */
export interface Lane {
  endpoint: LiveEndpoint
  secrets: readonly SigningSecret[]
  /** Deliveries that may start, in order. */
  ready: DueDelivery[]
  /** Deliveries that were started and whose result is not written down yet, by sequence. */
  readonly underWay: Map<number, DueDelivery>
  /** Whether the feed may hold more than deliveries were made of. */
  behind: boolean
  /** When a delivery that is not in memory is to be attempted, in milliseconds since 1970. */
  nextDueAt: number
  /** Since when nothing but failures came back. */
  failingSince: Date | null
  /** Whether the database knows that. */
  failingNoted: boolean
  /** Why it is to be disabled, when it is. */
  disable: DisabledReason | undefined
}

/** A lane for an endpoint; what the database holds for it is still to be looked up. */
export function createLane(endpoint: LiveEndpoint, secrets: readonly SigningSecret[]): Lane {
  const { failingSince } = endpoint
  return {
    endpoint,
    secrets,
    ready: [],
    underWay: new Map(),
    behind: true,
    nextDueAt: 0,
    failingSince,
    failingNoted: failingSince !== null,
    disable: undefined,
  }
}

/** Gives a lane what is known of its endpoint now. What stood ready is looked up again when it may be sent again. */
export function renewLane(lane: Lane, endpoint: LiveEndpoint, secrets: readonly SigningSecret[]): void {
  if (endpoint.state !== 'active') lane.ready = []
  // It was resumed, or sent elsewhere: what it did before does not count.
  if (endpoint.failingSince === null && (lane.failingNoted || endpoint.url !== lane.endpoint.url)) {
    lane.failingSince = null
    lane.failingNoted = false
  }
  lane.behind = true
  // A resend may have been asked for.
  lane.nextDueAt = 0
  lane.endpoint = endpoint
  lane.secrets = secrets
}

/** Whether a lane may be given more: in parts that are worth a statement. */
export function wantsMore(lane: Lane, limits: LaneLimits): boolean {
  return lane.endpoint.state === 'active' && lane.ready.length < limits.ready / 2
}

/** How many rows are asked for at once: as many as do not fill the memory if each is large. */
const rowsAtOnce = 512

/** How much lanes may be given. */
export function roomsOf(lanes: readonly Lane[], limits: LaneLimits): Room[] {
  const most = Math.max(1, Math.floor(rowsAtOnce / lanes.length))
  return lanes.map((lane) => {
    const free = limits.slots + limits.ready - lane.ready.length - lane.underWay.size
    return { endpointId: lane.endpoint.id, room: Math.max(1, Math.min(most, free)) }
  })
}

/** Puts deliveries that may start into their lanes. */
export function takeReady(lanes: ReadonlyMap<string, Lane>, deliveries: readonly DueDelivery[]): void {
  for (const delivery of deliveries) {
    const lane = lanes.get(delivery.endpointId)
    if (lane?.endpoint.state === 'active' && !isTaken(lane, delivery.sequence)) lane.ready.push(delivery)
  }
}

function isTaken(lane: Lane, sequence: number): boolean {
  return lane.underWay.has(sequence) || lane.ready.some((ready) => ready.sequence === sequence)
}

/** The next delivery that has a slot, or undefined. It holds the slot until its result is written down. */
export function startNext(lane: Lane, limits: LaneLimits): DueDelivery | undefined {
  if (lane.underWay.size >= limits.slots) return undefined
  const delivery = lane.ready.shift()
  if (delivery !== undefined) lane.underWay.set(delivery.sequence, delivery)
  return delivery
}

/** When the next lane can be given more, in milliseconds since 1970. */
export function nextAt(lanes: Iterable<Lane>, limits: LaneLimits): number {
  let next = Number.POSITIVE_INFINITY
  for (const lane of lanes) {
    // A lane that is full goes on when a result comes.
    if (wantsMore(lane, limits)) next = Math.min(next, lane.behind ? 0 : lane.nextDueAt)
  }
  return next
}
