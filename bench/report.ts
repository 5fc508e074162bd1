import { type ClockPart, muchLoad } from './clock.ts'
import { loadWarnings } from './clock-verdicts.ts'
import type { Setting } from './facts.ts'
import type { Absent, Footprint } from './footprint.ts'
import { type LoginRound, loginFinding } from './logins.ts'
import type { Machine } from './machine.ts'
import { defaults, type Options } from './options.ts'
import { type PictureRound, pictureFinding } from './pictures.ts'
import { scaleTable } from './scale/report.ts'
import type { ScaleLeg } from './scale/scale.ts'
import type { Mismatch, Row } from './summary.ts'
import { clockTable, footprintTable, operationTables, type Table, tableText } from './tables.ts'
import { percent } from './texts.ts'
import type { Repeat } from './undisturbed.ts'
import { type Finding, lineOf, type Verdict } from './verdict.ts'
import { type WalletRound, walletFinding } from './wallets.ts'
import { type WebhookRound, webhookFinding } from './webhooks.ts'

/** What a run found, as the result file holds it beside the single legs. */
export interface Report {
  readonly startedAt: string
  readonly durationSeconds: number
  readonly machine: Machine
  readonly options: Options
  /** Of the database. */
  readonly settings: readonly Setting[]
  readonly verdicts: readonly Verdict[]
  readonly rows: readonly Row[]
  /** Each of these is empty when it was not measured. */
  readonly clock: readonly ClockPart[]
  readonly scale: readonly ScaleLeg[]
  readonly webhooks: readonly WebhookRound[]
  readonly logins: readonly LoginRound[]
  readonly pictures: readonly PictureRound[]
  readonly wallets: readonly WalletRound[]
  readonly footprints: readonly (Footprint | Absent)[]
  readonly mismatches: readonly Mismatch[]
  /** Legs that were run again, as the machine stood still in them. */
  readonly repeats: readonly Repeat[]
}

/** From here on, other work is worth a word. */
const muchOthers = 0.2

/** What makes the figures of the run worth less, or its rows wrong. */
export function warningsOf({ rows, mismatches, clock, machine, options, repeats }: Report): string[] {
  const warnings = mismatches.map(
    (leg) =>
      `STORED ROWS DO NOT MATCH ACKNOWLEDGED CREATES: round ${leg.round}, ${leg.contestant}: ${leg.acknowledged} acknowledged, ${leg.rows} rows, counted ${leg.counted}.`,
  )
  const errors = rows.reduce((sum, row) => sum + row.errors, 0)
  if (errors > 0) warnings.push(`${errors} REQUESTS FAILED: the figures are not those of a sound run.`)
  const busiest = Math.max(0, ...rows.filter(({ kind }) => kind !== 'pgbench').map((row) => row.cpuShare.load ?? 0))
  if (busiest > muchLoad)
    warnings.push(`The load generator took ${percent(busiest)} of a core: it may be what was measured.`)
  const others = Math.max(0, ...rows.map((row) => row.cpuShare.others ?? 0))
  if (others > muchOthers) {
    warnings.push(
      `Other work on the machine took up to ${percent(others)} of a core (median of a row's legs): trust ratios more than rates.`,
    )
  }
  if (machine.pgbench === null) warnings.push('There is no pgbench on this machine, so its rows are missing.')
  if (options.workers !== defaults.workers)
    warnings.push(`The first Facet ran with \`FACET_WORKERS=${options.workers}\`; those of the sizes with 1.`)
  if (repeats.length > 0) {
    const whose = repeats.map(({ what, stoodStillMs }) => `${what} (${stoodStillMs} ms)`).join('; ')
    warnings.push(`Run again, as the machine stood still meanwhile: ${repeats.length}. ${whose}.`)
  }
  return [...warnings, ...clock.flatMap(loadWarnings)]
}

/** What the other parts of the run found. */
export function findingsOf({
  webhooks,
  logins,
  pictures,
  wallets,
}: Pick<Report, 'webhooks' | 'logins' | 'pictures' | 'wallets'>): Finding[] {
  return [webhookFinding(webhooks), loginFinding(logins), pictureFinding(pictures), walletFinding(wallets)]
}

/** The same, in sentences. */
export function partNotes(report: Report): string[] {
  return findingsOf(report).flatMap(({ notes }) => notes)
}

export function tablesOf({ rows, clock, scale, footprints }: Report): Table[] {
  return [
    ...operationTables(rows),
    ...(scale.length === 0 ? [] : [scaleTable(scale)]),
    ...clock.map(clockTable),
    footprintTable(footprints),
  ]
}

/** The report for a terminal. */
export function textOf(report: Report): string {
  const verdicts = report.verdicts.map(lineOf)
  const tables = tablesOf(report).map(tableText)
  const notes = [...warningsOf(report), ...partNotes(report)]
  return `\n${[verdicts.join('\n'), ...tables, notes.join('\n')].filter((part) => part !== '').join('\n\n')}\n`
}
