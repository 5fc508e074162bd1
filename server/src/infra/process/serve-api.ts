import { connectionsOfEach } from '../../config/connections.ts'
import { type LogLevel, readApiConfig } from '../../config.ts'
import { type DatabaseAddress, openPool, requestLockTimeoutMs } from '../db/pool.ts'
import { StartError } from '../installation/start-error.ts'
import { createCredentialsKey } from '../keys/credentials-key.ts'
import { createLog, type Logger } from '../log.ts'
import { listen } from './listen.ts'
import { type ApiBuilder, openApi, type ServedApp } from './open-api.ts'
import { joinSiblings, type SaidByApi, type SaidOfSiblings } from './siblings.ts'
import { onStopSignal } from './signals.ts'
import { orTellRefusal, tell } from './start-report.ts'

/** What a process that serves HTTP is told first; the settings it reads for itself. */
export interface ApiMessage {
  readonly address: DatabaseAddress
  readonly logLevel: LogLevel
  /** The 32 bytes of the master key, in base64. */
  readonly masterKey: string
}

/** What it is told later on: where to listen, once all are ready, and what comes of its siblings. */
export type SaidToApi = { readonly listenOn: number } | SaidOfSiblings

/**
 * Connections are dealt out by the kernel, where it can: by a hash of both ends, among the sockets that listen on the port. Elsewhere, on
 * macOS, node:cluster accepts them in the process that keeps this one, and deals them out in turn.
 */
const reusePort = process.platform === 'linux'

/**
 * One of several processes that serve HTTP on one port. It waits to be told where the database is, and then where to listen; the
 * process that keeps it ends it by a signal, or by its own end: that of the channel ends every process of node:cluster.
 */
export async function serveApi(load: () => Promise<ApiBuilder<ServedApp>>, drainMs: number): Promise<void> {
  const loading = load()
  const [first, place] = [Promise.withResolvers<ApiMessage>(), Promise.withResolvers<number>()]
  const say = (message: SaidByApi) => void tell(message)
  let log: Logger | undefined
  const siblings = joinSiblings(say, () =>
    log?.warn('The process that keeps this one does not answer: it counts for itself'),
  )
  process.on('message', (message: ApiMessage | SaidToApi) => {
    if ('masterKey' in message) first.resolve(message)
    else if ('listenOn' in message) place.resolve(message.listenOn)
    else siblings.hear(message)
  })
  const { address, logLevel, masterKey } = await first.promise
  log = createLog(logLevel).child({ pid: process.pid })
  const { add } = onStopSignal(log)
  const config = await orTellRefusal(Promise.resolve().then(() => readApiConfig()))
  const keys = createCredentialsKey(Buffer.from(masterKey, 'base64'))
  const db = openPool({ address, connections: connectionsOfEach(config), log, lockTimeoutMs: requestLockTimeoutMs })
  add(() => db.close())
  const app = await orTellRefusal(openApi({ config, address, db, keys, siblings, log }, loading, add))
  add(() => app.close(drainMs))
  await tell({ ready: true })
  try {
    await listen(app.server, config.host, await place.promise, 'FACET_PORT', reusePort)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    await tell({ cannotListen: error.message })
    process.exit(1)
  }
  say({ listening: true })
}
