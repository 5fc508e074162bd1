import type { Client } from 'pg'
import { tryConnect } from './connect.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { joinUsers, leaveUsers, mainHolder, takeMain } from './locks.ts'
import { findPostmaster, readPidFile, stopPostmaster } from './postmaster.ts'
import { sleep } from './run.ts'
import { type Patience, reachServer, throwIfInterrupted } from './server.ts'
import { removeShortFolder } from './socket-folder.ts'
import type { Site } from './types.ts'

/** A connection that counts as a user of the server, by its shared lock. */
export interface Seat {
  client: Client
  host: string
  /** Turns true when the connection has ended, for whatever reason. */
  gone: boolean
}

const longestJoinMs = 120_000
const predecessorMs = 3000

/**
 * Connects and joins the users of the server, starting it when needed; starts it anew when the last user is just stopping it.
 * @throws EmbeddedPostgresError
 */
export async function takeSeat(site: Site, patience: Patience): Promise<Seat> {
  for (const end = Date.now() + longestJoinMs; ; await sleep(10)) {
    const { client, host } = await reachServer(site, patience)
    const seat = seatOn(client, host)
    try {
      if ((await joinUsers(client)) && !(await isStopping(site))) return seat
    } catch (error) {
      // Shut down in the middle: the next round starts it anew.
      if (!seat.gone && Date.now() > end) throw error
    }
    await client.end().catch(() => {})
    if (Date.now() > end) {
      throw new EmbeddedPostgresError(
        `PostgreSQL on ${site.clusterDir} is being stopped without end. See ${site.logFile}.`,
      )
    }
  }
}

/**
 * Takes the main lock, waiting up to 3 s for a predecessor that is just ending.
 * @throws EmbeddedPostgresError when another process keeps it, or the signal ends the wait
 */
export async function becomeMain(site: Site, seat: Seat, signal?: AbortSignal): Promise<void> {
  for (const end = Date.now() + predecessorMs; ; await sleep(40)) {
    if (await takeMain(seat.client)) return
    throwIfInterrupted(signal)
    if (Date.now() < end) continue
    const holder = await mainHolder(seat.client)
    throw new EmbeddedPostgresError(
      `Another "facet start" (pid ${holder ?? 'unknown'}) already uses the data folder ${site.dataDir}. ` +
        'Stop it, or set FACET_DATA_DIR to another folder.',
    )
  }
}

/**
 * Gives the seat up; the last one out stops the server.
 * @throws EmbeddedPostgresError when the server does not stop
 */
export async function leaveSeat(site: Site, seat: Seat): Promise<void> {
  if (!seat.gone && (await leaveBy(site, seat.client, seat.host))) return
  // The connection broke while the server lives on: a new one is needed to learn whether anybody is left.
  const client = await reconnect(site)
  if (client && !(await leaveBy(site, client, seat.host))) {
    site.say(`PostgreSQL on ${site.clusterDir} was left running: the connection broke twice. See ${site.logFile}`)
  }
}

/** False when the connection broke before it was known whether anybody is left. */
async function leaveBy(site: Site, client: Client, host: string): Promise<boolean> {
  try {
    const last = await leaveUsers(client).catch(() => undefined)
    if (last && (await stopPostmaster(site))) await removeShortFolder(host)
    else if (last && (await readPidFile(site.clusterDir))) {
      site.say(`PostgreSQL on ${site.clusterDir} was left running: its process could not be found from here`)
    }
    return last !== undefined
  } finally {
    await client.end().catch(() => {})
  }
}

function seatOn(client: Client, host: string): Seat {
  const seat = { client, host, gone: false }
  client.on('end', () => {
    seat.gone = true
  })
  return seat
}

/** PostgreSQL writes this down before it ends the connections, so a lock freed by a shutdown is never mistaken for a seat. */
async function isStopping(site: Site): Promise<boolean> {
  const file = await readPidFile(site.clusterDir)
  return file === undefined || file.status === 'stopping'
}

async function reconnect(site: Site): Promise<Client | undefined> {
  for (const end = Date.now() + 5000; Date.now() < end; await sleep(20)) {
    const live = await findPostmaster(site)
    if (!live || live.status === 'stopping') return undefined
    const attempt = live.socketDir ? await tryConnect(site, live.socketDir, `facet leaving ${process.pid}`) : undefined
    if (attempt?.kind === 'connected') return attempt.client
  }
  site.say(`PostgreSQL on ${site.clusterDir} was left running: it gives no connection. See ${site.logFile}`)
  return undefined
}
