import { realpathSync } from 'node:fs'
import { type Config, type LogLevel, readConfig } from './config.ts'
import { linkUrl } from './core/operators/links.rules.ts'
import { createEventSignal } from './infra/db/event-signal.ts'
import { openNotices } from './infra/db/notices.ts'
import { filesPlace, openFiles } from './infra/files/open-files.ts'
import { openInstallation } from './infra/installation/installation.ts'
import { sandboxFile, writeSandboxFile } from './infra/installation/sandbox-file.ts'
import { createLog, type Logger, logWritten } from './infra/log.ts'
import { createOutbound } from './infra/outbound/outbound.ts'
import { banner } from './infra/process/banner.ts'
import { runOrExplain } from './infra/process/explain.ts'
import { listen } from './infra/process/listen.ts'
import { onStopSignal, type Stopping } from './infra/process/signals.ts'
import { keepWorker, workerMessage } from './infra/process/worker-process.ts'
import { openRedis } from './infra/redis.ts'

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
  // Takes half a second of a processor, which neither a command nor the worker's part in a start has to spend.
  const loading = import('./app.ts')
  const { address, db, keys, firstStart } = await opening
  const files = await openFiles(filesPlace(config))
  const [notices, redis] = [openNotices(address, log), openRedis(config.redisUrl, log)]
  add(async () => void (await Promise.all([notices.close(), redis.close(), files.close()])))
  const [events, outbound] = [createEventSignal(db, log), createOutbound({ allow: config.webhookAllow })]
  const { buildApp } = await loading
  const app = await buildApp({ config, db, keys, notices, events, outbound, files, rateStore: redis.client, log })
  // Both have their time at once.
  add(async () => void (await Promise.all([app.close(drainMs), worker.stop(drainMs)])))
  await worker.ready
  const bound = await listen(app.server, config.host, config.port, 'FACET_PORT')
  if (app.metricsServer) await listen(app.metricsServer, config.host, config.metricsPort ?? 0, 'FACET_METRICS_PORT')
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
  } else await runOrExplain(() => start(readConfig(), { json: false }))
}
