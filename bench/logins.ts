import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readConfig } from '../server/src/config.ts'
import { hashParameters, hashWidth } from '../server/src/infra/passwords/passwords.ts'
import { type Cleanup, endChild } from './cleanup.ts'
import type { LoginOrder } from './contestants/login-server.ts'
import { type Connection, openConnection } from './load-connection.ts'
import type { Options } from './options.ts'
import { waitForQuiet } from './rounds.ts'
import type { Stage } from './stage.ts'
import { median } from './summary.ts'

/** What one round of the logins' part found. */
export interface LoginRound {
  readonly perSecond: number
  /** argon2 alone, as many hashes at once. */
  readonly rawPerSecond: number
  /** Of reads at a steady rate, on the process that would hash too. */
  readonly readP99Ms: number
  /** The same while logins keep every hash busy. */
  readonly besideP99Ms: number
}

const connections = 16
const readsPerSecond = 500
const readConnections = 16
const warmupMs = 1_000
const wanted = { ofRaw: 0.8, p99Growth: 3 }

/** Measures logins through the core against argon2 alone, and reads of the same process with and without them. */
export async function measureLogins(
  stage: Stage,
  { rounds, seconds, patience }: Options,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<LoginRound[]> {
  const port = await startLoginServer(stage, cleanup)
  const address = { host: '127.0.0.1', port }
  const measureMs = seconds * 1_000
  const login = { method: 'POST', path: '/', headers: {}, body: '{}', expectedStatus: 200, seededRows: 0 } as const
  const logins = () => stage.load.measure({ ...login, ...address, connections, warmupMs, measureMs })
  await readP99(address, measureMs)
  const found: LoginRound[] = []
  for (let round = 1; round <= rounds; round++) {
    const quiet = () => waitForQuiet(patience * 1_000)
    await quiet()
    const rawPerSecond = await rawRate(measureMs)
    await quiet()
    const alone = await logins()
    await quiet()
    const readP99Ms = await readP99(address, measureMs)
    await quiet()
    const [{ perSecond, errors, firstError }, besideP99Ms] = await Promise.all([
      logins(),
      new Promise((resolve) => setTimeout(resolve, warmupMs)).then(() => readP99(address, measureMs)),
    ])
    if (errors + alone.errors > 0) throw new Error(`Logins failed: ${firstError ?? alone.firstError}`)
    found.push({ perSecond: alone.perSecond, rawPerSecond, readP99Ms, besideP99Ms })
    say(
      `${round}/${rounds}  logins  ${alone.perSecond.toFixed(1)}/s  beside reads ${perSecond.toFixed(1)}/s  raw argon2 ${rawPerSecond.toFixed(1)}/s  reads p99 ${readP99Ms.toFixed(1)} ms, beside logins ${besideP99Ms.toFixed(1)} ms`,
    )
  }
  return found
}

/** What is to be said of logins under the table. */
export function loginNotes(rounds: readonly LoginRound[]): string[] {
  if (rounds.length === 0) return []
  const of = (read: (round: LoginRound) => number) => median(rounds.map(read))
  const [perCore, ofRaw] = [of((r) => r.perSecond) / hashWidth, of((r) => r.perSecond / r.rawPerSecond)]
  const growth = of((r) => r.besideP99Ms / r.readP99Ms)
  const { memoryCost, timeCost, parallelism } = hashParameters
  const reached = ofRaw >= wanted.ofRaw && growth <= wanted.p99Growth
  return [
    `Logins through the core: ${perCore.toFixed(1)} a second on each of ${hashWidth} hashing core${hashWidth === 1 ? '' : 's'} (argon2id, m=${memoryCost} KiB, t=${timeCost}, p=${parallelism}), ${ofRaw.toFixed(2)} × argon2 alone at that width.`,
    `Reads of the same process at ${readsPerSecond} a second: p99 ${of((r) => r.readP99Ms).toFixed(1)} ms, and ${of((r) => r.besideP99Ms).toFixed(1)} ms while logins keep every hash busy: ${growth.toFixed(1)} ×.`,
    `Wanted: logins ${wanted.ofRaw} × argon2 alone, reads' p99 within ${wanted.p99Growth} ×: ${reached ? 'reached' : 'NOT reached'}.`,
  ]
}

async function startLoginServer(stage: Stage, cleanup: Cleanup): Promise<number> {
  const child = fork(join(import.meta.dirname, 'contestants/login-server.ts'))
  cleanup.add(() => endChild(child))
  const answered = once(child, 'message', { signal: AbortSignal.timeout(30_000) })
  const { databaseConnections } = readConfig({})
  child.send({ address: stage.database.address, connections: databaseConnections } satisfies LoginOrder)
  return (await answered)[0]
}

async function rawRate(measureMs: number): Promise<number> {
  const child = fork(join(import.meta.dirname, 'contestants/raw-argon2.ts'))
  const ended = once(child, 'exit')
  const answered = once(child, 'message')
  child.send(measureMs)
  const [rate] = await answered
  await ended
  return rate
}

/** Reads by the clock and not by the answers, so that a server that stands still is seen to; waiting counts as time. */
async function readP99(address: { readonly host: string; readonly port: number }, measureMs: number): Promise<number> {
  const idle = await Promise.all(Array.from({ length: readConnections }, () => openConnection(address)))
  const all = [...idle]
  const head = `GET / HTTP/1.1\r\nhost: ${address.host}:${address.port}\r\n`
  const count = (readsPerSecond * measureMs) / 1_000
  const due: number[] = []
  const times: number[] = []
  const from = performance.now()
  await new Promise<void>((resolve, reject) => {
    const ask = (connection: Connection, dueAt: number) => {
      connection.onFailure = reject
      connection.onAnswer = (status) => {
        if (status !== 200) return reject(new Error(`A read was answered with ${status}`))
        times.push(performance.now() - dueAt)
        if (times.length === count) return resolve()
        const waiting = due.shift()
        if (waiting === undefined) idle.push(connection)
        else ask(connection, waiting)
      }
      connection.ask({ head, body: undefined })
    }
    let asked = 0
    const tick = () => {
      const passed = performance.now() - from
      for (; asked < count && (asked * 1_000) / readsPerSecond <= passed; asked++) {
        const dueAt = performance.now()
        const connection = idle.pop()
        if (connection === undefined) due.push(dueAt)
        else ask(connection, dueAt)
      }
      if (asked < count) setTimeout(tick, 1)
    }
    tick()
  })
  for (const connection of all) connection.close()
  return times.sort((a, b) => a - b)[Math.floor(count * 0.99)] ?? Number.NaN
}
