import type { DueDelivery, Room } from './dispatcher.queries.ts'
import type { SigningSecret } from './signatures.rules.ts'
import type { LiveEndpoint } from './webhooks.queries.ts'
import type { DisabledReason } from './webhooks.types.ts'

/** How many deliveries to one endpoint are under way at most. */
export const slots = 32
/** How many more may stand ready in memory. */
const buffered = 32

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
export function wantsMore(lane: Lane): boolean {
  return lane.endpoint.state === 'active' && lane.ready.length < buffered / 2
}

/** How much a lane may be given. */
export function roomOf(lane: Lane): Room {
  return { endpointId: lane.endpoint.id, room: slots + buffered - lane.ready.length - lane.underWay.size }
}

/** Puts deliveries that may start into their lanes. */
export function takeReady(lanes: ReadonlyMap<string, Lane>, deliveries: readonly DueDelivery[]): void {
  for (const delivery of deliveries) {
    const lane = lanes.get(delivery.endpointId)
    if (lane?.endpoint.state === 'active') lane.ready.push(delivery)
  }
}

/** The next delivery that has a slot, or undefined. It holds the slot until `endDelivery`. */
export function startNext(lane: Lane): DueDelivery | undefined {
  if (lane.underWay.size >= slots) return undefined
  const delivery = lane.ready.shift()
  if (delivery !== undefined) lane.underWay.set(delivery.sequence, delivery)
  return delivery
}

/** When the next lane can be given more, in milliseconds since 1970. */
export function nextAt(lanes: Iterable<Lane>): number {
  let next = Number.POSITIVE_INFINITY
  for (const lane of lanes) {
    // A lane that is full goes on when a result comes.
    if (wantsMore(lane)) next = Math.min(next, lane.behind ? 0 : lane.nextDueAt)
  }
  return next
}
