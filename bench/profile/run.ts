// `npm run profile`: one operation of one of Facet's APIs under load, with Node's CPU profiler on. Prints where the time goes, and writes
// a flame graph and the profile itself, which a browser's developer tools open too, to bench/results.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { owners, prepareAddresses, walletNetwork } from '../addresses.ts'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import { createsOf, type DialectAsk, getsOf, listsOf } from '../contestants/dialects.ts'
import { type Facet, startFacet } from '../contestants/facet.ts'
import { openCore } from '../core.ts'
import { startDatabase } from '../database.ts'
import { startLoad } from '../load-client.ts'
import { signInPeople } from '../signed-in.ts'
import { drawsOf, resultsFolder, signedIn } from '../stage.ts'
import { tableText } from '../tables.ts'
import { type CpuProfile, cut, treeOf } from './cpu-profile.ts'
import { flameGraph } from './flame-graph.ts'
import { topTables } from './top.ts'

const seededRows = 10_000
const connections = 32
const warmupMs = 2_000
const say = (line: string) => process.stderr.write(`${line}\n`)

const usage = `npm run profile -- [options]
  --operation <name>  create, get, list or address (create)
  --dialect <name>    native, oumla, ocamba, original, ona or epixel, where it has the operation (oumla)
  --seconds <n>       seconds under load (5)
`

type Asks = Readonly<Record<string, DialectAsk>>

/** The requests of each operation, by the dialects that have it; made when the first profiles are there. */
const operations: Readonly<Record<string, (facet: Facet) => Asks | Promise<Asks>>> = {
  create: createsOf,
  get(facet) {
    const { nativeByReference, nativeById: _, ...gets } = getsOf(facet)
    return { native: nativeByReference, ...gets }
  },
  list: listsOf,
  address: async (facet) => ({ oumla: await prepareAddresses(facet, await walletNetwork(facet)) }),
}

interface ProfileOptions {
  readonly operation: string
  readonly dialect: string
  readonly seconds: number
}

async function profile({ operation, dialect, seconds }: ProfileOptions, cleanup: Cleanup): Promise<void> {
  mkdirSync(resultsFolder, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'facet-profile-'))
  chmodSync(folder, 0o711)
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }), 'folder')
  const database = await startDatabase(join(folder, 'database'), say, cleanup)
  const profiles = join(folder, 'profiles')
  // It writes its profile when it ends.
  const server = createCleanup()
  cleanup.add(() => server.run())
  const facet = await startFacet(
    {
      ...{ dataDir: join(folder, 'facet'), databaseUrl: database.url, webhookTarget: '127.0.0.1:9' },
      nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '--cpu-prof-interval=500'],
    },
    server,
  )
  const core = await openCore(database, facet, seededRows, cleanup)
  const asks = await operations[operation]?.(facet)
  const ask = asks?.[dialect]
  if (ask === undefined) throw new Error(`${dialect} has no ${operation} that can be profiled\n\n${usage}`)
  const draws = await drawsOf(core, await signInPeople(facet, signedIn))
  const load = startLoad(cleanup)
  const leg = {
    host: facet.host,
    port: facet.port,
    ...ask,
    draws,
    connections,
    seededRows: operation === 'address' ? owners : seededRows,
  }
  const run = (measureMs: number) => load.measure({ ...leg, warmupMs: 0, measureMs })
  await run(warmupMs)
  const from = monotonicMicros()
  const { acknowledged, errors, firstError, perSecond } = await run(seconds * 1_000)
  const to = monotonicMicros()
  if (errors > 0) throw new Error(`${errors} requests failed, the first: ${firstError}`)
  await server.run()
  const title = `${operation} as ${dialect}: ${Math.round(perSecond)} a second over ${connections} connections`
  report(cut(profileOf(profiles, facet.pid), from, to), title, `${operation}-${dialect}`, acknowledged)
}

function report(profile: CpuProfile, title: string, name: string, requests: number): void {
  const tree = treeOf(profile)
  const busy = tree.totalMicros / (profile.endTime - profile.startTime)
  const whole = `${title}; busy ${Math.round(busy * 100)} % of a core, ${(tree.totalMicros / requests).toFixed(0)} µs a request`
  process.stdout.write(`${[whole, ...topTables(tree, requests).map(tableText)].join('\n\n')}\n`)
  const write = (extension: string, text: string) => {
    const file = join(resultsFolder, `profile-${name}.${extension}`)
    writeFileSync(file, text)
    say(`Wrote ${relative(process.cwd(), file)}`)
  }
  write('svg', flameGraph(tree, whole, requests))
  write('cpuprofile', JSON.stringify(profile))
}

/** The profile of a process, which is in the name of its file. */
function profileOf(folder: string, pid: number): CpuProfile {
  const file = readdirSync(folder).find((name) => name.split('.').includes(String(pid)))
  if (file === undefined) throw new Error('The server wrote no profile')
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

function readProfileOptions(): ProfileOptions {
  const { values } = parseArgs({
    options: {
      operation: { type: 'string', default: 'create' },
      dialect: { type: 'string', default: 'oumla' },
      seconds: { type: 'string', default: '5' },
    },
  })
  return { ...values, seconds: Number(values.seconds) }
}

const cleanup = createCleanup()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanup.run().finally(() => process.exit(130)))
}
try {
  await profile(readProfileOptions(), cleanup)
} catch (error) {
  say((error as Error).message)
  process.exitCode = 1
} finally {
  await cleanup.run()
}
