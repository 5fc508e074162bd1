import { realpathSync } from 'node:fs'
import { buildApp, runWorker } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { openNotices } from './infra/db/notices.ts'
import { openInstallation } from './infra/installation/installation.ts'
import { sandboxFile, writeSandboxFile } from './infra/installation/sandbox-file.ts'
import { StartError } from './infra/installation/start-error.ts'
import { createLog } from './infra/log.ts'
import { banner } from './infra/process/banner.ts'
import { listen } from './infra/process/listen.ts'
import { onStopSignal } from './infra/process/signals.ts'
import { keepWorker, type WorkerProcess } from './infra/process/worker-process.ts'

const drainMs = 10_000

/** Serves until told to stop. Throws StartError for what an operator can mend. */
export async function start(config: Config, options: { readonly json: boolean }): Promise<void> {
  const onTerminal = process.stdout.isTTY
  const log = createLog(config.logLevel ?? (onTerminal ? 'warn' : 'info'))
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const closers: (() => Promise<void>)[] = []
  const stop = onStopSignal(closers, log)
  const installation = await openInstallation({
    config,
    log,
    say,
    role: 'main',
    prepares: true,
    wantsSandbox: !config.production,
    onLost: (reason) => stop(1, reason),
  })
  closers.unshift(() => installation.close())
  try {
    const notices = openNotices(installation.address, log)
    closers.unshift(() => notices.close())
    const app = await buildApp({ config, db: installation.db, keys: installation.keys, notices, log })
    let worker: WorkerProcess | undefined
    closers.unshift(async () => void (await Promise.all([app.close(drainMs), worker?.stop(drainMs)])))
    const bound = await listen(app.server, config.host, config.port, 'FACET_PORT')
    if (app.metricsServer) await listen(app.metricsServer, config.host, config.metricsPort ?? 0, 'FACET_METRICS_PORT')
    worker = keepWorker(import.meta.filename, { address: installation.address }, log)
    const url = config.publicUrl ?? bound
    const { sandbox } = installation
    if (sandbox !== undefined) await writeSandboxFile(config.dataDir, url, sandbox)
    const file = sandboxFile(config.dataDir)
    if (options.json) process.stdout.write(`${JSON.stringify({ url, ...(sandbox && { sandboxFile: file }) })}\n`)
    else process.stdout.write(banner({ url, sandbox, sandboxFile: file, onTerminal }))
  } catch (error) {
    for (const close of closers.splice(0)) await close().catch(() => {})
    throw error
  }
}

/** Runs a command to its end; a mistake that an operator can mend is told in lines of its own. */
export async function runOrExplain(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  if (process.argv[2] === 'worker') await runWorker()
  else await runOrExplain(() => start(readConfig(), { json: false }))
}
