import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Cleanup, endChild } from './cleanup.ts'
import { cpuOfFamily } from './cpu.ts'
import type { Load } from './load-client.ts'
import type { OpenLeg } from './load-open.ts'

const startTimeoutMs = 10_000
const warmupMs = 1_000
const measureMs = 2_000

/** What the load asks, of whomever. */
type Asked = Omit<OpenLeg, 'host' | 'port' | 'phases'>

/**
 * The share of a core that a server of node:http takes which only refuses, so many requests a second. What is left is all that one process,
 * of whatever server on node:http, has to answer others with. Null where the system does not tell.
 */
export async function measureRefusing(
  load: Load,
  asked: Asked,
  perSecond: number,
  cleanup: Cleanup,
): Promise<number | null> {
  const child = fork(join(import.meta.dirname, 'contestants', 'refusing-server.ts'))
  cleanup.add(() => endChild(child))
  const answered = once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })
  const [port] = await answered
  const at = { ...asked, host: '127.0.0.1', port }
  await load.measureByTheClock({ ...at, phases: [{ perSecond, ms: warmupMs, whenBusy: 'lose' }] })
  const before = cpuOfFamily(child.pid ?? 0)
  await load.measureByTheClock({ ...at, phases: [{ perSecond, ms: measureMs, whenBusy: 'lose' }] })
  const after = cpuOfFamily(child.pid ?? 0)
  await endChild(child)
  return before === undefined || after === undefined ? null : ((after - before) * 1_000) / measureMs
}
