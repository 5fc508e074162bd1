export type { Logger } from 'pino'

import { fstatSync } from 'node:fs'
import { destination, type Logger, pino, stdTimeFunctions } from 'pino'

/** Lines are gathered and written together; a quiet server still writes each within this time. */
const flushEveryMs = 500
/** A busy one writes at least so many characters at once, and at most so many: each write takes as long as some ten lines. */
const ofFile = { minLength: 16_000, maxWrite: 16_384 }
/**
 * The processes of a server share its output. A file takes each write whole, a pipe no more than PIPE_BUF: what is longer may be torn by
 * the lines of others. That is 4096 bytes on Linux, and 512 on macOS.
 */
const ofPipe = { minLength: 3_500, maxWrite: 4_096 }

const descriptors = { stdout: 1, stderr: 2 } as const

/**
 * JSON lines, each with its time; requests add their id. They go to standard output, and for a command, whose standard
 * output is its answer, to standard error.
 */
export function createLog(level: string, stream: keyof typeof descriptors = 'stdout'): Logger {
  const dest = descriptors[stream]
  const out = destination({ dest, sync: false, ...piecesOf(dest), periodicFlush: flushEveryMs })
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, out)
}

/** What is written at once, in whole lines: a line that is longer than a pipe takes goes by itself. */
export function piecesOf(descriptor: number): { readonly minLength: number; readonly maxWrite: number } {
  return fstatSync(descriptor).isFile() ? ofFile : ofPipe
}

/** Resolves once every line so far has left the process, so that what is printed next stands behind them. */
export function logWritten(log: Logger): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()))
}
