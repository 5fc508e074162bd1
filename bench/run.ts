import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createCleanup } from './cleanup.ts'
import { entriesOf } from './entries.ts'
import { measureLogins } from './logins.ts'
import { describeMachine } from './machine.ts'
import { type Options, readOptions, usage } from './options.ts'
import { pageOf } from './page.ts'
import { measurePictures } from './pictures.ts'
import { type Report, textOf } from './report.ts'
import { runRounds } from './rounds.ts'
import { openStage, resultsFolder } from './stage.ts'
import { acknowledgedCreates, mismatchesOf, summarize } from './summary.ts'
import { measureWallets } from './wallets.ts'
import { measureWebhooks } from './webhooks.ts'

const page = join(import.meta.dirname, '../docs/performance.md')
const root = join(import.meta.dirname, '..')
/** Ending everything takes less than this; a bench that hangs then is ended all the same. */
const endTimeoutMs = 30_000
const cleanup = createCleanup()
const say = (line: string) => process.stderr.write(`${line}\n`)

/** Measures, prints the table, writes the result; gives the exit code. */
async function bench(options: Options): Promise<number> {
  const startedAt = new Date()
  const stage = await openStage(options, say, cleanup)
  const legs = await runRounds(entriesOf(stage, options), stage, options, say)
  const webhooks = options.webhooks ? await measureWebhooks(stage, options.rounds, say) : []
  const logins = options.logins ? await measureLogins(stage, options, say, cleanup) : []
  const pictures = options.pictures ? await measurePictures(stage, options, say, cleanup) : []
  const wallets = options.wallets ? await measureWallets(stage, options, say) : []
  const report: Report = {
    startedAt: startedAt.toISOString(),
    durationSeconds: (Date.now() - startedAt.getTime()) / 1_000,
    machine: describeMachine({
      postgres: stage.core.serverVersion,
      pgbench: stage.pgbench?.version,
      folder: stage.folder,
    }),
    options,
    rows: summarize(legs),
    webhooks,
    logins,
    pictures,
    wallets,
    mismatches: mismatchesOf(legs),
    acknowledgedCreates: acknowledgedCreates(legs),
  }
  process.stdout.write(textOf(report))
  const file = join(resultsFolder, `${report.startedAt.replaceAll(':', '-')}.json`)
  writeFileSync(file, `${JSON.stringify({ ...report, legs }, null, 2)}\n`)
  say(`The result is in ${relative(process.cwd(), file)}`)
  const sound = report.mismatches.length === 0 && legs.every((leg) => leg.errors === 0)
  if (options.write && sound) {
    writeFileSync(page, pageOf(report))
    say(`Wrote ${relative(root, page)}`)
  }
  return sound ? 0 : 1
}

let stopping = false
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    say(`Stopping …`)
    end(code)
  })
}

/** Undoes everything and leaves. */
async function end(code: number): Promise<never> {
  setTimeout(() => process.exit(code || 1), endTimeoutMs).unref()
  await cleanup.run()
  process.exit(code)
}

let options: Options
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  say(`${(error as Error).message}\n\n${usage}`)
  process.exit(2)
}
try {
  const code = await bench(options)
  if (!stopping) await end(code)
} catch (error) {
  // What is told to stop fails in the middle of its work: that is no news.
  if (!stopping) {
    say(`The bench failed: ${(error as Error).stack}`)
    await end(1)
  }
}
