import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { freePort } from './facet-process.ts'

const remedy = 'Install it (Debian: apt-get install redis-server), or set FACET_REDIS_SERVER to its path.'
const startMs = 10_000
const installMs = 300_000

/** A Redis of the test file's own, which keeps nothing. */
export interface RedisServer {
  /** Where it is, also while it does not run. */
  readonly url: string
  /** Ends it at once. */
  kill(): Promise<void>
  /** Starts it anew, empty, at the same place. */
  start(): Promise<void>
  /** It holds its connections and answers nothing, until it is resumed. */
  pause(): void
  resume(): void
}

export interface RedisOptions {
  readonly password?: string
  /** Further arguments of redis-server. */
  readonly args?: readonly string[]
}

/** Starts a Redis on a free loopback port, and ends it after the file. Call at the top of a file or describe block. */
export function useRedis({ password, args = [] }: RedisOptions = {}): RedisServer {
  const folder = mkdtempSync(join(tmpdir(), 'facet-redis-'))
  let port = 0
  let child: ChildProcess | undefined
  const killNow = () => void child?.kill('SIGKILL')
  const server: RedisServer = {
    get url() {
      return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}/0`
    },
    async start() {
      const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
      const secret = password === undefined ? [] : ['--requirepass', password]
      const all = [...place, '--save', '', '--appendonly', 'no', ...secret, ...args]
      child = spawn(findProgram(), all, { stdio: ['ignore', 'pipe', 'inherit'] })
      await readiness(child)
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'close')
      killNow()
      await ended
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  }
  beforeAll(async () => {
    port = await freePort()
    process.once('exit', killNow)
    await server.start()
  }, installMs)
  afterAll(async () => {
    await server.kill()
    process.off('exit', killNow)
    rmSync(folder, { recursive: true, force: true })
  })
  return server
}

/** Resolves once the server takes connections. */
async function readiness(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`The Redis does not start: ${said}`)), startMs)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`The Redis ended: ${said}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (!said.includes('Ready to accept connections')) return
      clearTimeout(late)
      resolve()
    })
  })
}

/** The redis-server of this machine. Root on Debian gets it installed; for others that is told in one line. */
function findProgram(): string {
  const named = process.env.FACET_REDIS_SERVER
  if (named) {
    if (isProgram(named)) return named
    throw new Error(`FACET_REDIS_SERVER is ${named}, which is no program. ${remedy}`)
  }
  const installed = onPath()
  if (installed !== undefined) return installed
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install()
  const found = onPath()
  if (found === undefined) throw new Error(`The tests need redis-server, and there is none. ${remedy}`)
  return found
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'redis-server')).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Under a lock, since test files run beside each other. RUNLEVEL keeps the package from starting a server of its own. */
function install(): void {
  const script = `command -v redis-server || { apt-get update && apt-get install -y --no-install-recommends redis-server; }`
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const lock = join(tmpdir(), 'facet-redis-install.lock')
  try {
    execFileSync('flock', [lock, 'sh', '-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`apt-get failed: ${(stderr || message).trim()}\n${remedy}`)
  }
}
