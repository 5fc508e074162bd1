import { defaults, type Options } from './options.ts'
import { cellsOf, notesOf, type Report } from './report.ts'

/** The command that repeats the run: what differs from the defaults is named. */
function commandOf({ rounds, seconds, connections, rows, patience }: Options): string {
  const named = Object.entries({ rounds, seconds, connections, rows, patience })
  const flags = named.filter(([name, value]) => value !== defaults[name as keyof typeof defaults])
  return ['npm run bench -- --write', ...flags.map(([name, value]) => `--${name} ${value}`)].join(' ')
}

/** docs/performance.md: the run's own figures, and what they mean. */
export function pageOf(report: Report): string {
  const { machine, options } = report
  const [heading = [], ...rows] = cellsOf(report)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const dash = heading.map((_, i) => (i < 2 ? '---' : '---:'))
  const patience =
    options.patience === 0 ? '' : ` Each leg waited up to ${options.patience} s for other work on the machine to pause.`
  const date = report.startedAt.slice(0, 10)
  return `# Performance

Written by \`${commandOf(options)}\`; do not edit. The run of ${date} took ${Math.round(report.durationSeconds)} s${
    machine.commit === null
      ? ''
      : ` on commit \`${machine.commit}\`${machine.commit.endsWith('+') ? ' (`+`: with changes that were not committed)' : ''}`
  }.

${[line(heading), line(dash), ...rows.map(line)].join('\n')}

${notesOf(report)
  .map((note) => `- ${note}`)
  .join('\n')}

## The machine

${machine.cores} cores (${machine.cpu}), **shared by load generator, server and database**; ${machine.memoryGb} GB; ${machine.system}; Node
${machine.node}; PostgreSQL ${machine.postgres}, Facet's embedded one with its settings (fsync on, synchronous commits) on ${machine.fileSystem};
${machine.pgbench ?? 'no pgbench'}.

## What a row is

- **Facet** is \`node server/src/main.ts\` as a user starts it, everything on: key check, validation, counter, response
  schema, metrics, and a log line for each request to a file. "As Oumla" is asked on the printed path
  (\`POST /api/v1/profiles\`, \`GET /api/v1/profiles?take=10\`) by a client of the older generation. Oumla has no endpoint that
  gets one profile, in any generation, so a get by reference is native only.
- **bare node:http + pg** is a server of the bench's own that sends the very same statements, recorded from Facet's core
  when the bench starts, with the same driver, prepared, on as many connections. It parses a body and serializes rows; it
  checks no key, validates nothing and logs nothing.
- **pgbench** sends the same statements from C, prepared, without HTTP, on as many connections as the load has. It draws ids
  and times in SQL where it has no such type; every other parameter is one for it too. Where an operation is two
  statements it sends one after the other.
- **create** is one statement that inserts a profile under all its indexes, counts it and writes its event. Facet's worker numbers the
  events meanwhile; those of bare and pgbench it numbers after the leg. **get** draws one of
  ${options.rows.toLocaleString('en-US')} references. A **list** is the first page of ten with the exact total; as Oumla it has the wallets of its profiles.

## How it is measured

- ${options.connections} connections, closed loop: each sends its next request when its last one is answered. The load generator is a
  process of its own.
- ${options.rounds} rounds; in each, everyone in turn for ${options.seconds} s, another one first each time.${patience} A figure is the median of the rounds, with the
  least and the greatest. A ratio is the median of the ratios within each round, whose legs ran seconds apart; so it need
  not be the quotient of two medians.
- p50 and p99 are medians of each leg's own. pgbench's come from a tenth of its transactions.
- CPU is time used over time passed: 100 % is one core of ${machine.cores}. For pgbench the load is pgbench itself.
  "Others" is what had no part in the leg: the more of it, the less the leg is worth.
- Webhooks go to one endpoint, a process of its own that answers at once. At the steady rate creates are sent by the clock
  and not by their answers (an open loop), through the native API; what arrives before its create is answered counts as 0 ms.
  For the backlog the endpoint is paused until the events are there and numbered, then resumed; the rate is from the first
  to the last message. undici posts a body of the same size.
- Logins go to the core behind the least HTTP, in a process of its own, 16 at once, each by the right password of one person; argon2 alone
  verifies the same password in a process of its own, as many at once as Facet does. Reads come by the clock too, and wait for
  one of 16 connections when all are taken; that counts.
- Pictures are made of one photo that the bench makes, by processes of their own as in a server, as many at once as those are;
  the reads beside them are those of the logins' part.
- Addresses are asked for as Oumla, of wallets drawn by chance, each with its statement, event and count. Derivation alone is one address
  after the other of one account in a process of its own. Profiles come by the clock, 64 under way at most, each followed by the request
  for its wallet, which the worker makes; the notice that comes with its commit ends the time.
- After each create leg the rows, and the app's counter, are compared with what was acknowledged.

## What it does not show

- A closed loop on a machine that is full measures throughput. Its p99 is that of an overloaded server, not of one at a
  usual rate.
- On other machines the ratios move: with more cores the database gets away from the one process of the server.
- The table grows while it is measured, alike for everyone. Nothing here says how speed holds at millions of profiles.
- Other work on the machine disturbs single legs; the spread between least and greatest shows how much.
`
}
