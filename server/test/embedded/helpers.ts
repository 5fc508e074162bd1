import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client } from 'pg'
import {
  type Connection,
  type EmbeddedPostgres,
  type EmbeddedPostgresEvent,
  type OpenOptions,
  openEmbeddedPostgres,
} from '../../src/infra/db/embedded/embedded-postgres.ts'

export const isRoot = process.geteuid?.() === 0
const modulePath = join(import.meta.dirname, '../../src/infra/db/embedded/embedded-postgres.ts')
const execFileAsync = promisify(execFile)

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<T, undefined | false | 0>> {
  for (const end = Date.now() + timeoutMs; ; await sleep(10)) {
    const seen = await look()
    if (seen) return seen as Exclude<T, undefined | false | 0>
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`)
  }
}

export interface Child {
  pid: number
  process: ChildProcess
  lines: string[]
  events: EmbeddedPostgresEvent[]
  opened(): Promise<{ connection: Connection; clusterDir: string }>
  failed(): Promise<string>
  release(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Temp folders, child processes and servers of one test, all gone after `clean`. */
export class Bench {
  readonly roots: string[] = []
  readonly children: ChildProcess[] = []
  readonly handles: EmbeddedPostgres[] = []

  /** A new folder that every user may enter. */
  async folder(parent = '/tmp'): Promise<string> {
    const root = await mkdtemp(join(parent, 'fctest-'))
    if (parent === '/tmp') chmodSync(root, 0o755)
    this.roots.push(root)
    return root
  }

  async open(dataDir: string, role: OpenOptions['role'], more: Partial<OpenOptions> = {}): Promise<EmbeddedPostgres> {
    const opened = await openEmbeddedPostgres({ dataDir, role, say: () => {}, ...more })
    this.handles.push(opened)
    return opened
  }

  child(
    options: Omit<OpenOptions, 'say' | 'onEvent'>,
    more: { uid?: number; gid?: number; modulePath?: string } = {},
  ): Child {
    const { modulePath: module = modulePath, ...identity } = more
    const script = join(import.meta.dirname, 'open-child.ts')
    const spawned = spawn(process.execPath, [script, module, JSON.stringify(options)], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...identity,
    })
    this.children.push(spawned)
    return talkTo(spawned)
  }

  async clean(): Promise<void> {
    await Promise.allSettled(this.handles.splice(0).map((handle) => handle.release()))
    for (const child of this.children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
    for (const root of this.roots.splice(0)) {
      killServers(root)
      await until('the servers are dead', () => serverProcesses(root).length === 0)
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

function talkTo(spawned: ChildProcess): Child {
  const lines: string[] = []
  const events: EmbeddedPostgresEvent[] = []
  const seen: { opened?: { connection: Connection; clusterDir: string }; error?: string; released?: true } = {}
  let stderr = ''
  spawned.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  if (spawned.stdout) {
    createInterface({ input: spawned.stdout }).on('line', (line) => {
      const { say, event, ...rest } = JSON.parse(line)
      if (say) lines.push(say)
      if (event) events.push(event)
      Object.assign(seen, rest)
    })
  }
  const ended = () => spawned.exitCode !== null || spawned.signalCode !== null
  const answer = <K extends keyof typeof seen>(key: K) =>
    until(
      `the child tells "${key}"`,
      () => {
        if (seen[key] === undefined && ended()) throw new Error(`The child ended: ${seen.error ?? ''} ${stderr}`)
        return seen[key]
      },
      60_000,
    )
  return {
    pid: spawned.pid ?? -1,
    process: spawned,
    lines,
    events,
    opened: () => answer('opened'),
    failed: () => answer('error'),
    async release() {
      spawned.stdin?.write('release\n')
      await answer('released')
    },
    async kill(signal) {
      spawned.kill(signal)
      if (signal === 'SIGKILL') await until('the child is dead', ended)
    },
  }
}

/** Pids of every PostgreSQL process (postmaster or child) that works in a folder under `root`, and of initdb there. */
export function serverProcesses(root: string): number[] {
  return pids().filter((pid) => {
    try {
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return false
      const program = readlinkSync(`/proc/${pid}/exe`)
      if (!/\/(postgres|initdb)( \(deleted\))?$/.test(program)) return false
      const inside = readlinkSync(`/proc/${pid}/cwd`).startsWith(`${root}/`)
      return inside || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${root}/`)
    } catch {
      return false
    }
  })
}

/** Kills what `serverProcesses` finds; some may end by themselves meanwhile. */
export function killServers(root: string): void {
  for (const pid of serverProcesses(root)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1)
}

/** As `ps` shows it to an operator. */
export async function postmastersByPs(root: string): Promise<string[]> {
  const { stdout } = await execFileAsync('ps', ['-eo', 'pid,args'])
  return stdout.split('\n').filter((line) => line.includes(`-D ${root}/`))
}

export function postmasterPid(clusterDir: string): number {
  const file = join(clusterDir, 'postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0
}

export async function query(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ ...connection, ssl: false })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** A data folder whose cluster is already made, in seconds less than a fresh one; one template for a test file. */
export async function madeDataDir(bench: Bench, template: string): Promise<string> {
  const root = await bench.folder()
  const dataDir = join(root, 'data')
  if (!existsSync(template)) {
    const first = await openEmbeddedPostgres({ dataDir: template, role: 'visitor', say: () => {} })
    await query(first.connection, 'CREATE TABLE kept (n int PRIMARY KEY)')
    await first.release()
  }
  if (process.platform === 'linux') await execFileAsync('cp', ['-a', template, dataDir])
  else await cp(template, dataDir, { recursive: true })
  return dataDir
}
