import type { ChildProcess } from 'node:child_process'
import type { Log } from '../../core/ports.ts'
import type { MetricSums } from './metric-sums.ts'
import type { SaidOfSiblings } from './siblings.ts'

/** A process that says nothing of its metrics in this time is in the sum with what it said before. */
const metricsMs = 1_000

/** The metrics of all processes that serve HTTP. */
export interface GatheredMetrics extends Pick<MetricSums, 'note' | 'retire'> {
  /** Asks every process, and gives the sum as text. Who asks meanwhile gets the same. */
  gather(): Promise<string>
  /** Tells the sum to the process that asks for it. */
  answer(child: ChildProcess): Promise<void>
}

interface GatherOptions {
  /** Those that are there. */
  readonly children: ReadonlySet<ChildProcess>
  readonly sums: MetricSums
  readonly tell: (child: ChildProcess, message: SaidOfSiblings) => void
  readonly log: Pick<Log, 'error'>
}

/** Gathers them from the processes whenever somebody asks. */
export function gatherMetrics({ children, sums, tell, log }: GatherOptions): GatheredMetrics {
  const missing = new Set<object>()
  let whole = Promise.withResolvers<void>()
  let gathering: Promise<string> | undefined

  function came(child: object): void {
    missing.delete(child)
    if (missing.size === 0) whole.resolve()
  }

  async function ask(): Promise<string> {
    whole = Promise.withResolvers()
    for (const child of children) {
      missing.add(child)
      tell(child, { metricsWanted: true })
    }
    const patience = setTimeout(() => whole.resolve(), metricsMs)
    await whole.promise
    clearTimeout(patience)
    return sums.text()
  }

  function gather(): Promise<string> {
    gathering ??= ask().finally(() => {
      gathering = undefined
    })
    return gathering
  }

  return {
    note(child, metrics) {
      sums.note(child, metrics)
      came(child)
    },
    retire(child) {
      sums.retire(child)
      came(child)
    },
    gather,
    async answer(child) {
      try {
        tell(child, { metricsOfAll: await gather() })
      } catch (error) {
        log.error({ err: error }, 'The metrics of the API processes cannot be added up')
        tell(child, { metricsFailed: true })
      }
    },
  }
}
