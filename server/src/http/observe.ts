import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { CallCounter } from '../core/calls/calls.types.ts'
import type { Siblings } from '../core/ports.ts'

/** The metrics of one process, and of all that serve HTTP on its node. */
export interface Metrics {
  readonly registry: Registry
  /** The sum over all of them, as Prometheus text. */
  text(): Promise<string>
}

/** Makes a registry with the process's own metrics in it. */
export function createMetrics(siblings?: Siblings): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  siblings?.offerMetrics(() => registry.getMetricsAsJSON())
  return { registry, text: () => siblings?.metrics() ?? registry.metrics() }
}

/** The dialect of what belongs to none: health, metrics, pictures, and routes that there are not. */
const noDialect = 'none'

/**
 * Counts and times every request by dialect, method, route and status, and writes one log line for it. Neither holds a
 * header, a body or a query: the line names the route, not the path, which may carry an e-mail. What clients of an app
 * ask is counted for the app too.
 */
export function useObservation(
  app: FastifyInstance,
  metrics: Metrics,
  dialects: readonly { name: string; prefix: string }[],
  calls: CallCounter,
): void {
  const durations = new Histogram({
    name: 'facet_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['dialect', 'method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics.registry],
  })
  new Counter({
    name: 'facet_calls_dropped_total',
    help: 'Calls that no app has in its counts, since the database could not be written to for too long.',
    registers: [metrics.registry],
    collect() {
      this.reset()
      this.inc(calls.dropped)
    },
  })
  const dialectOf = (route: string) => dialects.find(({ prefix }) => route.startsWith(`${prefix}/`))?.name ?? noDialect
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
    if (isCall(request, reply) && labels.dialect !== noDialect) {
      calls.count(request.ctx.appId, { ...labels, atMs: Date.now(), ms, requestId: request.id })
    }
    done()
  })
}

/**
 * Whether a client of an app asked: neither nobody who is known, nor an operator, whose console asks all the time. A stream of events
 * is no call, since it goes on for as long as its reader likes.
 */
function isCall({ ctx }: FastifyRequest, { raw }: FastifyReply): boolean {
  const known = ctx !== undefined && ctx.actor.kind !== 'operator'
  return known && raw.getHeader('content-type') !== 'text/event-stream'
}
