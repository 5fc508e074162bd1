import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** The metrics of one process. */
export interface Metrics {
  readonly registry: Registry
}

/** Makes a registry with the process's own metrics in it. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { registry }
}

/**
 * Counts and times every request by dialect, method, route and status, and writes one log line for it. Neither holds a
 * header, a body or a query: the line names the route, not the path, which may carry an e-mail.
 */
export function useObservation(
  app: FastifyInstance,
  metrics: Metrics,
  dialects: readonly { name: string; prefix: string }[],
): void {
  const durations = new Histogram({
    name: 'facet_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['dialect', 'method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics.registry],
  })
  const dialectOf = (route: string) => dialects.find(({ prefix }) => route.startsWith(`${prefix}/`))?.name ?? 'none'
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown'
    const ms = reply.elapsedTime
    const labels = { dialect: dialectOf(route), method: request.method, route, status: reply.statusCode }
    durations.observe(labels, ms / 1000)
    request.log.info({ ...labels, ms: Math.round(ms * 100) / 100, appId: request.ctx?.appId }, 'Answered')
    done()
  })
}
