import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Cleanup } from '../cleanup.ts'

/** Directus takes two and a half minutes on two cores, half of them its compiler's. */
const npmTimeoutMs = 600_000
const graceMs = 5_000
const flags = [
  // No package of a peer needs its install script to serve, but for those that are built by name.
  ...['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-progress', '--no-update-notifier'],
  ...['--loglevel=error', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
]

export interface Installation {
  /** Has package.json and package-lock.json. */
  readonly folder: string
  /** The Node that will run what is installed. */
  readonly node: string
  /** Packages with native code to compile for that Node. */
  readonly builds: readonly string[]
}

/**
 * Installs what the folder's lock file says, unless that is there already. Throws what npm says when it fails or takes
 * longer than ten minutes.
 */
export async function installPackages(
  { folder, node, builds }: Installation,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<void> {
  const stamp = join(folder, 'node_modules', '.facet-bench')
  const lock = await readFile(join(folder, 'package-lock.json'), 'utf8')
  const wanted = createHash('sha256')
    .update(JSON.stringify([lock, node, builds, process.platform, process.arch]))
    .digest('hex')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return
  say(`Installing the packages of ${folder} …`)
  await rm(stamp, { force: true })
  await runNpm(['ci', ...flags], folder, node, cleanup)
  if (builds.length > 0) await runNpm(['rebuild', ...builds, '--loglevel=error'], folder, node, cleanup)
  await writeFile(stamp, wanted)
}

/** The Node that a folder's package has brought. */
export async function findNode(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules')
  const found = (await readdir(modules))
    .map((name) => join(modules, name, 'bin', 'node'))
    .find((file) => existsSync(file))
  if (found === undefined)
    throw new Error(`No package of ${folder} has a Node for this machine (${process.platform} ${process.arch})`)
  return found
}

/** Runs npm under the given Node, for which it compiles too: with the headers that lie beside it, as none can be fetched. */
async function runNpm(args: readonly string[], cwd: string, node: string, cleanup: Cleanup): Promise<void> {
  const bin = dirname(node)
  const child = spawn('npm', args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, npm_config_nodedir: dirname(bin) },
    // A group of its own, so that a compiler that npm has started ends with it.
    detached: true,
  })
  cleanup.add(() => endGroup(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4_000)
    })
  }
  const timer = setTimeout(() => endGroup(child), npmTimeoutMs)
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(timer))
  if (code === 0) return
  const end = signal === null ? 'failed' : `was ended by ${signal}; it may take ${npmTimeoutMs / 1_000} s`
  throw new Error(`npm ${args[0]} ${end}: ${output.trim()}`)
}

async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  process.kill(-pid, 'SIGTERM')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}
