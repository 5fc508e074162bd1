import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, inject } from 'vitest'

const main = new URL('../../src/main.ts', import.meta.url).pathname
const cli = new URL('../../src/cli/main.ts', import.meta.url).pathname
/** As the launcher of `npm start` keeps it, so that a start has less to compile. */
const compileCache = new URL('../../../.runtime/compile-cache', import.meta.url).pathname

/** A run of the real server, as `npm start` makes it. */
export interface FacetProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** Everything written so far. */
  readonly output: { stdout: string; stderr: string }
  /** The address, once it is ready. Rejects with its words when it ends before. */
  ready(): Promise<string>
  /** How it ended. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const running = new Set<FacetProcess>()
const folders: string[] = []

/** Ends what a test of the file, or with `all` the whole file, left running, and removes its folders. Call once, at the top. */
export function cleanUpProcesses(after: 'each' | 'all' = 'each'): void {
  const hook = after === 'each' ? afterEach : afterAll
  hook(async () => {
    for (const process of running) await process.end('SIGTERM')
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
}

/** A new temporary folder, removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'facet-chaos-'))
  folders.push(folder)
  return folder
}

/**
 * A new data folder as a first start and a stop leave it: the same cluster, keys and sandbox in each of a run. For tests of what comes
 * later: a first start takes much longer than a further one.
 */
export async function startedFolder(): Promise<string> {
  const original = inject('startedFolder')
  if (!existsSync(original)) await makeStartedFolder(original)
  const folder = newFolder()
  execFileSync('cp', ['-a', `${original}/.`, folder])
  return folder
}

/** Several files of tests may do so at once: they come to use that of the first to be ready. */
async function makeStartedFolder(path: string): Promise<void> {
  const made = newFolder()
  const facet = startFacet({ FACET_DATA_DIR: made, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' })
  await facet.ready()
  const { code } = await facet.end('SIGTERM')
  if (code !== 0) throw new Error(`The server of the started folder was not stopped: ${facet.output.stderr}`)
  try {
    renameSync(made, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Keys for several servers on one database, each with a data folder of its own. */
export function newKeys(): { FACET_MASTER_KEY: string; FACET_CUSTODY_KEY: string } {
  const newKey = () => randomBytes(32).toString('hex')
  return { FACET_MASTER_KEY: newKey(), FACET_CUSTODY_KEY: newKey() }
}

/** Starts the server with these settings and no others of Facet's. */
export function startFacet(env: Record<string, string>): FacetProcess {
  return run(main, [], env)
}

/** Starts the `facet` command with these settings and no others of Facet's. */
export function startCli(args: string[], env: Record<string, string>, input?: string): FacetProcess {
  return run(cli, args, env, input)
}

/** Runs the `facet` command to its end; `input` is what is typed. */
export async function runCli(
  args: string[],
  env: Record<string, string>,
  input?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const process = startCli(args, env, input)
  const { code } = await process.ended()
  return { code, ...process.output }
}

/** The credentials of the sandbox in a data folder. */
export function sandboxOf(
  dataDir: string,
): Record<'url' | 'organizationId' | 'appId' | 'key' | 'secret' | 'operatorEmail' | 'operatorPassword', string> {
  return JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8'))
}

/** The processes whose parent is this one. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** The pid of the embedded server's postmaster. */
export function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** Every PostgreSQL process that was started on the data folder's cluster. */
export function postgresOn(dataDir: string): number[] {
  const commandOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    } catch {
      return []
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).includes(join(dataDir, 'postgres')))
    .map(Number)
}

/** Whether a process runs. One that has ended counts as gone, also before its parent, by then maybe init, collects it. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function run(entry: string, args: string[], env: Record<string, string>, input?: string): FacetProcess {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(FACET_|DATABASE_URL|REDIS_URL|SMTP_URL|S3_|NODE_ENV)/.test(name),
    ),
  )
  const child = spawn(process.execPath, [entry, ...args], {
    env: { NODE_COMPILE_CACHE: compileCache, ...inherited, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const self: FacetProcess = {
    child,
    pid: child.pid ?? 0,
    output,
    async ready() {
      const url = () => /Facet is ready at (\S+)/.exec(output.stdout)?.[1]
      while (url() === undefined) {
        const next = await Promise.race([once(child.stdout, 'data'), ended])
        if (!Array.isArray(next)) throw new Error(`It ended: ${JSON.stringify(next)} ${output.stderr}`)
      }
      return url() ?? ''
    },
    ended: () => ended,
    async end(signal) {
      child.kill(signal)
      return ended
    },
  }
  running.add(self)
  ended.finally(() => running.delete(self))
  return self
}
