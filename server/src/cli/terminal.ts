import { once } from 'node:events'
import { type Config, readConfig } from '../config.ts'
import type { SystemCtx } from '../core/context.ts'
import { isUuid } from '../core/ids.ts'
import { findSandbox, getApp } from '../core/organizations/organizations.service.ts'
import { type Installation, openInstallation } from '../infra/installation/installation.ts'
import { createLog } from '../infra/log.ts'
import { addressOf } from '../infra/process/listen.ts'
import { untilStopSignal } from '../infra/process/signals.ts'

/** What a command line may carry beside its words. */
export interface Flags {
  readonly json?: boolean | undefined
  readonly help?: boolean | undefined
  readonly app?: string | undefined
  readonly mode?: string | undefined
  readonly name?: string | undefined
  readonly 'per-second'?: string | undefined
  readonly 'per-minute'?: string | undefined
  readonly parallel?: string | undefined
  readonly 'self-service'?: string | undefined
  readonly registration?: string | undefined
  readonly strict?: string | undefined
  readonly 'changes-per-day'?: string | undefined
  readonly networks?: string | undefined
  readonly 'wallets-with-profile'?: string | undefined
  readonly 'default-evm-network'?: string | undefined
  readonly 'add-host'?: readonly string[] | undefined
  readonly 'remove-host'?: readonly string[] | undefined
  readonly default?: boolean | undefined
  readonly scopes?: string | undefined
  readonly 'expires-at'?: string | undefined
  readonly url?: string | undefined
  readonly secret?: string | undefined
  readonly types?: string | undefined
  readonly 'forward-to'?: string | undefined
  readonly role?: string | undefined
  readonly 'two-factor'?: boolean | undefined
}

/** Whoever may run the command with the installation's settings is its operator. */
const actor = { kind: 'operator', id: 'command-line' } as const

/** A command line that says nothing Facet understands. */
export class UsageError extends Error {}

/** Where the installation is that a command works in. */
export interface Place extends Pick<Installation, 'address'>, Pick<Config, 'dataDir'> {
  /** Where a server with these settings is reached from this machine. */
  readonly boundUrl: string
}

/** Does work in the installation that the settings name, beside a running server or without one. */
export async function inInstallation<T>(work: (ctx: SystemCtx, place: Place) => Promise<T>): Promise<T> {
  const config = readConfig()
  const { publicUrl, dataDir } = config
  const boundUrl = addressOf(config.host, config.port)
  const log = createLog(config.logLevel ?? 'warn', 'stderr')
  const say = (line: string) => process.stderr.write(`${line}\n`)
  return untilStopSignal(async (signal) => {
    const opened = await openInstallation({ config, log, say, role: 'visitor', prepares: false, signal })
    const { address, db, keys, close } = opened
    const ctx: SystemCtx = { db, keys, log, publicUrl, now: new Date(), actor, requestId: null }
    // The work does not see the signal: its statement is left behind, and ends with the connection.
    const aborted = once(signal, 'abort').then(() => Promise.reject(signal.reason))
    try {
      return await Promise.race([work(ctx, { address, dataDir, boundUrl }), aborted])
    } finally {
      await close()
    }
  })
}

/** The app that the flags name, or else the sandbox. Throws UsageError, `app_not_found`. */
export async function appIdOf(ctx: SystemCtx, flags: Flags): Promise<string> {
  if (flags.app !== undefined) {
    if (!isUuid(flags.app)) throw new UsageError('--app takes an app id: see facet apps list')
    return (await getApp(ctx, flags.app)).id
  }
  const sandbox = await findSandbox(ctx)
  if (sandbox === undefined) throw new UsageError('There is no sandbox here: name the app with --app')
  return sandbox.appId
}

/** Prints a value as JSON, or as lines for people. */
export function print(flags: Flags, value: unknown, lines: readonly string[]): void {
  process.stdout.write(flags.json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join('\n')}\n`)
}

/** Rows as columns that stand under each other. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
