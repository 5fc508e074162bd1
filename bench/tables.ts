import type { ClockPart } from './clock.ts'
import { overloadTimes } from './clock.ts'
import type { Absent, Footprint } from './footprint.ts'
import type { Row } from './summary.ts'
import { fixed, megabytes, percent, ratioText, whole } from './texts.ts'
import { operations } from './types.ts'

/** A table of texts, the heading first. So many of its first columns are words, the others figures. */
export interface Table {
  readonly title: string
  readonly words: number
  readonly cells: readonly (readonly string[])[]
}

const heading = [
  ...['contestant', 'per second', 'min – max', '× bare', '× pgbench', 'p50 ms', 'p99 ms', 'p99.9 ms', 'errors'],
  'CPU: load / server / database / others',
  'CPU µs a request: load / server / database',
]

/** One table for each operation that was measured. */
export function operationTables(rows: readonly Row[]): Table[] {
  return operations
    .map((operation) => ({ operation, of: rows.filter((row) => row.operation === operation) }))
    .filter(({ of }) => of.length > 0)
    .map(({ operation, of }) => ({ title: operation, words: 1, cells: [heading, ...of.map(cellsOf)] }))
}

function cellsOf(row: Row): string[] {
  const { load, server, database, others } = row.cpuShare
  const micros = row.cpuMicros
  const isPgbench = row.kind === 'pgbench'
  return [
    row.contestant,
    whole(row.perSecond.median),
    `${whole(row.perSecond.min)} – ${whole(row.perSecond.max)}`,
    row.kind === 'bare' ? '–' : ratioText(row.toBare),
    isPgbench ? '–' : ratioText(row.toPgbench),
    ...[fixed(row.p50Ms, 2), fixed(row.p99Ms, 2), fixed(row.p999Ms, 2), String(row.errors)],
    // pgbench has no server of its own.
    [percent(load), isPgbench ? '–' : percent(server), percent(database), percent(others)].join(' / '),
    [fixed(micros.load, 0), isPgbench ? '–' : fixed(micros.server, 0), fixed(micros.database, 0)].join(' / '),
  ]
}

/** Each round of creates by the clock. */
export function clockTable({ processes, rounds, peak }: ClockPart): Table {
  const cells = rounds.map(({ half, database, overload, recoveryMs, loadShare }, index) => [
    String(index + 1),
    ...[fixed(half.p50Ms, 1), fixed(half.p99Ms, 1), fixed(half.p999Ms, 1), fixed(half.maxMs, 1)],
    database === undefined ? '–' : fixed(database.p99Ms, 1),
    whole(overload.acknowledgedPerSecond),
    ...[overload.refused.count, overload.lost, overload.errors].map(whole),
    ...[overload.refused.p99Ms, overload.refused.maxMs, overload.p99Ms].map((ms) => fixed(ms, 1)),
    recoveryMs === null ? 'not yet' : String(recoveryMs),
    `${percent(loadShare.half)} / ${percent(loadShare.overload)}`,
    `${fixed(half.latenessP99Ms, 1)} / ${fixed(overload.latenessP99Ms, 1)}`,
  ])
  const head = [
    ...[
      'round',
      'half: p50 ms',
      'p99 ms',
      'p99.9 ms',
      'max ms',
      'pgbench: p99 ms',
      `${overloadTimes} ×: answered a second`,
    ],
    ...['refused', 'without a connection', 'errors', 'refused in, p99 ms', 'max ms', 'answered in, p99 ms'],
    ...['usual after ms', 'load CPU: half / overload', 'load late p99 ms: half / overload'],
  ]
  const who = processes === 1 ? 'one process' : `${processes} processes`
  return {
    title: `by the clock, ${who}, of a peak of ${whole(peak)} creates a second`,
    words: 1,
    cells: [head, ...cells],
  }
}

/** What each takes to be there. */
export function footprintTable(footprints: readonly (Footprint | Absent)[]): Table {
  const head = ['who', 'version', 'Node', 'note', 'installed MB', 'start ms', 'loaded RSS MB']
  const cells = footprints.map((one) =>
    'error' in one
      ? [one.name, '–', '–', `took no part: ${one.error}`, '–', '–', '–']
      : [
          ...[one.name, one.version, one.node.replace(/^v/, ''), one.note ?? ''],
          ...[megabytes(one.installBytes), whole(one.startMs), megabytes(one.memoryBytes)],
        ],
  )
  return { title: 'what they take', words: 4, cells: [head, ...cells] }
}

/** For a terminal. */
export function tableText({ title, words, cells }: Table): string {
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i < words ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return `${title}\n${lines.join('\n')}`
}

/** For a page. */
export function tableMarkdown({ words, cells: [head = [], ...rows] }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const dash = head.map((_, i) => (i < words ? '---' : '---:'))
  return [line(head), line(dash), ...rows.map(line)].join('\n')
}
