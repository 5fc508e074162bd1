export type { Logger } from 'pino'

import { destination, type Logger, pino, stdTimeFunctions } from 'pino'

/** Lines are gathered and written together; a quiet server still writes each within this time. */
const flushEveryMs = 500
/** A busy one writes so much at once: each write takes as long as some ten lines. */
const writtenTogether = 16_000

const descriptors = { stdout: 1, stderr: 2 } as const

/**
 * JSON lines, each with its time; requests add their id. They go to standard output, and for a command, whose standard
 * output is its answer, to standard error.
 */
export function createLog(level: string, stream: keyof typeof descriptors = 'stdout'): Logger {
  const dest = descriptors[stream]
  const out = destination({ dest, sync: false, minLength: writtenTogether, periodicFlush: flushEveryMs })
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, out)
}

/** Resolves once every line so far has left the process, so that what is printed next stands behind them. */
export function logWritten(log: Logger): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()))
}
