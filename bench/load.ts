/**
 * The load generator: a process of its own that is told, one leg at a time, what to ask of whom. A closed loop: each
 * connection sends its next request when the last one is answered.
 */
import { type Connection, openConnection, type Request } from './load-connection.ts'
import { newReference, seededReference } from './references.ts'
import type { LegTime, Measured } from './types.ts'

/** A leg as it is sent to this process. In path and body, `{new}` and `{seeded}` stand for a reference each. */
export interface HttpLeg extends LegTime {
  readonly host: string
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly expectedStatus: number
  readonly connections: number
  readonly seededRows: number
}

export interface HttpResult extends Measured {
  /** CPU seconds of this process in the leg. */
  readonly cpuSeconds: number
}

/** So many failures end a leg early: there is nothing to measure. */
const hopeless = 1_000
const pauseAfterFailureMs = 10

interface Tally {
  readonly latenciesMs: number[]
  acknowledged: number
  errors: number
  firstError?: string
}

async function measure(leg: HttpLeg): Promise<HttpResult> {
  const cpu = process.cpuUsage()
  const tally: Tally = { latenciesMs: [], acknowledged: 0, errors: 0 }
  const from = performance.now() + leg.warmupMs
  const to = from + leg.measureMs
  await Promise.all(Array.from({ length: leg.connections }, () => converse(leg, tally, from, to)))
  const { user, system } = process.cpuUsage(cpu)
  const sorted = tally.latenciesMs.sort((a, b) => a - b)
  return {
    perSecond: (sorted.length / leg.measureMs) * 1_000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    acknowledged: tally.acknowledged,
    errors: tally.errors,
    ...(tally.firstError === undefined ? {} : { firstError: tally.firstError }),
    cpuSeconds: (user + system) / 1e6,
  }
}

/** One connection's part. It ends only when its last request is answered, so that what is stored can be counted. */
async function converse(leg: HttpLeg, tally: Tally, from: number, to: number): Promise<void> {
  const next = requestMaker(leg)
  let connection: Connection | undefined
  while (performance.now() < to && tally.errors < hopeless) {
    try {
      connection ??= await openConnection(leg)
      await askUntil(connection, next, leg, tally, from, to)
    } catch (error) {
      note(tally, (error as Error).message)
      connection?.close()
      connection = undefined
      await new Promise((resolve) => setTimeout(resolve, pauseAfterFailureMs))
    }
  }
  connection?.close()
}

/** Asks again and again; by callbacks, so that the load spends no time on promises. */
function askUntil(
  connection: Connection,
  next: () => Request,
  leg: HttpLeg,
  tally: Tally,
  from: number,
  to: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let askedAt = performance.now()
    connection.onFailure = reject
    connection.onAnswer = (status, text) => {
      const now = performance.now()
      if (status !== leg.expectedStatus) note(tally, `${status}: ${text().slice(0, 300)}`)
      else {
        tally.acknowledged++
        if (now >= from && now < to) tally.latenciesMs.push(now - askedAt)
      }
      if (now >= to || tally.errors >= hopeless) return resolve()
      askedAt = now
      connection.ask(next())
    }
    connection.ask(next())
  })
}

function note(tally: Tally, message: string): void {
  tally.errors++
  tally.firstError ??= message
}

/** Makes the requests of a leg: its templates, cut once at their placeholders. */
function requestMaker(leg: HttpLeg): () => Request {
  const path = filler(leg.path, leg.seededRows)
  const body = leg.body === undefined ? undefined : filler(leg.body, leg.seededRows)
  const headers = Object.entries(leg.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const rest = ` HTTP/1.1\r\nhost: ${leg.host}:${leg.port}\r\n${headers.join('')}`
  return () => ({ head: `${leg.method} ${path()}${rest}`, body: body?.() })
}

function filler(template: string, seededRows: number): () => string {
  const parts = template.split(/(\{new\}|\{seeded\})/)
  if (parts.length === 1) return () => template
  return () => {
    let text = ''
    for (const part of parts) {
      if (part === '{new}') text += newReference()
      else if (part === '{seeded}') text += seededReference(Math.floor(Math.random() * seededRows))
      else text += part
    }
    return text
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

process.on('message', async (leg: HttpLeg) => {
  const result = await measure(leg)
  process.send?.(result)
})
// The bench that would use us is gone.
process.on('disconnect', () => process.exit(0))
