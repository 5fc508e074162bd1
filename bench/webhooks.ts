import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { slots } from '../server/src/core/webhooks/lanes.ts'
import type { BareSending } from './contestants/bare-sender.ts'
import { type Connection, openConnection } from './load-connection.ts'
import { median, quantile } from './quantiles.ts'
import type { Arrivals } from './receiver.ts'
import { newReference } from './references.ts'
import type { Stage } from './stage.ts'
import { whole } from './texts.ts'
import { type Finding, nothingFound, verdict } from './verdict.ts'

/** What one round of the webhooks' part found. */
export interface WebhookRound {
  /** From the answer to a create to the first byte at the receiver. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Out of a feed that was full when the endpoint was resumed. */
  readonly perSecond: number
  /** The same messages, posted by undici alone. */
  readonly barePerSecond: number
}

export const eventsPerSecond = 500
const latencySeconds = 5
export const backlog = 10_000
const connections = 16
const patienceMs = 60_000

/** Measures deliveries: how soon they arrive at a steady rate, and how fast a backlog is delivered. */
export async function measureWebhooks(
  stage: Stage,
  rounds: number,
  say: (line: string) => void,
): Promise<WebhookRound[]> {
  // What came for an earlier endpoint is nobody's.
  await stage.receiver.take(0, patienceMs)
  // An endpoint is told of what is numbered after it was made.
  await stage.core.numberEvents()
  const endpoint = await ask(stage, 'POST', '/webhook-endpoints', {
    url: `http://${stage.receiver.host}/`,
    types: ['profile.created'],
  })
  const path = `/webhook-endpoints/${endpoint.id}`
  try {
    return await measureEndpoint(stage, path, rounds, say)
  } finally {
    await ask(stage, 'DELETE', path)
  }
}

async function measureEndpoint(
  stage: Stage,
  path: string,
  rounds: number,
  say: (line: string) => void,
): Promise<WebhookRound[]> {
  // The first connections are opened, and code is compiled.
  await latencies(stage, 1)
  const found: WebhookRound[] = []
  for (let round = 1; round <= rounds; round++) {
    const sorted = (await latencies(stage, latencySeconds)).sort((a, b) => a - b)
    await ask(stage, 'PATCH', path, { state: 'paused' })
    await stage.core.createProfiles(backlog)
    await stage.core.numberEvents()
    await ask(stage, 'PATCH', path, { state: 'active' })
    const perSecond = rateOf(await stage.receiver.take(backlog, patienceMs))
    const barePerSecond = await bareRate(stage)
    const figures = { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), perSecond, barePerSecond }
    found.push(figures)
    say(
      `${round}/${rounds}  webhooks  p50 ${figures.p50Ms.toFixed(1)} ms  p99 ${figures.p99Ms.toFixed(1)} ms  ${Math.round(perSecond)}/s  bare ${Math.round(barePerSecond)}/s`,
    )
  }
  return found
}

/** What deliveries are to reach: half of them in 25 ms, all but one in a hundred in 100 ms, 2,000 a second. */
const wanted = { p50Ms: 25, p99Ms: 100, perSecond: 2_000 }

/** What is to be said of webhooks under the tables. */
export function webhookFinding(rounds: readonly WebhookRound[]): Finding {
  if (rounds.length === 0) return nothingFound
  const of = (read: (round: WebhookRound) => number) => median(rounds.map(read))
  const [p50Ms, p99Ms, perSecond] = [of((r) => r.p50Ms), of((r) => r.p99Ms), of((r) => r.perSecond)]
  const reached = p50Ms <= wanted.p50Ms && p99Ms <= wanted.p99Ms && perSecond >= wanted.perSecond
  const range = (read: (round: WebhookRound) => number, print: (value: number) => string) =>
    `${print(Math.min(...rounds.map(read)))} – ${print(Math.max(...rounds.map(read)))}`
  return {
    notes: [
      `Webhooks, from the answer of a create to the first byte at the receiver, at ${eventsPerSecond} events a second: p50 ${p50Ms.toFixed(1)} ms (${range(
        (r) => r.p50Ms,
        (ms) => ms.toFixed(1),
      )}), p99 ${p99Ms.toFixed(1)} ms (${range(
        (r) => r.p99Ms,
        (ms) => ms.toFixed(1),
      )}).`,
      `Webhooks out of a backlog of ${whole(backlog)} to one fast receiver: ${whole(perSecond)} a second (${range((r) => r.perSecond, whole)}), ${of((r) => r.perSecond / r.barePerSecond).toFixed(2)} × what undici posts there with as many in flight and no database.`,
    ],
    verdicts: [
      verdict(
        'Webhooks',
        `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${whole(perSecond)} a second`,
        `p50 ${wanted.p50Ms} ms, p99 ${wanted.p99Ms} ms, ${whole(wanted.perSecond)} a second`,
        reached,
      ),
    ],
  }
}

/** Creates profiles at a steady rate, whatever the answers take; gives how long each event took to arrive. */
async function latencies(stage: Stage, seconds: number): Promise<number[]> {
  const { facet } = stage
  const head = [
    'POST /facet/v1/profiles HTTP/1.1',
    `host: ${facet.host}`,
    `authorization: Bearer ${facet.secret}`,
    'content-type: application/json',
    '',
  ].join('\r\n')
  const idle = await Promise.all(Array.from({ length: connections }, () => openConnection(facet)))
  const all = [...idle]
  const committedAt = new Map<string, number>()
  const count = eventsPerSecond * seconds
  const startedAt = performance.now()
  await new Promise<void>((resolve, reject) => {
    let asked = 0
    const create = (connection: Connection) => {
      const reference = newReference()
      asked++
      connection.onFailure = reject
      connection.onAnswer = (status) => {
        committedAt.set(reference, performance.timeOrigin + performance.now())
        idle.push(connection)
        if (status !== 201) reject(new Error(`A create was answered with ${status}`))
        if (committedAt.size === count) resolve()
      }
      connection.ask({ head, body: `{"reference":"${reference}"}` })
    }
    const tick = () => {
      const wanted = Math.min(count, ((performance.now() - startedAt) * eventsPerSecond) / 1_000)
      while (asked < wanted) {
        const connection = idle.pop()
        if (connection === undefined) break
        create(connection)
      }
      if (asked < count) setTimeout(tick, 1)
    }
    tick()
  })
  for (const connection of all) connection.close()
  const { references, times } = await stage.receiver.take(count, patienceMs)
  // A message may arrive before its create is answered.
  return references.map((reference, i) => Math.max(0, (times[i] ?? 0) - (committedAt.get(reference) ?? 0)))
}

function rateOf({ times }: Arrivals): number {
  const sorted = times.toSorted((a, b) => a - b)
  return ((sorted.length - 1) / ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0))) * 1_000
}

async function bareRate(stage: Stage): Promise<number> {
  const child = fork(join(import.meta.dirname, 'contestants/bare-sender.ts'))
  const ended = once(child, 'exit')
  // As long as an event of a small profile.
  const body = JSON.stringify({ reference: 'x'.repeat(560) })
  child.send({ host: stage.receiver.host, body, count: backlog, inFlight: slots } satisfies BareSending)
  const rate = rateOf(await stage.receiver.take(backlog, patienceMs))
  await ended
  return rate
}

async function ask(stage: Stage, method: string, path: string, body?: object): Promise<{ id: string }> {
  const { host, port, secret } = stage.facet
  const response = await fetch(`http://${host}:${port}/facet/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? { id: '' } : JSON.parse(text)
}
