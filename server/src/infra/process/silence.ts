import type { ChildProcess } from 'node:child_process'
import type { Log } from '../../core/ports.ts'

/** Ends child processes that hang. */
export interface SilenceWatch<C> {
  watch(child: C): void
  /** The child said something. */
  broken(child: C): void
  forget(child: C): void
  close(): void
}

const askedEveryMs = 5_000
/** Of questions, while which the child said nothing at all. */
const mostUnanswered = 3
/** One that starts has three minutes to say something for the first time. */
const mostAtStart = 36

/**
 * Asks every child now and then, and kills one that has said nothing for 15 s, a question more at most. Questions are counted and not
 * seconds: a pause of this process is no silence of the child's.
 */
export function watchSilence<C extends Pick<ChildProcess, 'pid' | 'kill'>>(
  ask: (child: C) => void,
  log: Pick<Log, 'error'>,
): SilenceWatch<C> {
  const questionsLeft = new Map<C, number>()
  const timer = setInterval(() => {
    for (const [child, left] of questionsLeft) {
      if (left === 0) end(child)
      else {
        questionsLeft.set(child, left - 1)
        ask(child)
      }
    }
  }, askedEveryMs).unref()

  function end(child: C): void {
    questionsLeft.delete(child)
    log.error({ pid: child.pid }, 'The API process does not answer: it is killed')
    child.kill('SIGKILL')
  }

  return {
    watch: (child) => void questionsLeft.set(child, mostAtStart),
    broken(child) {
      if (questionsLeft.has(child)) questionsLeft.set(child, mostUnanswered)
    },
    forget: (child) => void questionsLeft.delete(child),
    close: () => clearInterval(timer),
  }
}
