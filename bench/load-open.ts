import { type Connection, openConnection } from './load-connection.ts'
import { createPhaseTally, type PhaseResult, type PhaseTally } from './load-phase.ts'
import { type Ask, requestWriter } from './load-requests.ts'

/**
 * An open loop: requests come by the clock and not by the answers, so that a server that stands still is seen to. One phase follows
 * the other on the same connections.
 */
export interface OpenLeg extends Ask {
  readonly connections: number
  readonly phases: readonly Phase[]
}

export interface Phase {
  readonly perSecond: number
  readonly ms: number
  /**
   * What becomes of a request that finds every connection busy when it is due. It waits for one, and its time counts from when it was due;
   * or it is lost, as with a client that has no more connections, so that a phase leaves nothing over to the next.
   */
  readonly whenBusy: 'wait' | 'lose'
}

export interface OpenResult {
  readonly phases: readonly PhaseResult[]
}

/** How long a leg asks, in milliseconds. */
export function timeOf(leg: OpenLeg): number {
  return leg.phases.reduce((sum, { ms }) => sum + ms, 0)
}

/** A connection, and the request that is under way on it. */
interface Line {
  connection: Connection
  tally: PhaseTally | undefined
  dueAt: number
  sentAt: number
}

interface Due {
  readonly tally: PhaseTally
  readonly at: number
}

const reopenAfterMs = 10

export async function measureOpen(leg: OpenLeg): Promise<OpenResult> {
  const write = requestWriter(leg)
  const idle: Line[] = []
  const waiting: Due[] = []
  let unanswered = 0
  let clockRuns = true
  const over = Promise.withResolvers<void>()

  const send = (line: Line, { tally, at }: Due) => {
    line.tally = tally
    line.dueAt = at
    line.sentAt = performance.now()
    tally.sent()
    line.connection.send(write())
  }
  const free = (line: Line) => {
    line.tally = undefined
    const next = waiting.shift()
    if (next === undefined) idle.push(line)
    else send(line, next)
  }
  const finish = (line: Line) => {
    unanswered--
    free(line)
    if (unanswered === 0 && !clockRuns) over.resolve()
  }
  const reopen = async (line: Line): Promise<void> => {
    try {
      line.connection = await openConnection(leg)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, reopenAfterMs))
      return reopen(line)
    }
    listen(line)
    free(line)
  }
  const listen = (line: Line) => {
    line.connection.onAnswer = (status, text) => {
      const now = performance.now()
      line.tally?.answered(status, text, { dueAt: line.dueAt, sentAt: line.sentAt, now })
      finish(line)
    }
    line.connection.onFailure = (error) => {
      if (line.tally !== undefined) unanswered--
      line.tally?.failed(error.message, line.dueAt)
      line.tally = undefined
      if (unanswered === 0 && !clockRuns) over.resolve()
      void reopen(line)
    }
  }

  const lines = await Promise.all(
    Array.from({ length: leg.connections }, async (): Promise<Line> => {
      return { connection: await openConnection(leg), tally: undefined, dueAt: 0, sentAt: 0 }
    }),
  )
  for (const line of lines) {
    listen(line)
    idle.push(line)
  }
  const tallies = await runClock(leg, (due, whenBusy) => {
    due.tally.came(performance.now() - due.at)
    const line = idle.pop()
    if (line === undefined && whenBusy === 'lose') return due.tally.lost()
    unanswered++
    if (line === undefined) waiting.push(due)
    else send(line, due)
  })
  clockRuns = false
  if (unanswered > 0) await over.promise
  for (const { connection } of lines) connection.close()
  return { phases: tallies.map((tally) => tally.result()) }
}

/** Calls at the time of each request of each phase, or as soon after it as the process gets to it. */
function runClock(leg: OpenLeg, come: (due: Due, whenBusy: Phase['whenBusy']) => void): Promise<PhaseTally[]> {
  const tallies: PhaseTally[] = []
  return new Promise((resolve) => {
    const begin = (index: number, from: number) => {
      const phase = leg.phases[index]
      if (phase === undefined) return resolve(tallies)
      const tally = createPhaseTally(phase, leg.expectedStatus, from)
      tallies.push(tally)
      const betweenMs = 1_000 / phase.perSecond
      let next = 0
      const tick = () => {
        const passed = performance.now() - from
        for (; next * betweenMs <= passed && next * betweenMs < phase.ms; next++) {
          come({ tally, at: from + next * betweenMs }, phase.whenBusy)
        }
        if (passed < phase.ms) setTimeout(tick, 1)
        else begin(index + 1, from + phase.ms)
      }
      tick()
    }
    begin(0, performance.now())
  })
}
