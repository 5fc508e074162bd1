import { EmbeddedPostgresError } from './errors.ts'
import { codeOf, messageOf } from './run.ts'
import { becomeMain, leaveSeat, takeSeat } from './seat.ts'
import { type Patience, throwIfInterrupted } from './server.ts'
import { databaseName, roleName, socketPort } from './settings.ts'
import { prepareSite } from './site.ts'
import { supervise } from './supervisor.ts'
import type { EmbeddedPostgres, OpenOptions, Site } from './types.ts'

export { EmbeddedPostgresError } from './errors.ts'
export type { Connection, EmbeddedPostgres, EmbeddedPostgresEvent, OpenOptions } from './types.ts'

/** How long a start is repeated after a crash, while the dead server's last processes end. */
const failingMs = 10_000
/** A start that fails for another reason is tried a few times only, so that its error is shown soon. */
const hopelessMs = 1500
/** Longer than a main process takes to notice a vanished socket and start the server again. */
const unreachableMs = 12_000

/**
 * Opens the PostgreSQL of a data folder: adopts the live server, or makes the cluster and starts it. A `visitor` counts as
 * a user until it releases; the `main` also keeps every other main out and restarts the server when it dies.
 * @throws EmbeddedPostgresError when another main holds the folder, the server cannot be had, or the signal
 * gave the opening up; the message says what to do
 */
export async function openEmbeddedPostgres(options: OpenOptions): Promise<EmbeddedPostgres> {
  try {
    return await open(options)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError || codeOf(error) === undefined) throw error
    throw new EmbeddedPostgresError(
      `The data folder ${options.dataDir} cannot be used: ${messageOf(error)}. Check who owns it and whether the disk is ` +
        'full, or set FACET_DATA_DIR to another folder.',
      { cause: error },
    )
  }
}

async function open(options: OpenOptions): Promise<EmbeddedPostgres> {
  const site = await prepareSite(options)
  const applicationName = `facet ${options.role} ${process.pid}`
  const patience: Patience = {
    applicationName,
    failingMs,
    hopelessMs,
    unreachableMs,
    signal: options.signal ?? new AbortController().signal,
  }
  const seat = await takeSeat(site, patience)
  try {
    if (options.role === 'main') await becomeMain(site, seat, patience.signal)
    throwIfInterrupted(patience.signal)
  } catch (error) {
    await leaveSeat(site, seat)
    throw error
  }
  if (options.role === 'visitor') return opened(site, seat.host, () => leaveSeat(site, seat))
  const supervisor = supervise(site, seat, applicationName, options.onEvent ?? (() => {}))
  return opened(site, seat.host, async () => leaveSeat(site, await supervisor.stop()))
}

function opened(site: Site, host: string, leave: () => Promise<void>): EmbeddedPostgres {
  let released: Promise<void> | undefined
  return {
    connection: { host, port: socketPort, user: roleName, password: site.password, database: databaseName },
    clusterDir: site.clusterDir,
    release() {
      released ??= leave()
      return released
    },
  }
}
