import { type Connection, openConnection, type Request } from './load-connection.ts'

/** A steady rate, whatever the answers take. */
export interface Pace {
  readonly perSecond: number
  readonly count: number
  readonly connections: number
  /** Of every answer. */
  readonly status: number
}

/**
 * Asks by the clock and not by the answers, so that a server that stands still is seen to: each time some requests, one after the other on
 * one connection. Gives how long each time took, the least first; waiting for a connection counts.
 */
export async function askByTheClock(
  server: { readonly host: string; readonly port: number },
  pace: Pace,
  requestsOf: (dueAt: number) => readonly Request[],
): Promise<number[]> {
  const all = await Promise.all(Array.from({ length: pace.connections }, () => openConnection(server)))
  const idle = [...all]
  const due: number[] = []
  const times: number[] = []
  const done = Promise.withResolvers<void>()
  const begin = async (connection: Connection, dueAt: number) => {
    for (const request of requestsOf(dueAt)) await answerTo(connection, request, pace.status)
    times.push(performance.now() - dueAt)
    if (times.length === pace.count) return done.resolve()
    const waiting = due.shift()
    if (waiting === undefined) idle.push(connection)
    else begin(connection, waiting).catch(done.reject)
  }
  let begun = 0
  const from = performance.now()
  const tick = () => {
    const passed = performance.now() - from
    for (; begun < pace.count && (begun * 1_000) / pace.perSecond <= passed; begun++) {
      // What the load itself is late by counts too.
      const dueAt = from + (begun * 1_000) / pace.perSecond
      const connection = idle.pop()
      if (connection === undefined) due.push(dueAt)
      else begin(connection, dueAt).catch(done.reject)
    }
    if (begun < pace.count) setTimeout(tick, 1)
  }
  tick()
  await done.promise
  for (const connection of all) connection.close()
  return times.sort((a, b) => a - b)
}

function answerTo(connection: Connection, request: Request, expected: number): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.onFailure = reject
    connection.onAnswer = (status, text) => {
      if (status === expected) resolve()
      else reject(new Error(`Answered with ${status}: ${text().slice(-300)}`))
    }
    connection.ask(request)
  })
}
