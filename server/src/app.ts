import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ServerConfig } from './config.ts'
import { createKeyDirectory } from './core/api-keys/api-keys.directory.ts'
import { createSessionDirectory } from './core/credentials/sessions.directory.ts'
import type { Db } from './core/db.ts'
import { createFeedHub } from './core/feed/feed.hub.ts'
import { createHostDirectory } from './core/organizations/hosts.directory.ts'
import type { EventSignal, Files, Keys, Notices, Outbound } from './core/ports.ts'
import { createWalletNews } from './core/wallets/wallet-news.ts'
import { epixel } from './dialects/epixel/plugin.ts'
import { native } from './dialects/native/plugin.ts'
import { ocamba } from './dialects/ocamba/plugin.ts'
import { ona } from './dialects/ona/plugin.ts'
import { original } from './dialects/original/plugin.ts'
import { oumla } from './dialects/oumla/plugin.ts'
import type { Dialect, Services } from './http/dialect.ts'
import { drain } from './http/drain.ts'
import { faultOf } from './http/faults.ts'
import { healthRoutes, metricsApp, refuseWhile } from './http/health.ts'
import { createLimits } from './http/limits.ts'
import { createMetrics, useObservation } from './http/observe.ts'
import { pictureRoutes } from './http/pictures.ts'
import { printedPathTable } from './http/printed-paths.ts'
import { securityHeaders, useHeaders } from './http/security-headers.ts'
import { answerUnreadable } from './http/unreadable-requests.ts'
import type { RateStore } from './http/window-limits.ts'
import { jobs } from './infra/jobs/queue.ts'
import type { WorkerDuties } from './infra/jobs/serve-worker.ts'
import { createPasswords } from './infra/passwords/passwords.ts'
import { createPictures, createUploadQueues } from './infra/pictures/pictures.ts'

/** Every dialect. The first one answers for paths that belong to none. */
function dialectsOf({ epixelBase }: ServerConfig): readonly Dialect[] {
  return [native, oumla, ocamba, epixel(epixelBase), ona, original]
}

export interface AppOptions {
  readonly config: ServerConfig
  readonly db: Db
  readonly keys: Keys
  readonly notices: Notices
  readonly events: EventSignal
  readonly outbound: Pick<Outbound, 'refusal'>
  readonly files: Files
  /** Where several processes count the requests of an app together; without it each counts for itself. */
  readonly rateStore?: RateStore | undefined
  readonly log: FastifyBaseLogger
}

/** The HTTP server, ready to listen, and how to end it. */
export interface App {
  readonly server: FastifyInstance
  /** Prometheus text on a port of its own; undefined when it shares the main one. */
  readonly metricsServer: FastifyInstance | undefined
  /** Refuses readiness, finishes requests in flight within `timeoutMs`, writes what is still to be written. */
  close(timeoutMs: number): Promise<void>
}

const usesWrittenEveryMs = 30_000
const requestTimeoutMs = 30_000
/** A client that is too slow is found at the next look. */
const checkedEveryMs = 5_000
/** Of a request's line and headers together: a query of 1,000 user names fits. What is larger is answered with 431. */
const maxHeaderBytes = 65_536

/** The composition root: makes the server out of its parts. Opens no port and no connection of its own. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { config, db, keys, notices, events, outbound, files, rateStore, log } = options
  const dialects = dialectsOf(config)
  const rewrite = printedPathTable(dialects)
  const metrics = createMetrics()
  const directory = createKeyDirectory(db, keys, notices)
  const { publicUrl } = config
  const hosts = createHostDirectory(db, notices, publicUrl)
  const sessions = createSessionDirectory(db, notices)
  const feed = createFeedHub(notices)
  const pictures = createPictures(config, log)
  const walletNews = createWalletNews(notices)
  const sendsMail = config.smtpUrl !== undefined
  const ports = { events, outbound, files, jobs, pictures, walletNews, passwords: createPasswords(), sendsMail }
  const limits = createLimits(config, { rateStore, uploadQueues: createUploadQueues() })
  const services: Services = { db, keys, directory, hosts, sessions, publicUrl, log, feed, ...ports, ...limits }
  const headers = securityHeaders({ https: publicUrl?.startsWith('https:') ?? false })
  let stopping = false

  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: config.bodyLimitBytes,
    http: { maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: checkedEveryMs },
    trustProxy: [...config.trustedProxies],
    // Refused by a hook of ours instead, in the shape of the dialect that was asked.
    return503OnClosing: false,
    // A client that sends slowly holds a connection no longer than this.
    requestTimeout: requestTimeoutMs,
    rewriteUrl: (request) => rewrite(request.url ?? '/', request.headers),
    routerOptions: { maxParamLength: 2_048 },
    frameworkErrors: answerUnreadable({ dialects, headers, addressLimit: limits.addressLimit }),
  })
  server.decorateRequest('ctx')
  useHeaders(server, headers)
  useObservation(server, metrics, dialects)
  refuseWhile(server, () => stopping)
  server.setErrorHandler((error, request, reply) => native.answerFault(faultOf(error, request), request, reply))
  server.setNotFoundHandler((request, reply) => native.answerFault({ code: 'route_not_found' }, request, reply))
  healthRoutes(server, {
    db,
    metrics,
    // In production a proxy stands before the server, and every one of its peers looks local.
    metricsElsewhere: config.metricsPort !== undefined || config.production,
    isStopping: () => stopping,
  })
  pictureRoutes(server, files)
  for (const { plugin, prefix } of dialects) await server.register(plugin, { prefix, services })

  const writer = setInterval(() => {
    directory.writeUses().catch((error) => log.warn({ err: error }, 'The last uses of API keys were not written'))
  }, usesWrittenEveryMs)
  const metricsServer = config.metricsPort === undefined ? undefined : metricsApp(metrics)

  return {
    server,
    metricsServer,
    async close(timeoutMs) {
      stopping = true
      clearInterval(writer)
      feed.close()
      walletNews.close()
      await drain(metricsServer ? [server, metricsServer] : [server], timeoutMs)
      await pictures.close()
      await directory.writeUses().catch(() => {})
    },
  }
}

/** What the worker process does. It is loaded there and nowhere else. */
export async function loadDuties(): Promise<WorkerDuties> {
  const [{ createTasks }, { keepFeeds }] = await Promise.all([
    import('./workers/tasks.ts'),
    import('./workers/feed-keeper.ts'),
  ])
  return { tasks: createTasks, keep: keepFeeds }
}
