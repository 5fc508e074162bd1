import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createMetricSums, createMetricsServer } from './metric-sums.ts'

async function metricsOf(requests: number, bytes: number) {
  const registry = new Registry()
  new Counter({ name: 'requests', help: 'r', labelNames: ['status'], registers: [registry] }).inc(
    { status: 200 },
    requests,
  )
  new Gauge({ name: 'bytes', help: 'b', registers: [registry] }).set(bytes)
  // As they come over a channel.
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON()))
}

it('metrics are the sum of all; what a process counted outlasts it, and what it held goes with it', async () => {
  const sums = createMetricSums()
  const [one, two] = [{}, {}]
  sums.note(one, await metricsOf(3, 10))
  sums.note(two, await metricsOf(4, 20))
  expect(await sums.text()).toMatch(/requests{status="200"} 7\n.*bytes 30\n/s)
  sums.retire(one)
  expect(await sums.text()).toMatch(/requests{status="200"} 7\n.*bytes 20\n/s)
  sums.retire(two)
  sums.note({}, await metricsOf(1, 5))
  expect(await sums.text()).toMatch(/requests{status="200"} 8\n.*bytes 5\n/s)
})

it('metrics have one path, whatever the query', async () => {
  const server = createMetricsServer(async () => 'text')
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const statuses = ['/metrics', '/metrics?x=1', '/metric'].map(async (path) => {
    return (await fetch(`http://127.0.0.1:${port}${path}`)).status
  })
  expect(await Promise.all(statuses)).toEqual([200, 200, 404])
  server.close()
  server.closeAllConnections()
})
