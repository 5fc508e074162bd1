import { type Connection, openConnection } from './load-connection.ts'
import { type Ask, requestWriter } from './load-requests.ts'
import { latenciesOf } from './quantiles.ts'
import type { LegTime, Measured } from './types.ts'

/** A closed loop: each connection sends its next request when the last one is answered. */
export interface ClosedLeg extends LegTime, Ask {
  readonly connections: number
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

export async function measureClosed(leg: ClosedLeg): Promise<Measured> {
  const tally: Tally = { latenciesMs: [], acknowledged: 0, errors: 0 }
  const from = performance.now() + leg.warmupMs
  const to = from + leg.measureMs
  await Promise.all(Array.from({ length: leg.connections }, () => converse(leg, tally, from, to)))
  return {
    perSecond: (tally.latenciesMs.length / leg.measureMs) * 1_000,
    ...latenciesOf(tally.latenciesMs),
    acknowledged: tally.acknowledged,
    errors: tally.errors,
    ...(tally.firstError === undefined ? {} : { firstError: tally.firstError }),
  }
}

/** One connection's part. It ends only when its last request is answered, so that what is stored can be counted. */
async function converse(leg: ClosedLeg, tally: Tally, from: number, to: number): Promise<void> {
  const next = requestWriter(leg)
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
  next: () => string,
  leg: ClosedLeg,
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
      connection.send(next())
    }
    connection.send(next())
  })
}

function note(tally: Tally, message: string): void {
  tally.errors++
  tally.firstError ??= message
}
