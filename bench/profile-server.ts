import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { askByTheClock } from './by-the-clock.ts'
import { type Cleanup, endChild } from './cleanup.ts'
import type { Options } from './options.ts'
import { waitForQuiet } from './rounds.ts'
import type { Stage } from './stage.ts'
import type { Measured } from './types.ts'

/** A server that reads profiles for a GET and does something dear for a POST; see contestants/profile-server.ts. */
export interface ProfileServer {
  readonly host: string
  readonly port: number
}

/** What reads and something dear do to each other. */
export interface BesideRound {
  /** The dear part, while nothing is read. */
  readonly alone: Measured
  /** Of reads at a steady rate, on the process that does the dear part too. */
  readonly readP99Ms: number
  /** The dear part while profiles are read, and those reads. */
  readonly beside: Measured
  readonly besideP99Ms: number
}

export const readsPerSecond = 500
const readConnections = 16
const warmupMs = 1_000

/** Starts a server out of `contestants/`, which is told what to do in its first message. */
export async function startProfileServer(script: string, order: object, cleanup: Cleanup): Promise<ProfileServer> {
  const child = fork(join(import.meta.dirname, 'contestants', script))
  cleanup.add(() => endChild(child))
  const answered = once(child, 'message', { signal: AbortSignal.timeout(30_000) })
  child.send(order)
  return { host: '127.0.0.1', port: (await answered)[0] }
}

/** One round: POSTs alone, then reads alone, then both. */
export async function measureBesideReads(
  stage: Stage,
  server: ProfileServer,
  connections: number,
  { seconds, patience }: Options,
): Promise<BesideRound> {
  const measureMs = seconds * 1_000
  const quiet = () => waitForQuiet(patience * 1_000)
  const post = { method: 'POST', path: '/', headers: {}, body: '{}', expectedStatus: 200, seededRows: 0 } as const
  const posts = () => stage.load.measure({ ...post, ...server, connections, warmupMs, measureMs })
  await quiet()
  const alone = await posts()
  await quiet()
  const readP99Ms = await readP99(server, measureMs)
  await quiet()
  const [beside, besideP99Ms] = await Promise.all([
    posts(),
    new Promise((resolve) => setTimeout(resolve, warmupMs)).then(() => readP99(server, measureMs)),
  ])
  const firstError = alone.firstError ?? beside.firstError
  if (firstError !== undefined) throw new Error(`A request failed: ${firstError}`)
  return { alone, readP99Ms, beside, besideP99Ms }
}

/** Of reads at a steady rate. */
export async function readP99(server: ProfileServer, measureMs: number): Promise<number> {
  const count = (readsPerSecond * measureMs) / 1_000
  const pace = { perSecond: readsPerSecond, count, connections: readConnections, status: 200 }
  const head = `GET / HTTP/1.1\r\nhost: ${server.host}:${server.port}\r\n`
  const times = await askByTheClock(server, pace, () => [{ head, body: undefined }])
  return times[Math.floor(count * 0.99)] ?? Number.NaN
}
