import { spawn } from 'node:child_process'
import type { Account } from './types.ts'

// The caller's environment stays out: PGDATA, PGPORT, LC_* or LD_LIBRARY_PATH of a shell must not steer the server, and
// macOS refuses to start it without a valid LC_ALL.
export const cleanEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The spawn options that switch to the account; empty when this process already is that user. */
export function identity(account: Account): { uid?: number; gid?: number } {
  return account.foreign ? { uid: account.uid, gid: account.gid } : {}
}

export interface Finished {
  /** Undefined when the program could not be started or was ended by a signal. */
  code: number | undefined
  /** What it wrote, stdout and stderr together, at most the last 8 KiB. */
  output: string
}

/**
 * Runs a program to its end, from `/` and with a clean environment. Never throws: a program that cannot start is an
 * undefined code with the reason as output.
 * @param timeoutMs after which it is killed
 */
export function run(
  command: string,
  args: readonly string[],
  options: { account?: Account; input?: string; timeoutMs: number },
): Promise<Finished> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd: '/',
      env: cleanEnv,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      ...(options.account ? identity(options.account) : {}),
    })
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8192)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => resolve({ code: undefined, output: error.message }))
    child.on('close', (code, signal) => {
      resolve({ code: code ?? undefined, output: signal ? `${output}\nended by ${signal}` : output })
    })
  })
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The `code` of a Node or PostgreSQL error (`ENOENT`, `57P03`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
