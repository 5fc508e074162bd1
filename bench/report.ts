import { type ClockPart, muchLoad } from './clock.ts'
import type { Setting } from './facts.ts'
import type { Absent, Footprint } from './footprint.ts'
import { type LoginRound, loginNotes } from './logins.ts'
import type { Machine } from './machine.ts'
import type { Options } from './options.ts'
import { type PictureRound, pictureNotes } from './pictures.ts'
import { scaleTable } from './scale/report.ts'
import type { ScaleLeg } from './scale/scale.ts'
import type { Mismatch, Row } from './summary.ts'
import { clockTable, footprintTable, operationTables, type Table, tableText } from './tables.ts'
import { percent } from './texts.ts'
import { lineOf, type Verdict } from './verdict.ts'
import { loadWarnings } from './verdicts.ts'
import { type WalletRound, walletNotes } from './wallets.ts'
import { type WebhookRound, webhookNotes } from './webhooks.ts'

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
  /** Each of these is undefined, or empty, when it was not measured. */
  readonly clock: ClockPart | undefined
  readonly scale: readonly ScaleLeg[]
  readonly webhooks: readonly WebhookRound[]
  readonly logins: readonly LoginRound[]
  readonly pictures: readonly PictureRound[]
  readonly wallets: readonly WalletRound[]
  readonly footprints: readonly (Footprint | Absent)[]
  readonly mismatches: readonly Mismatch[]
}

/** From here on, other work is worth a word. */
const muchOthers = 0.2

/** What makes the figures of the run worth less, or its rows wrong. */
export function warningsOf({ rows, mismatches, clock, machine }: Report): string[] {
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
  return clock === undefined ? warnings : [...warnings, ...loadWarnings(clock)]
}

/** What the other parts of the run found, in sentences. */
export function partNotes({ webhooks, logins, pictures, wallets }: Report): string[] {
  return [...webhookNotes(webhooks), ...loginNotes(logins), ...pictureNotes(pictures), ...walletNotes(wallets)]
}

export function tablesOf({ rows, clock, scale, footprints }: Report): Table[] {
  return [
    ...operationTables(rows),
    ...(scale.length === 0 ? [] : [scaleTable(scale)]),
    ...(clock === undefined ? [] : [clockTable(clock)]),
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
