import { destination, type Logger, pino, stdTimeFunctions } from 'pino'

/** Lines are gathered and written together; a quiet server still writes each within this time. */
const flushEveryMs = 500

/** JSON lines on standard output, each with its time; requests add their id. */
export function createLog(level: string): Logger {
  const out = destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: flushEveryMs })
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, out)
}
