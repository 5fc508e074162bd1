import { type LoginRound, loginNotes } from './logins.ts'
import type { Machine } from './machine.ts'
import type { Options } from './options.ts'
import { type PictureRound, pictureNotes } from './pictures.ts'
import { type Mismatch, median, type Row } from './summary.ts'
import { type WalletRound, walletNotes } from './wallets.ts'
import { backlog, eventsPerSecond, type WebhookRound } from './webhooks.ts'

/** What a run found, as the result file holds it beside the single legs. */
export interface Report {
  readonly startedAt: string
  readonly durationSeconds: number
  readonly machine: Machine
  readonly options: Options
  readonly rows: readonly Row[]
  /** Empty when deliveries were not measured. */
  readonly webhooks: readonly WebhookRound[]
  /** Empty when logins were not measured. */
  readonly logins: readonly LoginRound[]
  /** Empty when pictures were not made. */
  readonly pictures: readonly PictureRound[]
  /** Empty when no wallets were made. */
  readonly wallets: readonly WalletRound[]
  readonly mismatches: readonly Mismatch[]
  readonly acknowledgedCreates: number
}

/** What the create through Oumla must reach of the bare server's rate. */
export const leastToBare = 0.7

/** From here on, other work is worth a word. */
const muchOthers = 0.2

const columns = [
  ...['operation', 'contestant', 'per second', 'min – max', '× bare', '× pgbench', 'p50 ms', 'p99 ms', 'errors'],
  'CPU: load / server / database / others',
  'CPU µs a request: load / server / database',
]

/** The table's cells, the heading first. */
export function cellsOf(report: Report): string[][] {
  const cells = report.rows.map((row) => [
    row.operation,
    row.contestant,
    whole(row.perSecond.median),
    `${whole(row.perSecond.min)} – ${whole(row.perSecond.max)}`,
    fixed(row.kind === 'bare' ? null : row.toBare, 2),
    fixed(row.kind === 'pgbench' ? null : row.toPgbench, 2),
    fixed(row.p50Ms, 2),
    fixed(row.p99Ms, 2),
    String(row.errors),
    parts(row, 'cpuShare', ['load', 'server', 'database', 'others'], percent),
    parts(row, 'cpuMicros', ['load', 'server', 'database'], micros),
  ])
  const gets = cells.findIndex(([operation]) => operation === 'get by reference')
  if (gets !== -1) cells.splice(gets, 0, ['get by reference', 'Facet as Oumla: has no get', ...Array(9).fill('–')])
  return [columns, ...cells]
}

/** What is to be said under the table. */
export function notesOf(report: Report): string[] {
  const { rows, mismatches, acknowledgedCreates } = report
  const errors = rows.reduce((sum, row) => sum + row.errors, 0)
  const oumla = rows.find((row) => row.operation === 'create' && row.contestant === 'Facet as Oumla')
  const notes = [
    mismatches.length === 0
      ? `Stored rows and the app's count match all ${whole(acknowledgedCreates)} acknowledged creates, leg by leg.`
      : 'STORED ROWS DO NOT MATCH ACKNOWLEDGED CREATES:',
    ...mismatches.map(
      (leg) =>
        `  round ${leg.round}, ${leg.contestant}: ${leg.acknowledged} acknowledged, ${leg.rows} rows, counted ${leg.counted}`,
    ),
  ]
  if (errors > 0) notes.push(`${errors} REQUESTS FAILED: the figures above are not those of a sound run.`)
  const others = Math.max(...rows.map((row) => row.cpuShare.others ?? 0))
  if (others > muchOthers) {
    notes.push(
      `Other work on the machine took up to ${percent(others)} of a core (median of a row's legs): trust ratios more than rates.`,
    )
  }
  if (report.machine.pgbench === null) notes.push('There is no pgbench on this machine, so its rows are missing.')
  if (oumla?.toBare != null) {
    const verdict = oumla.toBare >= leastToBare ? 'reached' : 'NOT reached'
    notes.push(`Create through Oumla: ${fixed(oumla.toBare, 2)} × bare; at least ${leastToBare} is wanted: ${verdict}.`)
  }
  notes.push(...webhookNotes(report.webhooks), ...loginNotes(report.logins), ...pictureNotes(report.pictures))
  notes.push(...walletNotes(report.wallets))
  return notes
}

/** What deliveries are to reach: half of them in 25 ms, all but one in a hundred in 100 ms, 2,000 a second. */
const wanted = { p50Ms: 25, p99Ms: 100, perSecond: 2_000 }

function webhookNotes(rounds: readonly WebhookRound[]): string[] {
  if (rounds.length === 0) return []
  const of = (read: (round: WebhookRound) => number) => median(rounds.map(read))
  const [p50Ms, p99Ms, perSecond] = [of((r) => r.p50Ms), of((r) => r.p99Ms), of((r) => r.perSecond)]
  const reached = p50Ms <= wanted.p50Ms && p99Ms <= wanted.p99Ms && perSecond >= wanted.perSecond
  const range = (read: (round: WebhookRound) => number, print: (value: number) => string) =>
    `${print(Math.min(...rounds.map(read)))} – ${print(Math.max(...rounds.map(read)))}`
  return [
    `Webhooks, from the answer of a create to the first byte at the receiver, at ${eventsPerSecond} events a second: p50 ${p50Ms.toFixed(1)} ms (${range(
      (r) => r.p50Ms,
      (ms) => ms.toFixed(1),
    )}), p99 ${p99Ms.toFixed(1)} ms (${range(
      (r) => r.p99Ms,
      (ms) => ms.toFixed(1),
    )}).`,
    `Webhooks out of a backlog of ${whole(backlog)} to one fast receiver: ${whole(perSecond)} a second (${range((r) => r.perSecond, whole)}), ${of((r) => r.perSecond / r.barePerSecond).toFixed(2)} × what undici posts there with as many in flight and no database.`,
    `Wanted: p50 ${wanted.p50Ms} ms, p99 ${wanted.p99Ms} ms, ${whole(wanted.perSecond)} a second: ${reached ? 'reached' : 'NOT reached'}.`,
  ]
}

/** The report for a terminal. */
export function textOf(report: Report): string {
  const cells = cellsOf(report)
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
  return `\n${lines.join('\n')}\n\n${notesOf(report).join('\n')}\n`
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function fixed(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits)
}

function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`
}

function micros(value: number | null): string {
  return value === null ? '–' : String(Math.round(value))
}

/** Several figures in one cell; pgbench has no server of its own. */
function parts<F extends 'cpuShare' | 'cpuMicros'>(
  row: Row,
  figures: F,
  names: readonly (keyof Row[F])[],
  print: (value: number | null) => string,
): string {
  const values = row[figures] as Record<keyof Row[F], number | null>
  return names.map((name) => (name === 'server' && row.kind === 'pgbench' ? '–' : print(values[name]))).join(' / ')
}
