import type { Config, LogLevel } from '../../config.ts'
import type { Installation } from '../installation/installation.ts'
import type { Logger } from '../log.ts'
import { type Api, type ApiBuilder, openApiHere, type ServedApp } from './open-api.ts'
import type { Stopping } from './signals.ts'

export interface ApiStart extends Pick<Stopping, 'add'> {
  readonly config: Config
  readonly opening: Promise<Installation>
  readonly logLevel: LogLevel
  readonly log: Logger
  /** The file that is run with the argument `api` when several processes serve. */
  readonly entry: string
  /** Loads what builds the server, where this process serves by itself. */
  readonly load: () => Promise<ApiBuilder<ServedApp>>
  /** How long requests in flight have at the end. */
  readonly drainMs: number
}

/** Begins to serve HTTP in this process, or in as many as the settings say: loads while the database opens. */
export async function startApi(start: ApiStart): Promise<Api> {
  const { config, opening, logLevel, log, entry, load, drainMs, add } = start
  if (config.workers === 1) return openApiHere(opening, load(), { config, log, add })
  const { apiMessage, keepApi } = await import('./api-processes.ts')
  const message = opening.then(({ address, keys }) => apiMessage({ address, logLevel, keys }))
  const api = keepApi({ entry, config, message, log })
  add(() => api.close(drainMs))
  return api
}
