import type { Config } from '../../config.ts'
import type { EventSignal, Files, Notices, Outbound, Siblings } from '../../core/ports.ts'
import { createEventSignal } from '../db/event-signal.ts'
import { openNotices } from '../db/notices.ts'
import type { DatabaseAddress, PooledDb } from '../db/pool.ts'
import { filesPlace, openFiles } from '../files/open-files.ts'
import type { Installation } from '../installation/installation.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'
import type { Logger } from '../log.ts'
import { createOutbound } from '../outbound/outbound.ts'
import { type OpenRedis, openRedis } from '../redis.ts'
import { type Listening, listen } from './listen.ts'
import type { Stopping } from './signals.ts'

/** What serves HTTP: this process, or several that it keeps. */
export interface Api {
  /** Listens, once it can serve, and gives the address as a URL. Throws StartError that names the setting to change. */
  listen(): Promise<string>
  /** Refuses readiness, and finishes the requests in flight within `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
}

interface Given {
  readonly config: Config
  readonly db: PooledDb
  readonly keys: CredentialsKey
  /** The other processes that serve HTTP on this node, when there are any. */
  readonly siblings?: Siblings
  readonly log: Logger
}

/** What the server of one process is built of. */
export interface ApiParts extends Given {
  readonly notices: Notices
  readonly events: EventSignal
  readonly outbound: Outbound
  readonly files: Files
  readonly rateStore: OpenRedis['client']
}

/** What builds the server, which takes half a second of a processor to load. */
export interface ApiBuilder<App> {
  buildApp(parts: ApiParts): Promise<App>
}

/** Opens what a server needs beside its database, and builds it. What it opened is closed behind it. */
export async function openApi<App>(
  given: Given & { readonly address: DatabaseAddress },
  loading: Promise<ApiBuilder<App>>,
  add: Stopping['add'],
): Promise<App> {
  const { address, ...own } = given
  const { config, db, log } = own
  const files = await openFiles(filesPlace(config))
  const [notices, redis] = [openNotices(address, log), openRedis(config.redisUrl, log)]
  add(async () => void (await Promise.all([notices.close(), redis.close(), files.close()])))
  const [events, outbound] = [createEventSignal(db, log), createOutbound({ allow: config.webhookAllow })]
  const { buildApp } = await loading
  return buildApp({ ...own, notices, events, outbound, files, rateStore: redis.client })
}

/** A server that is built. */
export interface ServedApp {
  readonly server: Listening
  /** On a port of its own; undefined when there is none. */
  readonly metricsServer: Listening | undefined
  close(timeoutMs: number): Promise<void>
}

/** Opens the server in this process, over the connections of the installation. */
export async function openApiHere(
  opening: Promise<Pick<Installation, 'address' | 'db' | 'keys'>>,
  loading: Promise<ApiBuilder<ServedApp>>,
  { config, log, add }: Pick<Given, 'config' | 'log'> & Pick<Stopping, 'add'>,
): Promise<Api> {
  const { address, db, keys } = await opening
  const { server, metricsServer, close } = await openApi({ config, address, db, keys, log }, loading, add)
  return {
    async listen() {
      const bound = await listen(server, config.host, config.port, 'FACET_PORT')
      if (metricsServer) await listen(metricsServer, config.host, config.metricsPort ?? 0, 'FACET_METRICS_PORT')
      return bound
    },
    close,
  }
}
