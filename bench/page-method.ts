import { mostYoung } from '../server/src/http/admission.ts'
import { overloadTimes } from './clock.ts'
import { raised } from './contestants/facet.ts'
import { partRounds } from './options.ts'
import type { Report } from './report.ts'
import { namedEvery } from './scale/rows.ts'
import { connectionsOfSite } from './scale/sites.ts'
import { whole } from './texts.ts'

/** How the figures of docs/performance.md came to be, and what they do not show. */
export function methodText({ options }: Report): string {
  const { connections, rounds, seconds, rows, patience } = options
  const patient = patience === 0 ? '' : ` Each leg waited up to ${patience} s for other work on the machine to pause.`
  const settings = Object.entries(raised.environment).map(([name, value]) => `\`${name}=${value}\``)
  return `## Who takes part

- **Facet** is \`node server/src/main.ts\` as a user starts it, everything on: key check, validation, counter, event, response
  schema, metrics, and a log line for each request to a file. Raised for the run: ${settings.join(', ')}, and the app's
  own limits (\`facet apps update … ${raised.flags.join(' ')}\`). Each API is asked at the paths that its document prints. Ocamba creates a profile with an e-mail, Ona
  one with username, e-mail and name and without a password: both pay for more indexes, and for a look at what has been unsubscribed.
  Epixel makes none without a password, Oumla has no endpoint that gets one, and only native, Oumla and Ocamba list with a total.
  Original's requests carry a signature, Ona's the token of one of 32 people, Epixel's the session of one of them, who gets their own
  profile. Original's user comes with wallets, Oumla's list too, Ocamba's profile with lists: a second statement each.
- **bare node:http + pg** is a server of the bench's own that sends the very same statements, recorded from Facet's core
  when the bench starts, with the same driver, prepared, on as many connections. It parses a body and serializes rows; it
  checks no key, validates nothing and logs nothing. Its get is that by reference.
- **pgbench** sends the same statements from C, prepared, one row a statement, without HTTP, on as many connections as the load has. It
  draws ids and times in SQL where it has no such type; every other parameter is one for it too. Where an operation is two
  statements it sends one after the other.
- **Peers** are what somebody would pick instead, each installed from its own lock file, on a database of its own in a second PostgreSQL of the same kind,
  with the Node it needs, asked in its own API for the same: a create,
  one record (parse-server and directus by its reference, a unique column, as Facet's get; better-auth by its id, as it finds nobody by anything
  else), and the ten newest with their number.
- **create** is one statement that inserts a profile under all its indexes, counts it and writes its event. Facet's worker numbers the
  events meanwhile; those of bare and pgbench it numbers after the leg. **get** draws one of
  ${whole(rows)} profiles. A **list** is the first page of ten with the exact total.

## How it is measured

- ${connections} connections, closed loop: each sends its next request when its last one is answered. The load generator is a
  process of its own. Nothing is pinned to a core: with the load generator on one of two and the server on the other it was tried, and
  everyone became slower, since the database needs whichever is free.
- ${rounds} rounds; in each, everyone in turn for ${seconds} s, another one first each time.${patient} A figure is the median of the rounds, with the
  least and the greatest. A ratio is the median of the ratios within each round, whose legs ran seconds apart; so it need
  not be the quotient of two medians. The parts have ${partRounds(options)} rounds.
- A leg in which the machine stood still for a second, as a virtual one does that its host pauses, is run again; what the disturbed one found is in the result file.
- p50, p99 and p99.9 are medians of each leg's own. pgbench's come from a tenth of its transactions.
- CPU is time used over time passed: 100 % is one core. For pgbench the load is pgbench itself.
  "Others" is what had no part in the leg: the more of it, the less the leg is worth. Memory is the most that a server's processes
  held in any leg (VmRSS), looked at five times a second; pages that they share count for each.
- **By the clock** requests are sent when they are due and not when the last is answered (an open loop): times count from then on, and what
  the load generator is late by counts too. Two Facets are asked in turn: that of the other tables, and one with a process for each core
  (\`FACET_WORKERS\`). The peak is the closed loop's, of each its own: the median of Oumla's creates in this run, and one leg. In the overload ${overloadTimes} times as many
  come over ${mostYoung} connections for each process and ${mostYoung} more, for five seconds; a request that finds every connection busy is counted as without one and
  not sent. Beside p99 at half of the peak stands pgbench's at the same rate (\`-R\`, which draws the times), of its own statements of one row
  and without HTTP, just before. What refusing takes at the least is seen by a server of node:http that does nothing else, at the
  rate of what is over the peak. Time to refuse is from sending. Answers are as usual again when three windows of 100 ms in a row are: all served, and p99 in 10 ms
  or in twice that of before.
- **By size** there is a database for each, in a PostgreSQL of their own that has nothing else to do, with a Facet of its own on it
  (\`FACET_DATABASE_CONNECTIONS=${connectionsOfSite}\`, so that all of them get by with its connections). The profiles are made by COPY as the core
  writes them, a millisecond apart, the newest a day old; one in ${namedEvery} has a name, a username, an e-mail and a phone. Indexes are built
  behind the rows, all is analyzed, and the worker has done what it does for profiles some time after they are made. Gets draw from
  identifiers of 20,000 profiles of all ages, most of which were asked for before the first round. Each operation goes through the sizes in turn within a round, and back, 0.5 s each; creates come last, and
  stay. Deep pages are asked for over 4 connections, all else over 32; by the clock 500 come a second.
- What is installed is what \`npm start\` installs, packages without development's and the server's own files, the embedded PostgreSQL
  among them; of peers their packages: the sizes of the files for all, summed. The peers' database is not in theirs. Start is from the spawn to the first answer, with cluster, schema and sandbox already made.
- After each create leg the rows, and the app's counter, are compared with what was acknowledged.
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

## What it does not show

- A closed loop on a machine that is full measures throughput. Its p99 is that of an overloaded server, not of one at a
  usual rate; that is measured by the clock.
- On other machines the ratios move: with more cores the database gets away from the one process of the server.
- The table grows while the operations are measured, alike for everyone; how speed holds as it grows is measured by size.
- Other work on the machine disturbs single legs; the spread between least and greatest shows how much.
`
}
