import { randomUUID } from 'node:crypto'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import type { ServerConfig } from '../config.ts'
import type { RewriteUrl } from './printed-paths.ts'

const requestTimeoutMs = 30_000
/** A client that is too slow is found at the next look. */
const checkedEveryMs = 5_000
/** Of a request's line and headers together: a query of 1,000 user names fits. What is larger is answered with 431. */
const maxHeaderBytes = 65_536

export interface ServerOptions {
  readonly config: Pick<ServerConfig, 'bodyLimitBytes' | 'trustedProxies'>
  readonly log: FastifyBaseLogger
  readonly rewrite: RewriteUrl
  readonly answerUnreadable: NonNullable<FastifyServerOptions['frameworkErrors']>
}

/** A server without routes, and the bounds of what it takes from a connection. */
export function createServer({ config, log, rewrite, answerUnreadable }: ServerOptions): FastifyInstance {
  return Fastify({
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
    frameworkErrors: answerUnreadable,
  })
}
