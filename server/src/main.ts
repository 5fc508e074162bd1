import { realpathSync } from 'node:fs'
import { type Config, type LogLevel, readConfig } from './config.ts'
import { linkUrl } from './core/operators/links.rules.ts'
import { openInstallation } from './infra/installation/installation.ts'
import { sandboxFile, writeSandboxFile } from './infra/installation/sandbox-file.ts'
import { createLog, type Logger, logWritten } from './infra/log.ts'
import { banner } from './infra/process/banner.ts'
import { runOrExplain } from './infra/process/explain.ts'
import { onStopSignal, type Stopping } from './infra/process/signals.ts'
import { startApi } from './infra/process/start-api.ts'
import { keepWorker, workerMessage } from './infra/process/worker-process.ts'

const drainMs = 10_000

/** Serves until told to stop. Throws StartError for what an operator can mend. */
export async function start(config: Config, { json }: { readonly json: boolean }): Promise<void> {
  const logLevel = config.logLevel ?? (process.stdout.isTTY ? 'warn' : 'info')
  const log = createLog(logLevel)
  const stopping = onStopSignal(log)
  try {
    const { url, sandbox, setupUrl } = await serve(config, logLevel, log, stopping)
    const file = sandboxFile(config.dataDir)
    await logWritten(log)
    if (json) process.stdout.write(`${JSON.stringify({ url, sandboxFile: sandbox && file, setupUrl })}\n`)
    else process.stdout.write(banner({ url, sandbox, sandboxFile: file, setupUrl, onTerminal: process.stdout.isTTY }))
  } catch (error) {
    await stopping.close()
    throw error
  }
}

async function serve(config: Config, logLevel: LogLevel, log: Logger, { add, addOpening, signal, stop }: Stopping) {
  const opening = openInstallation({
    config,
    log,
    say: (line) => process.stderr.write(`${line}\n`),
    role: 'main',
    prepares: true,
    makes: { wantsSandbox: !config.production },
    onLost: (reason) => stop(1, reason),
    signal,
  })
  addOpening(opening)
  // It loads while the database opens, and opens the custody key while the server is built: its refusal is the server's.
  const message = opening.then(({ address, keys }) => workerMessage(config, { address, logLevel, keys }))
  const worker = keepWorker(import.meta.filename, message, log)
  add(() => worker.stop(drainMs))
  const [entry, load] = [import.meta.filename, () => import('./app.ts')]
  const starting = startApi({ config, opening, logLevel, log, entry, load, drainMs, add })
  // Why the database did not open is told by itself.
  starting.catch(() => {})
  const { firstStart } = await opening
  const api = await starting
  // Both have their time at once.
  add(async () => void (await Promise.all([api.close(drainMs), worker.stop(drainMs)])))
  await worker.ready
  const bound = await api.listen()
  signal.throwIfAborted()
  const url = config.publicUrl ?? bound
  const { sandbox, setupToken } = firstStart ?? {}
  if (sandbox !== undefined) await writeSandboxFile(config.dataDir, url, sandbox)
  return { url, sandbox, setupUrl: setupToken && linkUrl(url, 'setup', setupToken) }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  if (process.argv[2] === 'worker') {
    const { serveWorker } = await import('./infra/jobs/serve-worker.ts')
    await serveWorker(async () => (await import('./app.ts')).loadDuties())
  } else if (process.argv[2] === 'api') {
    const { serveApi } = await import('./infra/process/serve-api.ts')
    await serveApi(() => import('./app.ts'), drainMs)
  } else await runOrExplain(() => start(readConfig(), { json: false }))
}
