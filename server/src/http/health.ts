import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Db } from '../core/db.ts'
import { TransportError } from './faults.ts'
import type { Metrics } from './observe.ts'

export interface HealthOptions {
  readonly db: Db
  readonly metrics: Metrics
  /** Whether `/metrics` has a port of its own, so that it is not served here. */
  readonly metricsElsewhere: boolean
  /** True from the moment the process was told to stop. */
  readonly isStopping: () => boolean
}

const readinessTimeoutMs = 2_000
/** What is answered in any case. */
export const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** `/healthz`: the process answers. `/readyz`: it can serve. `/metrics`: Prometheus text, to loopback peers only. */
export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const { db, metrics, metricsElsewhere, isStopping } = options
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const problem = isStopping() ? 'stopping' : await databaseProblem(db)
    return problem === undefined ? { status: 'ok' } : reply.code(503).send({ status: problem })
  })
  if (metricsElsewhere) return
  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request)) throw new TransportError({ code: 'route_not_found' })
    return sendMetrics(reply, metrics)
  })
}

/** A server of its own for `/metrics`. */
export function metricsApp(metrics: Metrics): FastifyInstance {
  const app = Fastify()
  app.get('/metrics', (_request, reply) => sendMetrics(reply, metrics))
  return app
}

/** Refuses requests on connections that are still open while the server stops; probes are told the truth instead. */
export function refuseWhile(app: FastifyInstance, isStopping: () => boolean): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isStopping() && !probes.has(request.url)) done(new TransportError({ code: 'server_stopping' }))
    else done()
  })
}

async function sendMetrics(reply: FastifyReply, metrics: Metrics): Promise<FastifyReply> {
  return reply.type(metrics.registry.contentType).send(await metrics.text())
}

async function databaseProblem(db: Db): Promise<string | undefined> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, readinessTimeoutMs, 'database slow').unref()
  })
  const asked = db.query('select 1', []).then(
    () => undefined,
    () => 'database unavailable',
  )
  return Promise.race([asked, late])
}

/** A peer on this machine that is not a proxy speaking for somebody else. */
function isLocal(request: FastifyRequest): boolean {
  const { remoteAddress } = request.socket
  const loopback = remoteAddress === '::1' || /^(::ffff:)?127\./.test(remoteAddress ?? '')
  return loopback && !['forwarded', 'x-forwarded-for', 'via', 'x-real-ip'].some((name) => name in request.headers)
}
