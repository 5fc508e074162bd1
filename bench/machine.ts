import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** Where and with what a run was made. */
export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly postgres: string
  readonly pgbench: string | null
  readonly fileSystem: string
  /** The commit, with `+` behind it when files had changed since. */
  readonly commit: string | null
}

/** Describes this machine; `folder` is where the database lies. */
export function describeMachine(facts: {
  readonly postgres: string
  readonly pgbench: string | undefined
  readonly folder: string
}): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${distribution() ?? type()}, kernel ${release()}`,
    node: process.version,
    postgres: facts.postgres,
    pgbench: facts.pgbench ?? null,
    fileSystem: output('df', ['-P', '-T', facts.folder])?.split('\n')[1]?.split(/\s+/)[1] ?? 'unknown',
    commit: commit(),
  }
}

function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

function commit(): string | null {
  const git = (...args: string[]) => output('git', ['-C', import.meta.dirname, ...args])
  const hash = git('rev-parse', '--short', 'HEAD')
  if (hash === undefined) return null
  // All of the repository counts, less the page that a run writes.
  return git('status', '--porcelain', '--', ':/', ':(top,exclude)docs/performance.md') === '' ? hash : `${hash}+`
}

function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
