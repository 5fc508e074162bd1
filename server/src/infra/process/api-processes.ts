import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { apiEnvironment, type Config } from '../../config.ts'
import type { Log } from '../../core/ports.ts'
import { StartError } from '../installation/start-error.ts'
import type { CredentialsKey } from '../keys/credentials-key.ts'
import { gatherMetrics } from './gathered-metrics.ts'
import { type KeptProcess, keepProcess } from './kept-process.ts'
import { addressOf, listen } from './listen.ts'
import { createMetricSums, createMetricsServer } from './metric-sums.ts'
import { createNodeCounts } from './node-counts.ts'
import type { Api } from './open-api.ts'
import type { ApiMessage, SaidToApi } from './serve-api.ts'
import type { SaidByApi } from './siblings.ts'
import { watchSilence } from './silence.ts'

interface ApiOptions {
  /** The file that serves when it is run with the argument `api`. */
  readonly entry: string
  readonly config: Config
  readonly message: Promise<ApiMessage>
  readonly log: Log
}

/** What each is told at its start: it seals secrets, so it has the key whole. */
export function apiMessage({
  address,
  logLevel,
  keys,
}: Pick<ApiMessage, 'address' | 'logLevel'> & { readonly keys: CredentialsKey }): ApiMessage {
  return { address, logLevel, masterKey: keys.master.toString('base64') }
}

/** From when it can be told where the database is. */
const readyMs = 180_000
/** Listening takes a moment. */
const listeningMs = 30_000
/** For what a process does after its last request: it writes what it counted, and ends its connections. */
const endingMs = 5_000

/** Keeps as many processes that serve HTTP as the settings say, and what they have in common. */
export function keepApi({ entry, config, message, log }: ApiOptions): Api {
  const { host, port, workers, metricsPort } = config
  const [counts, sums] = [createNodeCounts(), createMetricSums()]
  const place = Promise.withResolvers<number>()
  // Each settles when the first process in its place listens, or cannot.
  const all = Array.from({ length: workers }, () => Promise.withResolvers<void>())
  for (const { promise } of all) promise.catch(() => {})
  const children = new Set<ChildProcess>()
  let serving = false
  const metrics = gatherMetrics({ children, sums, tell, log })
  const silence = watchSilence<ChildProcess>((child) => tell(child, { metricsWanted: true }), log)
  const metricsServer = createMetricsServer(metrics.gather)

  function hear(child: ChildProcess, said: SaidByApi, { resolve, reject }: PromiseWithResolvers<void>): void {
    // What a process said last may come after its end.
    if (!children.has(child)) return
    silence.broken(child)
    if ('questions' in said) tell(child, { answers: counts.answer(child, said.questions) })
    else if ('metrics' in said) metrics.note(child, said.metrics)
    else if ('wantsMetrics' in said) void metrics.answer(child)
    else if ('listening' in said) resolve()
    else if (serving) log.error({ reason: said.cannotListen }, 'The API process cannot listen')
    else reject(new StartError(said.cannotListen))
  }

  cluster.setupPrimary({ exec: entry, args: ['api'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const keep = (own: PromiseWithResolvers<void>): KeptProcess =>
    keepProcess({
      name: 'API',
      start() {
        const worker = cluster.fork(apiEnvironment())
        // It repeats what its process says.
        worker.on('error', () => {})
        const child = worker.process
        // One that never was has no end either.
        if (child.pid === undefined) return child
        children.add(child)
        silence.watch(child)
        place.promise.then((listenOn) => tell(child, { listenOn }))
        return child
      },
      message,
      log,
      readyMs,
      onMessage: (child, said) => hear(child, said as SaidByApi, own),
      onEnd(child) {
        children.delete(child)
        silence.forget(child)
        counts.forget(child)
        metrics.retire(child)
      },
    })
  const kept = all.map(keep)

  return {
    async listen() {
      await Promise.all(kept.map(({ ready }) => ready))
      const free = await findPort(host, port)
      place.resolve(free)
      const late = new StartError(`Not every API process listened within ${listeningMs / 1_000} s: see the log`)
      setTimeout(() => {
        for (const { reject } of all) reject(late)
      }, listeningMs).unref()
      await Promise.all(all.map(({ promise }) => promise))
      serving = true
      if (metricsPort !== undefined) await listen(promising(metricsServer), host, metricsPort, 'FACET_METRICS_PORT')
      return addressOf(host, free)
    },
    async close(timeoutMs) {
      silence.close()
      await Promise.all(kept.map(({ stop }) => stop(timeoutMs + endingMs)))
      metricsServer.close()
      metricsServer.closeAllConnections()
      counts.close()
    },
  }
}

/** What is said to a process that has just ended is lost, and its end is told elsewhere. */
function tell(child: ChildProcess, message: SaidToApi): void {
  child.send(message, () => {})
}

/**
 * The port, 0 become a free one, once it is known that it can be listened on. The processes share it by a flag of the socket that lets in
 * whoever sets it too: without this look, a second server could join them unnoticed.
 */
async function findPort(host: string, port: number): Promise<number> {
  const server = createServer()
  await listen(promising(server), host, port, 'FACET_PORT')
  const { port: found } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return found
}

function promising<S extends ReturnType<typeof createServer>>(server: S) {
  return {
    server,
    async listen(options: { host: string; port: number }): Promise<string> {
      await once(server.listen(options), 'listening')
      return ''
    },
  }
}
