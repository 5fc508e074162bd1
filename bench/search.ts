// `npm run bench:search`: how long each keystroke of a search takes in an app of many profiles. Every beginning of names, e-mails,
// references, usernames and phones is sent to a real server, one after the other, as somebody types who waits for the rows.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createCleanup } from './cleanup.ts'
import { type Facet, startFacet } from './contestants/facet.ts'
import { startDatabase } from './database.ts'
import { fillWithPeople } from './people.ts'
import { quantile } from './quantiles.ts'

const typists = 40
const pageSize = 50
const rounds = 3
const wantedP95Ms = 50

interface Person {
  readonly full_name: string
  readonly email: string
  readonly username: string
  readonly reference: string
  readonly phone: string
}

/** How each kind of text is typed. */
const typed: Readonly<Record<string, (person: Person) => readonly string[]>> = {
  names: ({ full_name }) => beginningsOf(full_name.toLowerCase()),
  'two words, the last one first': ({ full_name }) => beginningsOf(full_name.split(' ').reverse().join(' ')),
  'e-mails': ({ email }) => beginningsOf(email),
  usernames: ({ username }) => beginningsOf(username),
  references: ({ reference }) => beginningsOf(reference),
  phones: ({ phone }) => beginningsOf(`${phone.slice(0, 3)} ${phone.slice(3, 6)} ${phone.slice(6)}`),
  'two words that many have and none together': ({ full_name }) => [
    `peter ${full_name.slice(0, 2)} anna`,
    'ma pe',
    'an mi pe',
  ],
}

function beginningsOf(text: string): string[] {
  return Array.from(text.trim(), (_, index) => text.slice(0, index + 1)).filter((part) => part.trim() !== '')
}

/** The milliseconds from the request to the last byte of its answer. */
async function timeOf({ host, port, secret }: Facet, q: string): Promise<number> {
  const url = `http://${host}:${port}/facet/v1/profiles?${new URLSearchParams({ q, limit: String(pageSize) })}`
  const begin = performance.now()
  const answer = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
  const body = await answer.text()
  if (answer.status !== 200) throw new Error(`${q}: ${answer.status} ${body}`)
  return performance.now() - begin
}

/** The first time of each text, and the best of some: other work on the machine only ever adds to one. */
async function timesOf(facet: Facet, texts: readonly string[]): Promise<{ first: number[]; best: number[] }> {
  const times: number[][] = texts.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, q] of texts.entries()) times[index]?.push(await timeOf(facet, q))
  }
  const inOrder = (numbers: number[]) => numbers.sort((a, b) => a - b)
  return {
    first: inOrder(times.map(([first = Number.NaN]) => first)),
    best: inOrder(times.map((each) => Math.min(...each))),
  }
}

function lineOf(name: string, { first, best }: { first: number[]; best: number[] }): string {
  const figures = [quantile(first, 0.5), quantile(first, 0.95), quantile(best, 0.5), quantile(best, 0.95)]
  return `| ${name} | ${first.length} | ${figures.map((ms) => ms.toFixed(1)).join(' | ')} |`
}

async function measure(rows: number): Promise<boolean> {
  const cleanup = createCleanup()
  const stop = () => void cleanup.run().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    const folder = mkdtempSync(join(tmpdir(), 'facet-bench-'))
    chmodSync(folder, 0o711)
    cleanup.add(() => rmSync(folder, { recursive: true, force: true }), 'folder')
    const database = await startDatabase(join(folder, 'database'), (line) => process.stderr.write(`${line}\n`), cleanup)
    const options = {
      dataDir: join(folder, 'facet'),
      databaseUrl: database.url,
      nodeFlags: [],
      webhookTarget: '127.0.0.1:9',
    }
    const facet = await startFacet(options, cleanup)
    const client = new pg.Client({ ...database.address })
    await client.connect()
    cleanup.add(() => client.end())
    process.stderr.write(`Making ${rows} profiles …\n`)
    await fillWithPeople(client, facet.appId, rows)
    return await print(client, facet, rows)
  } finally {
    await cleanup.run()
  }
}

/** Prints the table; gives whether all that was typed is as quick as is wanted. */
async function print(client: pg.Client, facet: Facet, rows: number): Promise<boolean> {
  const everyFew = Math.max(1, Math.floor(rows / typists))
  const people = await client.query<Person>(
    'select full_name, email, username, reference, phone from profiles where app_id = $1 and number % $2 = 0 order by number',
    [facet.appId, everyFew],
  )
  const lines = [
    `| ${rows} profiles | queries | first p50 ms | first p95 ms | best p50 ms | best p95 ms |`,
    '| --- | ---: | ---: | ---: | ---: | ---: |',
  ]
  let quick = true
  for (const [name, textsOf] of Object.entries(typed)) {
    const times = await timesOf(facet, people.rows.flatMap(textsOf))
    quick &&= quantile(times.best, 0.95) <= wantedP95Ms
    lines.push(lineOf(name, times))
  }
  process.stdout.write(
    `${lines.join('\n')}\n\nWanted: best p95 of ${wantedP95Ms} ms: ${quick ? 'reached' : 'NOT reached'}.\n\n`,
  )
  return quick
}

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000,1000000' } } })
for (const rows of values.rows.split(',').map(Number)) {
  if (!(await measure(rows))) process.exitCode = 1
}
