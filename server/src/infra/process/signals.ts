import type { Log } from '../../core/ports.ts'

/**
 * On SIGTERM, SIGINT or SIGHUP runs the closers one after the other and ends the process. Gives the function that does
 * the same for another reason.
 */
export function onStopSignal(closers: (() => Promise<void>)[], log: Log): (exitCode: number, reason: string) => void {
  let stopping = false
  const stop = async (exitCode: number, reason: string) => {
    // A terminal and a launcher may both send the signal; the second one changes nothing.
    if (stopping) return
    stopping = true
    log.info({ reason }, 'Stopping')
    for (const close of closers.splice(0)) {
      await close().catch((error) => log.error({ err: error }, 'A part did not close as it should'))
    }
    if (exitCode !== 0) process.stderr.write(`Facet stops: ${reason}\n`)
    process.exit(exitCode)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(0, signal))
  return (exitCode, reason) => void stop(exitCode, reason)
}
