import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach } from 'vitest'
import type { RetrySchedule } from '../../src/core/webhooks/schedule.rules.ts'
import type { DatabaseAddress } from '../../src/infra/db/pool.ts'

const script = new URL('../chaos/feed-keeper-child.ts', import.meta.url).pathname

/** All that the process is told. */
export interface KeeperMessage {
  readonly address: DatabaseAddress
  /** In base64. */
  readonly webhooksKey: string
  /** The receivers' hosts. */
  readonly allow: readonly string[]
  /** Of a post. */
  readonly timeoutMs: number
  readonly schedule: RetrySchedule
  /** The file in which it writes down what it does. */
  readonly journal: string
  /** Stands in the header `x-keeper` of what it sends. */
  readonly name: string
}

/** A process that keeps the feeds, to be stopped and killed. */
export interface KeeperProcess {
  readonly name: string
  /** Sends the signal; for SIGKILL, resolves when the process is gone. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

const running = new Set<ChildProcess>()

/** Ends what a test of the file left running. Call once, at the top. */
export function cleanUpKeepers(): void {
  afterEach(async () => {
    for (const child of running) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
}

/** Starts a process that keeps the feeds. It ends with this one. */
export function startKeeperProcess(message: KeeperMessage): KeeperProcess {
  const child = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  running.add(child)
  ended.then(() => running.delete(child))
  child.send(message)
  return {
    name: message.name,
    async signal(signal) {
      child.kill(signal)
      if (signal === 'SIGKILL') await ended
    },
  }
}

/** What keepers wrote down, in order. `accepted`: it read a status of success. `holds`: it got the lock of an app. */
export interface JournalLine {
  readonly what: 'sent' | 'accepted' | 'holds'
  /** The event's id. */
  readonly id: string
  readonly keeper: string
}

export function readJournal(path: string): JournalLine[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [what, id = '', keeper = ''] = line.split(' ')
    return { what: what as JournalLine['what'], id, keeper }
  })
}
