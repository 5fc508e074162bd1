import type { JobCtx } from '../context.ts'
import { toEventJson } from '../feed/feed.service.ts'
import type { Outbound, OutboundResult, Sealer } from '../ports.ts'
import type { FeedEvent } from '../stored-events.ts'
import type { DueDelivery } from './dispatcher.queries.ts'
import type { Result } from './journal.queries.ts'
import type { Lane } from './lanes.ts'
import { judge, type RetrySchedule, type Verdict } from './schedule.rules.ts'
import { signMessage } from './signatures.rules.ts'
import type { DeliveryState } from './webhooks.types.ts'

/** What delivering needs beside the database. */
export interface DispatcherCtx extends JobCtx {
  readonly outbound: Pick<Outbound, 'post'>
  readonly webhookSealer: Sealer
  readonly schedule: RetrySchedule
}

const userAgent = 'Facet-Webhooks/1.0'
/** The text of an event while it is in memory: it goes to many endpoints. */
const texts = new WeakMap<FeedEvent, string>()

/** As long as the column is. */
const longestError = 255

/** What came of an attempt. */
export interface Outcome {
  readonly result: Result
  readonly verdict: Verdict
  /** Where it went: undefined when it went nowhere, which says nothing of the receiver. */
  readonly url: string | undefined
}

/** Sends a delivery once, and says what is to be written down of it and what follows. Never throws. */
export async function attempt(ctx: DispatcherCtx, appId: string, lane: Lane, delivery: DueDelivery): Promise<Outcome> {
  const startedAt = new Date()
  const { event } = delivery
  if (event === undefined) {
    const detail = 'The event is past keeping'
    const answer = { kind: 'failed', reason: 'refused', detail, durationMs: 0 } as const
    return outcomeOf(delivery, startedAt, answer, { outcome: 'failed' }, undefined)
  }
  const { url } = lane.endpoint
  const answer = await post(ctx, appId, lane, { delivery, event, sentAt: startedAt }).catch((error) =>
    unsent(ctx, error),
  )
  const verdict = judge(answer, delivery.round + 1, new Date(), ctx.schedule)
  return outcomeOf(delivery, startedAt, answer, verdict, url)
}

function outcomeOf(
  delivery: DueDelivery,
  startedAt: Date,
  answer: OutboundResult,
  verdict: Verdict,
  url: string | undefined,
): Outcome {
  return { result: { delivery, startedAt, ...after(delivery, verdict), ...told(answer) }, verdict, url }
}

function unsent(ctx: DispatcherCtx, error: unknown): OutboundResult {
  ctx.log.error({ err: error }, 'A delivery could not be sent for a reason nobody foresaw')
  return { kind: 'failed', reason: 'protocol', detail: 'It could not be sent', durationMs: 0 }
}

async function post(
  ctx: DispatcherCtx,
  appId: string,
  { endpoint, secrets }: Lane,
  { delivery, event, sentAt }: { delivery: DueDelivery; event: FeedEvent; sentAt: Date },
): Promise<OutboundResult> {
  const message = { id: event.id, appId, attempt: delivery.attempts + 1, sentAt, event: textOf(event) }
  const { headers, body } = signMessage(endpoint.signature, message, secrets)
  return ctx.outbound.post({
    url: endpoint.url,
    mode: endpoint.mode,
    group: endpoint.id,
    headers: { 'content-type': 'application/json', 'user-agent': userAgent, ...headers },
    body,
  })
}

function textOf(event: FeedEvent): string {
  const text = texts.get(event) ?? toEventJson(event)
  texts.set(event, text)
  return text
}

/** What an attempt makes of its delivery. One that was asked for beside the schedule can only make it better. */
function after(delivery: DueDelivery, verdict: Verdict): Pick<Result, 'number' | 'round' | 'state' | 'dueAt'> {
  const number = delivery.attempts + 1
  if (verdict.outcome === 'delivered') return { number, round: delivery.round + 1, state: 'delivered', dueAt: null }
  if (delivery.state !== 'due') return { number, round: delivery.round, state: delivery.state, dueAt: null }
  const [state, dueAt]: [DeliveryState, Date | null] =
    verdict.outcome === 'retry' ? ['due', verdict.dueAt] : ['failed', null]
  return { number, round: delivery.round + 1, state, dueAt }
}

/** What is kept of an answer; PostgreSQL holds no NUL. */
function told(result: OutboundResult): Pick<Result, 'durationMs' | 'status' | 'error' | 'headers' | 'body'> {
  const { durationMs } = result
  if (result.kind === 'failed') {
    return { durationMs, status: null, error: result.detail.slice(0, longestError), headers: null, body: null }
  }
  const { status, headers, body } = result
  return { durationMs, status, error: null, headers, body: body.replaceAll('\0', '\uFFFD') }
}
