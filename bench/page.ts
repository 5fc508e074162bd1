import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaults, type Options } from './options.ts'
import { methodText } from './page-method.ts'
import { partNotes, type Report, tablesOf, warningsOf } from './report.ts'
import { tableMarkdown } from './tables.ts'
import { lineOf } from './verdict.ts'

/** Written by hand, since no run can tell it. */
const gains = join(import.meta.dirname, 'gains.md')

/** The command that repeats the run: what differs from the defaults is named. */
function commandOf({ rounds, seconds, connections, rows, patience, scale }: Options): string {
  const named = Object.entries({ rounds, seconds, connections, rows, patience, scale: scale.join(',') })
  const flags = named.filter(([name, value]) => value !== defaults[name as keyof typeof defaults])
  return ['npm run bench -- --write', ...flags.map(([name, value]) => `--${name} ${value}`)].join(' ')
}

/** docs/performance.md: the run's own figures, what was wanted first, and what they mean. */
export function pageOf(report: Report): string {
  const { machine, options, settings, startedAt, durationSeconds, verdicts } = report
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n')
  const uncommitted = machine.commit?.endsWith('+') ? ' (`+`: with changes that were not committed)' : ''
  const commit = machine.commit === null ? '' : ` on commit \`${machine.commit}\`${uncommitted}`
  const tables = tablesOf(report).map((table) => `### ${capital(table.title)}\n\n${tableMarkdown(table)}`)
  return `# Performance

Written by \`${commandOf(options)}\`; do not edit. The run of ${startedAt.slice(0, 10)} took ${Math.round(durationSeconds / 60)} minutes${commit}, on
${machine.cores} cores (${machine.cpu}) **shared by load generator, server and database**; ${machine.memoryGb} GB; ${machine.system}; Node
${machine.node}; PostgreSQL ${machine.postgres}, Facet's embedded one on ${machine.fileSystem} with the settings that Facet gives it
(${settings.map(({ name, value }) => `\`${name}\` ${value}`).join(', ')}); ${machine.pgbench ?? 'no pgbench'}.

## What is wanted

${list([...verdicts.map(lineOf), ...warningsOf(report)])}

## The figures

${tables.join('\n\n')}

### The other parts

${list(partNotes(report))}

## What each gain came from

${readFileSync(gains, 'utf8').trim()}

${methodText(report)}`
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}
