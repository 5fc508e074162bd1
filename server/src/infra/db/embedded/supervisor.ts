import { access } from 'node:fs/promises'
import { boundLog } from './log-file.ts'
import { codeOf, messageOf } from './run.ts'
import { becomeMain, leaveSeat, type Seat, takeSeat } from './seat.ts'
import type { Patience } from './server.ts'
import { socketFile } from './socket-folder.ts'
import type { EmbeddedPostgresEvent, Site } from './types.ts'

const checkMs = 5000
const restartMs = 30_000

export interface Supervisor {
  /** Ends the watch, waiting for a restart under way. Returns the seat that is held by then. */
  stop(): Promise<Seat>
}

/**
 * Watches over the server for the main process: when it dies, or its socket vanishes, it is started or adopted again and
 * both locks are taken again.
 */
export function supervise(
  site: Site,
  first: Seat,
  applicationName: string,
  emit: (event: EmbeddedPostgresEvent) => void,
): Supervisor {
  const stopping = new AbortController()
  let seat = first
  let recovery: Promise<void> = Promise.resolve()
  const watch = () => {
    const begin = () => {
      if (!stopping.signal.aborted) recovery = recover()
    }
    if (seat.gone) begin()
    else seat.client.once('end', begin)
  }
  const recover = async () => {
    emit({ kind: 'down' })
    const patience: Patience = {
      applicationName,
      failingMs: restartMs,
      hopelessMs: restartMs,
      unreachableMs: 0,
      signal: stopping.signal,
    }
    const reason = await retake(site, patience, seat.host, (taken) => {
      seat = taken
    })
    if (stopping.signal.aborted) return
    if (reason === undefined) {
      emit({ kind: 'back' })
      watch()
    } else {
      emit({ kind: 'lost', reason })
    }
  }
  watch()
  const timer = setInterval(() => {
    if (!seat.gone) check(site, seat).catch((error: unknown) => site.say(`PostgreSQL's log: ${messageOf(error)}`))
  }, checkMs)
  timer.unref()
  return {
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await recovery
      return seat
    },
  }
}

/** Takes seat and main lock again. Returns why that failed for good, or undefined. */
async function retake(
  site: Site,
  patience: Patience,
  host: string,
  keep: (seat: Seat) => void,
): Promise<string | undefined> {
  // A server that dies again while its locks are being taken is no reason to give up at once.
  for (const end = Date.now() + restartMs; ; ) {
    let seat: Seat | undefined
    try {
      seat = await takeSeat(site, patience)
      await becomeMain(site, seat)
      if (seat.host !== host) throw new Error(`PostgreSQL's socket moved to ${seat.host}. Start Facet again.`)
      keep(seat)
      return undefined
    } catch (error) {
      const diedAgain = seat?.gone === true && Date.now() < end && !patience.signal.aborted
      if (seat && !diedAgain) await leaveSeat(site, seat).catch(() => {})
      if (!diedAgain) return messageOf(error)
    }
  }
}

async function check(site: Site, seat: Seat): Promise<void> {
  await boundLog(site.logFile)
  try {
    await access(socketFile(seat.host))
  } catch (error) {
    // Whoever cleaned /tmp took the socket: nobody can connect any more, so the server is started again.
    if (codeOf(error) === 'ENOENT') await seat.client.end()
  }
}
