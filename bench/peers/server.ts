import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cleanup, endChild } from '../cleanup.ts'

const launcher = join(import.meta.dirname, 'launch.mjs')
const startTimeoutMs = 120_000
/** Directus makes its tables in half a minute. */
const prepareTimeoutMs = 180_000
const pollMs = 10

/** How a process of a peer is run. */
export interface Run {
  readonly node: string
  /** A main file and its arguments. */
  readonly args: readonly string[]
  /** Where it works, and where its log is. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** A request that a server answers with that status when it is well. */
export interface Question {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
}

/** Runs a process to its end. Throws the end of its log when it fails or does not come to its end in three minutes. */
export async function runToEnd(run: Run, cleanup: Cleanup): Promise<void> {
  const child = launch(run, cleanup)
  const late = AbortSignal.timeout(prepareTimeoutMs)
  const [code] = await once(child, 'exit', { signal: late }).catch(() => [])
  if (code === 0) return
  await endChild(child)
  throw new Error(`${run.args.join(' ')} failed:\n${await endOfLog(run.folder)}`)
}

/**
 * Starts a server, and gives it with the milliseconds until its first good answer. Throws the end of its log, and what it
 * answered, when there is none in two minutes.
 */
export async function startServer(
  run: Run,
  question: Question,
  cleanup: Cleanup,
): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly startMs: number }> {
  const from = performance.now()
  const child = launch(run, cleanup)
  let answer = 'nothing'
  while (child.pid !== undefined && child.exitCode === null && performance.now() - from < startTimeoutMs) {
    try {
      const response = await fetch(question.url, {
        headers: question.headers,
        signal: AbortSignal.timeout(startTimeoutMs),
      })
      const text = await response.text()
      if (response.status === question.status) return { child, pid: child.pid, startMs: performance.now() - from }
      answer = `${response.status} ${text.slice(0, 300)}`
    } catch {}
    await wait(pollMs)
  }
  await endChild(child)
  throw new Error(`It did not start; it answered ${answer}:\n${await endOfLog(run.folder)}`)
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port')
  return address.port
}

function launch({ node, args, folder, env }: Run, cleanup: Cleanup): ChildProcess {
  const log = openSync(logOf(folder), 'a')
  const child = spawn(node, [launcher, ...args], {
    cwd: folder,
    stdio: ['ignore', log, log, 'ipc'],
    // Nothing of the environment that a peer could take for a setting of its own.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
  })
  cleanup.add(() => endChild(child))
  return child
}

const logOf = (folder: string) => join(folder, 'log')

async function endOfLog(folder: string): Promise<string> {
  return (await readFile(logOf(folder), 'utf8')).trim().slice(-2_000)
}
