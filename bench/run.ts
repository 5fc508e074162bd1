import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createCleanup } from './cleanup.ts'
import { measureByTheClock } from './clock.ts'
import { verdictsOfClock } from './clock-verdicts.ts'
import { entriesOf } from './entries.ts'
import { footprintsOf } from './footprint.ts'
import { measureLogins } from './logins.ts'
import { describeMachine } from './machine.ts'
import { type Options, type Part, partRounds, readOptions, usage } from './options.ts'
import { pageOf } from './page.ts'
import { measurePictures } from './pictures.ts'
import { findingsOf, type Report, textOf } from './report.ts'
import { runRounds } from './rounds.ts'
import { scaleVerdicts } from './scale/report.ts'
import { measureScale } from './scale/scale.ts'
import { openStage, resultsFolder, type Stage } from './stage.ts'
import { mismatchesOf, summarize } from './summary.ts'
import type { Leg } from './types.ts'
import { repeatsOfRun, undisturbed } from './undisturbed.ts'
import { isSound } from './verdict.ts'
import { verdictsOfDurability, verdictsOfLegs } from './verdicts.ts'
import { measureWallets } from './wallets.ts'
import { measureWebhooks } from './webhooks.ts'

const page = join(import.meta.dirname, '../docs/performance.md')
const root = join(import.meta.dirname, '..')
/** Of a sound run in which something that is wanted was not reached. */
const notReachedCode = 3
/** Ending everything takes less than this; a bench that hangs then is ended all the same. */
const endTimeoutMs = 30_000
const cleanup = createCleanup()
const say = (line: string) => process.stderr.write(`${line}\n`)

/** Measures, prints the tables, writes the result; gives the exit code. */
async function bench(options: Options): Promise<number> {
  const startedAt = new Date()
  const stage = await openStage(options, say, cleanup)
  const legs = await runRounds(entriesOf(stage, options), stage, options, say)
  const report = await reportOf(stage, options, legs, startedAt)
  process.stdout.write(textOf(report))
  const file = join(resultsFolder, `${report.startedAt.replaceAll(':', '-')}.json`)
  writeFileSync(file, `${JSON.stringify({ ...report, legs }, null, 2)}\n`)
  say(`The result is in ${relative(process.cwd(), file)}`)
  if (!isSound(report.verdicts)) return 1
  if (options.write) {
    writeFileSync(page, pageOf(report))
    say(`Wrote ${relative(root, page)}`)
  }
  return report.verdicts.every(({ outcome }) => outcome === 'reached') ? 0 : notReachedCode
}

/** Measures the parts, one after the other, and puts all together. */
async function reportOf(stage: Stage, options: Options, legs: readonly Leg[], startedAt: Date): Promise<Report> {
  const { parts } = options
  const { core, pgbench, folder, servers } = stage
  const clock = parts.includes('clock') ? await measureByTheClock(stage, options, legs, say, servers) : []
  const part = <Round>(name: Part, measure: () => Promise<Round[]>) =>
    parts.includes(name) ? undisturbed(name, measure, say) : []
  const webhooks = await part('webhooks', () => measureWebhooks(stage, partRounds(options), say))
  const logins = await part('logins', () => measureLogins(stage, options, say, servers))
  const pictures = await part('pictures', () => measurePictures(stage, options, say, servers))
  const wallets = await part('wallets', () => measureWallets(stage, options, say, servers))
  const settings = await core.settings()
  const footprints = footprintsOf(stage, legs)
  // The greatest database has all memory to itself.
  await servers.run()
  const scale = parts.includes('scale') ? await measureScale(stage, options, say, cleanup) : []
  return {
    startedAt: startedAt.toISOString(),
    durationSeconds: (Date.now() - startedAt.getTime()) / 1_000,
    machine: describeMachine({ postgres: core.serverVersion, pgbench: pgbench?.version, folder }),
    options,
    settings,
    verdicts: [
      ...verdictsOfLegs(legs, stage, options),
      ...clock.flatMap(verdictsOfClock),
      ...scaleVerdicts(scale),
      ...findingsOf({ webhooks, logins, pictures, wallets }).flatMap(({ verdicts }) => verdicts),
      ...verdictsOfDurability(legs, settings),
    ],
    rows: summarize(legs),
    clock,
    scale,
    webhooks,
    logins,
    pictures,
    wallets,
    footprints,
    mismatches: mismatchesOf(legs),
    repeats: repeatsOfRun(),
  }
}

let ending = false

/** Undoes everything and leaves, once: later calls change nothing. */
async function end(code: number, why?: string): Promise<void> {
  // What is told to stop fails in the middle of its work: that is no news.
  if (ending) return
  ending = true
  if (why !== undefined) say(why)
  setTimeout(() => process.exit(code || 1), endTimeoutMs).unref()
  await cleanup.run()
  process.exit(code)
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => void end(code, 'Stopping …'))
}
const fail = (error: Error) => end(1, `The bench failed: ${error.stack}`)
process.on('uncaughtException', fail)

let options: Options
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  say(`${(error as Error).message}\n\n${usage}`)
  process.exit(2)
}
await bench(options).then(end, fail)
