import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const graceMs = 12_000

/** What must be undone at the end, however the end comes: last made, first undone. */
export interface Cleanup {
  add(undo: () => Promise<unknown> | unknown): void
  /** Undoes everything, once; an undoing that fails does not keep the others from their turn. */
  run(): Promise<void>
}

export function createCleanup(): Cleanup {
  const undos: (() => Promise<unknown> | unknown)[] = []
  let running: Promise<void> | undefined
  const undoAll = async () => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
      try {
        await undo()
      } catch (error) {
        process.stderr.write(`While cleaning up: ${(error as Error).message}\n`)
      }
    }
  }
  return {
    add(undo) {
      undos.push(undo)
    },
    run() {
      running ??= undoAll()
      return running
    },
  }
}

/** Ends a child of ours: asks, waits, then kills. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}
