import { constants } from 'node:os'
import type { Log } from '../../core/ports.ts'

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** How a process that serves comes to its end. */
export interface Stopping {
  /** Aborted as soon as the process is to end. */
  readonly signal: AbortSignal
  /** Adds what has to be closed before the process ends; the last one added is closed first. */
  add(close: () => Promise<void>): void
  /** Adds what is still being opened: a stop meanwhile waits until it is open, or has been given up. */
  addOpening(opening: Promise<{ close(): Promise<void> }>): void
  /** Closes everything and ends the process, as a signal does, for another reason. */
  stop(exitCode: number, reason: string): void
  /** Closes everything for a caller that ends with an error of its own. Never resolves when the process is being stopped. */
  close(): Promise<void>
}

/** On SIGTERM, SIGINT or SIGHUP closes what was added, one after the other, and ends the process with exit code 0. */
export function onStopSignal(log: Log): Stopping {
  const aborting = new AbortController()
  const closers: (() => Promise<void>)[] = []
  let closing: Promise<void> = Promise.resolve()
  const closeRest = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      await close().catch((error) => log.error({ err: error }, 'A part did not close as it should'))
    }
  }
  // A signal during the close after a failed start waits for what that one is closing.
  const closeAll = () => {
    closing = closing.then(closeRest)
    return closing
  }
  const stop = async (exitCode: number, reason: string) => {
    // A terminal and a launcher may both send the signal; the second one changes nothing.
    if (aborting.signal.aborted) return
    log.info({ reason }, 'Stopping')
    aborting.abort()
    await closeAll()
    if (exitCode !== 0) process.stderr.write(`Facet stops: ${reason}\n`)
    process.exit(exitCode)
  }
  for (const signal of stopSignals) process.on(signal, () => void stop(0, signal))
  return {
    signal: aborting.signal,
    add: (close) => void closers.push(close),
    // Why it was given up is told to whoever opens it.
    addOpening: (opening) =>
      void closers.push(() =>
        opening.then(
          (opened) => opened.close(),
          () => {},
        ),
      ),
    stop: (exitCode, reason) => void stop(exitCode, reason),
    close: () => (aborting.signal.aborted ? new Promise<void>(() => {}) : closeAll()),
  }
}

/**
 * Does work that gives up when its signal is aborted, which SIGTERM, SIGINT and SIGHUP do. The process then ends as a
 * signal would have ended it (128 and its number), but only after the work has let go of everything.
 */
export async function untilStopSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborting = new AbortController()
  let received: (typeof stopSignals)[number] | undefined
  const listeners = stopSignals.map((signal) => {
    const listener = () => {
      received ??= signal
      aborting.abort()
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  try {
    return await work(aborting.signal)
  } finally {
    if (received !== undefined) process.exit(128 + constants.signals[received])
    for (const forget of listeners) forget()
  }
}
