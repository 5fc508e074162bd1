import { createServer, type Server } from 'node:http'
import { AggregatorRegistry, Registry } from 'prom-client'

/** The metrics of one process, as prom-client has them in JSON. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** The metrics of several processes as one. */
export interface MetricSums {
  /** What a process says of itself. */
  note(from: object, metrics: MetricValues): void
  /** The process is gone: what it counted stays in the sum, so that no counter falls back. */
  retire(from: object): void
  /** Prometheus text of what everybody said last. */
  text(): Promise<string>
}

/** Makes sums of nothing. */
export function createMetricSums(): MetricSums {
  const latest = new Map<object, MetricValues>()
  let gone: Promise<MetricValues> = Promise.resolve([])
  return {
    note: (from, metrics) => void latest.set(from, metrics),
    retire(from) {
      const last = latest.get(from)?.filter(({ type }) => `${type}` === 'counter' || `${type}` === 'histogram') ?? []
      latest.delete(from)
      gone = gone.then((before) => AggregatorRegistry.aggregate([before, last]).getMetricsAsJSON())
    },
    async text() {
      // Both as of this moment: a process that goes meanwhile is in one of them.
      const [before, present] = [gone, [...latest.values()]]
      return AggregatorRegistry.aggregate([await before, ...present]).metrics()
    },
  }
}

/** A server of nothing but `/metrics`. */
export function createMetricsServer(text: () => Promise<string>): Server {
  return createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') return response.writeHead(404).end()
    const send = (metrics: string) =>
      response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(metrics)
    return text().then(send, () => response.writeHead(500).end())
  })
}
