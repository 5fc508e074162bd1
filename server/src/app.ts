import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { ServerConfig } from './config.ts'
import { createKeyDirectory } from './core/api-keys/api-keys.directory.ts'
import { createCallCounter } from './core/calls/call-counter.ts'
import { createTokenDirectory } from './core/credentials/profile-tokens.directory.ts'
import { createSessionDirectory } from './core/credentials/sessions.directory.ts'
import type { Db } from './core/db.ts'
import { createFeedHub, feedLimitsOf } from './core/feed/feed.hub.ts'
import { createHostDirectory } from './core/organizations/hosts.directory.ts'
import type { EventSignal, Files, Keys, Notices, Outbound, Siblings } from './core/ports.ts'
import { createWalletNews } from './core/wallets/wallet-news.ts'
import { epixel } from './dialects/epixel/plugin.ts'
import { native } from './dialects/native/plugin.ts'
import { ocamba } from './dialects/ocamba/plugin.ts'
import { ona } from './dialects/ona/plugin.ts'
import { original } from './dialects/original/plugin.ts'
import { oumla } from './dialects/oumla/plugin.ts'
import { createAdmission } from './http/admission.ts'
import { consoleRoutes } from './http/console-files.ts'
import type { RateStore } from './http/counts.ts'
import type { Dialect, Services } from './http/dialect.ts'
import { drain } from './http/drain.ts'
import { facesOf } from './http/faces.ts'
import { faultOf } from './http/faults.ts'
import { healthRoutes, metricsApp, refuseWhile } from './http/health.ts'
import { createLimits } from './http/limits.ts'
import { createMetrics, useObservation } from './http/observe.ts'
import { signInPlugin, signInPrefix } from './http/operators/plugin.ts'
import { pictureRoutes } from './http/pictures.ts'
import { printedPathTable } from './http/printed-paths.ts'
import { securityHeaders, useHeaders } from './http/security-headers.ts'
import { createServer } from './http/server.ts'
import { answerUnreadable } from './http/unreadable-requests.ts'
import { jobs } from './infra/jobs/queue.ts'
import type { WorkerDuties } from './infra/jobs/serve-worker.ts'
import { operatorAccess } from './infra/operators/sign-in.ts'
import { createPasswords, hashingOf } from './infra/passwords/passwords.ts'
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
  /** Where several nodes count the requests of an app together; without it each counts for itself. */
  readonly rateStore?: RateStore | undefined
  /** The other processes that serve HTTP on this node, when there are any. */
  readonly siblings?: Siblings | undefined
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

/** The composition root: makes the server out of its parts. Opens no port and no connection of its own. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { config, db, keys, notices, events, outbound, files, rateStore, siblings, log } = options
  const dialects = dialectsOf(config)
  const metrics = createMetrics(siblings)
  const directory = createKeyDirectory(db, keys, notices)
  const { publicUrl, workers } = config
  const hosts = createHostDirectory(db, notices, publicUrl)
  const sessions = createSessionDirectory(db, notices)
  const tokens = createTokenDirectory(db, notices)
  const feed = createFeedHub(notices, feedLimitsOf(workers))
  const pictures = createPictures(config, log)
  const walletNews = createWalletNews(notices, workers)
  const calls = createCallCounter(db, log)
  const sendsMail = config.smtpUrl !== undefined
  const passwords = createPasswords(hashingOf(workers))
  const https = publicUrl?.startsWith('https:') ?? false
  const operators = operatorAccess({ db, keys, passwords, log, https })
  const ports = { events, outbound, files, jobs, pictures, walletNews, passwords, operators, sendsMail }
  const limits = createLimits(config, { rateStore, siblings, uploadQueues: createUploadQueues(workers) })
  const own = { db, keys, directory, hosts, sessions, tokens, publicUrl, log, feed, faces: facesOf(dialects) }
  const services: Services = { ...own, ...ports, ...limits }
  const headers = securityHeaders({ https })
  let stopping = false

  const unreadable = answerUnreadable({ dialects, headers, addressLimit: limits.addressLimit })
  const rewrite = printedPathTable(dialects)
  const admission = createAdmission({ dialects, rewrite, headers, metrics, log })
  const server = createServer({ config, log, rewrite, admission, answerUnreadable: unreadable })
  server.decorateRequest('ctx')
  useHeaders(server, headers)
  useObservation(server, metrics, dialects, calls)
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
  consoleRoutes(server, join(import.meta.dirname, '..', '..', 'console', 'dist'))
  for (const { plugin, prefix } of dialects) await server.register(plugin, { prefix, services })
  await server.register(signInPlugin, { prefix: signInPrefix, services, answerFault: native.answerFault })

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
      await Promise.all([calls.close(), directory.writeUses().catch(() => {})])
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
