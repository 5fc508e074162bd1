/** The load generator: a process of its own that is told, one leg at a time, what to ask of whom, and how. */
import { type ClosedLeg, measureClosed } from './load-closed.ts'
import { measureOpen, type OpenLeg, type OpenResult } from './load-open.ts'
import type { Measured } from './types.ts'

/** A leg as it is sent to this process. */
export type LoadOrder =
  | { readonly loop: 'closed'; readonly leg: ClosedLeg }
  | { readonly loop: 'open'; readonly leg: OpenLeg }

/** What it answers, with the CPU seconds that this process took for it; or why it could not. */
export type LoadAnswer =
  | { readonly result: Measured | OpenResult; readonly cpuSeconds: number }
  | { readonly error: string }

process.on('message', async (order: LoadOrder) => {
  const cpu = process.cpuUsage()
  const answer = await (order.loop === 'closed' ? measureClosed(order.leg) : measureOpen(order.leg)).then(
    (result): LoadAnswer => {
      const { user, system } = process.cpuUsage(cpu)
      return { result, cpuSeconds: (user + system) / 1e6 }
    },
    (error: Error): LoadAnswer => ({ error: error.message }),
  )
  process.send?.(answer)
})
// The bench that would use us is gone.
process.on('disconnect', () => process.exit(0))
