import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Client } from 'pg'
import { type Attempt, tryConnect } from './connect.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { logSince, openLog } from './log-file.ts'
import { findPostmaster, readPidFile, removeStaleLocks, stopPostmaster } from './postmaster.ts'
import { readRecord, replaceRecord } from './record.ts'
import { cleanEnv, identity, messageOf, sleep } from './run.ts'
import { serverArguments } from './settings.ts'
import { prepareSocketFolder } from './socket-folder.ts'
import type { Site } from './types.ts'

export interface Reached {
  client: Client
  /** The folder of the socket. */
  host: string
}

export interface Patience {
  applicationName: string
  /** How long failing starts are repeated while leftovers of a dead server are in the way. */
  failingMs: number
  /** How long they are repeated for any other reason. */
  hopelessMs: number
  /** How long a running server without a socket is left for its main process to mend. */
  unreachableMs: number
  /** Ends the attempt early. */
  signal: AbortSignal
}

/** Recovery after a crash replays up to max_wal_size, and a fast shutdown writes all dirty buffers. */
const longestBusyMs = 300_000
const sayAfterMs = 5000
const pollMs = 4

/** What was found in one look at the cluster. */
type Look =
  | { kind: 'reached'; reached: Reached }
  | { kind: 'wait'; why: string }
  | { kind: 'unreachable' }
  /** No server runs. */
  | { kind: 'none' }

interface Started {
  child: ChildProcess
  /** Set once it has ended or could not start. */
  ended: string | undefined
  logOffset: number
}

interface Attempting {
  readonly since: number
  started: Started | undefined
  /** Epoch milliseconds of the first failed start, and of the first look at a server without a socket; 0 when none. */
  failingSince: number
  unreachableSince: number
  said: boolean
}

/**
 * Connects to the live server of the cluster, or starts it; waits out starts, shutdowns and recoveries of others.
 * @throws EmbeddedPostgresError when it cannot be had; a server started here is stopped again then
 */
export async function reachServer(site: Site, patience: Patience): Promise<Reached> {
  const state: Attempting = { since: Date.now(), started: undefined, failingSince: 0, unreachableSince: 0, said: false }
  try {
    for (;;) {
      throwIfInterrupted(patience.signal)
      const look = await lookAt(site, patience.applicationName)
      if (look.kind === 'reached') return look.reached
      await act(site, patience, state, look)
      tellOrGiveUp(site, state, look.kind === 'wait' ? look.why : 'no answer')
      await sleep(pollMs)
    }
  } catch (error) {
    await abandon(state.started)
    throw error
  }
}

/** Said by what is left of a killed server, into the log of the one that is started, whose own reason stands before it. */
const leftovers = /unexpected postmaster exit/i

/** @throws EmbeddedPostgresError when the signal was aborted */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EmbeddedPostgresError('Interrupted while waiting for PostgreSQL.')
}

async function act(site: Site, patience: Patience, state: Attempting, look: Look): Promise<void> {
  if (state.started?.ended) {
    state.failingSince ||= Date.now()
    await judgeFailure(site, state.started, Date.now() - state.failingSince, patience)
    state.started = undefined
  } else if (look.kind === 'none' && !state.started) {
    state.started = await startServer(site)
  }
  if (look.kind !== 'unreachable') return
  state.unreachableSince ||= Date.now()
  if (Date.now() - state.unreachableSince >= patience.unreachableMs) await stopPostmaster(site)
}

/** Ends a server that was started here and never gave a connection. */
async function abandon(started: Started | undefined): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!started || started.ended) return
    started.child.kill(signal)
    for (const end = Date.now() + 15_000; !started.ended && Date.now() < end; ) await sleep(5)
  }
}

async function lookAt(site: Site, applicationName: string): Promise<Look> {
  const file = await readPidFile(site.clusterDir)
  if (!file) return { kind: 'none' }
  // Asking a server that says it is starting would fill its log with refusals.
  if (file.status === 'starting' && (await findPostmaster(site))) return { kind: 'wait', why: 'it is starting' }
  const attempt: Attempt = file.socketDir ? await tryConnect(site, file.socketDir, applicationName) : { kind: 'absent' }
  if (attempt.kind === 'connected') {
    const { client } = attempt
    if (await serves(client, site)) return { kind: 'reached', reached: { client, host: file.socketDir ?? '' } }
    await client.end().catch(() => {})
    return { kind: 'none' }
  }
  if (attempt.kind === 'busy') return { kind: 'wait', why: attempt.why }
  if (attempt.kind === 'refused') {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not take the password in ${site.dataDir}/postgres.json (${attempt.why}). Restore that file; or stop ` +
        `Facet and PostgreSQL (kill -INT ${file.pid}) and remove it: the next start sets a new password.`,
    )
  }
  const live = await findPostmaster(site)
  if (!live) return { kind: 'none' }
  return live.status === 'ready' ? { kind: 'unreachable' } : { kind: 'wait', why: `it is ${live.status ?? 'starting'}` }
}

/** Whether the answering server is this cluster's: the postmaster.pid in a copied data folder leads to the original's. */
async function serves(client: Client, site: Site): Promise<boolean> {
  if (await findPostmaster(site)) return true
  // In another container on the same volume its process is not to be seen from here.
  try {
    const { rows } = await client.query<{ dir: string }>("SELECT current_setting('data_directory') AS dir")
    const [theirs, ours] = await Promise.all([stat(rows[0]?.dir ?? ''), stat(site.clusterDir)])
    return theirs.dev === ours.dev && theirs.ino === ours.ino
  } catch {
    return false
  }
}

async function startServer(site: Site): Promise<Started> {
  const record = await readRecord(site.dataDir)
  const host = await prepareSocketFolder(site, record?.host ?? '')
  if (record && record.host !== host) await replaceRecord(site.dataDir, { ...record, host })
  await removeStaleLocks(site, host)
  const log = await openLog(site.logFile)
  try {
    const { size } = await log.stat()
    // In a session of its own: Ctrl-C in the terminal must reach Facet alone, which then stops the server in order.
    const child = spawn(site.binaries.postgres, serverArguments(site.clusterDir, host), {
      cwd: '/',
      env: cleanEnv,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...identity(site.account),
    })
    const started: Started = { child, ended: undefined, logOffset: size }
    child.on('error', (error) => {
      started.ended = messageOf(error)
    })
    child.on('exit', (code, signal) => {
      started.ended ??= signal ?? `code ${code}`
    })
    child.unref()
    return started
  } finally {
    await log.close()
  }
}

/** Leftovers of a killed server, or another process starting at the same moment, go away by themselves. */
const passing = /lock file|shared memory|another server|could not bind|Unix-domain|Unix socket|being used/i

/** @throws EmbeddedPostgresError when it is no use trying again */
async function judgeFailure(site: Site, failed: Started, failingForMs: number, patience: Patience): Promise<void> {
  const written = (await logSince(site.logFile, failed.logOffset)).split('\n')
  const lines = written.filter((line) => line.trim() && !leftovers.test(line))
  const reason =
    lines.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? `it ended with ${failed.ended}`
  if (failingForMs < (passing.test(reason) ? patience.failingMs : patience.hopelessMs)) return sleep(50)
  throw new EmbeddedPostgresError(
    `PostgreSQL does not start on ${site.clusterDir}: ${reason.trim()}. Its log is ${site.logFile}; mend what it names and ` +
      'start again, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function tellOrGiveUp(site: Site, state: Attempting, why: string): void {
  const waitedMs = Date.now() - state.since
  if (waitedMs > longestBusyMs) {
    throw new EmbeddedPostgresError(
      `PostgreSQL on ${site.clusterDir} gave no connection in ${longestBusyMs / 1000} s (${why}). See ${site.logFile}.`,
    )
  }
  if (waitedMs > sayAfterMs && !state.said) {
    state.said = true
    site.say(`Waiting for PostgreSQL (${why})`)
  }
}
