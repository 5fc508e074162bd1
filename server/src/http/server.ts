import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import type { ServerConfig } from '../config.ts'
import type { Admission } from './admission.ts'
import { serializerCompiler } from './compilers.ts'
import type { RewriteUrl } from './printed-paths.ts'

const requestTimeoutMs = 30_000
/** A connection may be idle for so long; longer than a proxy before the server keeps one. */
const keepAliveMs = 72_000
/** A client that is too slow is found at the next look. */
const checkedEveryMs = 5_000
/** Of a request's line and headers together: a query of 1,000 user names fits. What is larger is answered with 431. */
const maxHeaderBytes = 65_536

const timeouts = {
  maxHeaderSize: maxHeaderBytes,
  connectionsCheckingInterval: checkedEveryMs,
  keepAliveTimeout: keepAliveMs,
  // A client that sends slowly holds a connection no longer than this.
  requestTimeout: requestTimeoutMs,
}

export interface ServerOptions {
  readonly config: Pick<ServerConfig, 'bodyLimitBytes' | 'trustedProxies'>
  readonly log: FastifyBaseLogger
  readonly rewrite: RewriteUrl
  readonly admission: Admission
  readonly answerUnreadable: NonNullable<FastifyServerOptions['frameworkErrors']>
}

/** A server without routes, and the bounds of what it takes from a connection. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { config, log, rewrite, admission, answerUnreadable } = options
  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: config.bodyLimitBytes,
    serverFactory: (listener) => {
      const server = createHttpServer(timeouts, (request, response) => {
        if (admission(request, response)) listener(request, response)
      })
      // A client that asks before it sends is not told to send what is thrown away (RFC 9110 section 10.1.1).
      return server.on('checkContinue', (request, response) => {
        if (!admission(request, response)) return
        response.writeContinue()
        listener(request, response)
      })
    },
    trustProxy: [...config.trustedProxies],
    // Refused by a hook of ours instead, in the shape of the dialect that was asked.
    return503OnClosing: false,
    rewriteUrl: (request) => rewrite(request.url ?? '/', request.headers),
    routerOptions: { maxParamLength: 2_048 },
    frameworkErrors: answerUnreadable,
  })
  server.setSerializerCompiler(serializerCompiler)
  return server
}
