import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const graceMs = 12_000

/** What is undone together, in this order, and how long it may take before the next has its turn. */
const stages = { process: 14_000, database: 8_000, folder: 5_000 } as const
type CleanupStage = keyof typeof stages

/** What must be undone at the end, however the end comes: processes and connections, then databases, then folders. */
export interface Cleanup {
  /** What is added while all is being undone is undone at once. */
  add(undo: () => Promise<unknown> | unknown, stage?: CleanupStage): void
  /** Undoes everything, once and within half a minute; an undoing that fails or hangs does not keep the others from their turn. */
  run(): Promise<void>
}

export function createCleanup(): Cleanup {
  const undos: { readonly undo: () => Promise<unknown> | unknown; readonly stage: CleanupStage }[] = []
  let running: Promise<void> | undefined
  const undoAll = async () => {
    for (const [stage, mostMs] of Object.entries(stages)) {
      const due = undos.filter((one) => one.stage === stage).map(({ undo }) => attempt(undo))
      await within(mostMs, Promise.all(due))
    }
  }
  return {
    add(undo, stage = 'process') {
      if (running === undefined) undos.push({ undo, stage })
      else void attempt(undo)
    },
    run() {
      running ??= undoAll()
      return running
    },
  }
}

async function attempt(undo: () => Promise<unknown> | unknown): Promise<void> {
  try {
    await undo()
  } catch (error) {
    process.stderr.write(`While cleaning up: ${(error as Error).message}\n`)
  }
}

async function within(mostMs: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, mostMs)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
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
