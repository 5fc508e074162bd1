import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll } from 'vitest'

/** A process that is told what to do over its channel, and kills itself where it was told to. */
export interface ToldProcess {
  /** Sends a message and waits for the answer, which is the next one that comes. */
  tell<Answer>(message: object): Promise<Answer>
  /** The signal that ended it, once it is gone. */
  readonly ended: Promise<NodeJS.Signals | null>
}

const running = new Set<ChildProcess>()

/** Ends what tests of the file left running. Call once, at the top. */
export function cleanUpToldProcesses(): void {
  afterAll(async () => {
    for (const child of running) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
}

/** Starts a script of `test/chaos`. It ends with this process. */
export function startToldProcess(script: string): ToldProcess {
  const path = new URL(`../chaos/${script}`, import.meta.url).pathname
  const child = fork(path, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(([, signal]) => signal)
  running.add(child)
  ended.then(() => running.delete(child))
  return {
    async tell(message) {
      child.send(message)
      const gone = ended.then((signal) => Promise.reject(new Error(`It ended before it answered, by ${signal}`)))
      const [answer] = await Promise.race([once(child, 'message'), gone])
      return answer
    },
    ended,
  }
}
