import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionsOfEach } from '../server/src/config/connections.ts'
import { readConfig } from '../server/src/config.ts'
import { type Cleanup, createCleanup } from './cleanup.ts'
import { type Bare, startBare } from './contestants/bare.ts'
import { type Facet, type FacetOptions, startFacet, startFacetTwice } from './contestants/facet.ts'
import { findPgbench, type Pgbench } from './contestants/pgbench.ts'
import { type Core, openCore } from './core.ts'
import { type Database, startDatabase, wearLogIn } from './database.ts'
import { type Load, startLoad } from './load-client.ts'
import type { Options } from './options.ts'
import { type AbsentPeer, type Peer, startPeers } from './peers/peers.ts'
import { type Receiver, startReceiver } from './receiver-client.ts'
import { type SignedIn, signInPeople } from './signed-in.ts'

/** Everything that runs while contestants are measured. */
export interface Stage {
  readonly folder: string
  readonly database: Database
  /** Of that PostgreSQL, and of the peers' where it runs. */
  readonly postmasterPids: readonly number[]
  readonly core: Core
  readonly load: Load
  /** Of all that runs but the load generator: what is opened beside it is ended with it. */
  readonly servers: Cleanup
  readonly receiver: Receiver
  readonly facet: Facet
  /** What there is to ask for: texts by the names under which requests draw them. */
  readonly draws: Readonly<Record<string, readonly string[]>>
  readonly people: SignedIn
  readonly bare: Bare
  readonly pgbench: Pgbench | undefined
  readonly peers: readonly (Peer | AbsentPeer)[]
}

/** Where results go; git ignores it. */
export const resultsFolder = join(import.meta.dirname, 'results')

/** People whom Ona shows; as few as make nobody's row a hot one. */
const shown = 1_000
/** People who have signed in: as many as connections of the usual run. */
export const signedIn = 32

/** Starts the database, the servers and the load generator, and makes the first profiles. */
export async function openStage(options: Options, say: (line: string) => void, cleanup: Cleanup): Promise<Stage> {
  mkdirSync(resultsFolder, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'facet-bench-'))
  // When root runs this, PostgreSQL is another user who has to come through.
  chmodSync(folder, 0o711)
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }), 'folder')
  const servers = createCleanup()
  cleanup.add(() => servers.run())

  say('Starting PostgreSQL and the servers …')
  const database = await startDatabase(join(folder, 'database'), say, servers)
  await wearLogIn(database)
  const receiver = await startReceiver(servers)
  const facet = await startFacetTwice(
    {
      dataDir: join(folder, 'facet'),
      databaseUrl: database.url,
      nodeFlags: [],
      webhookTarget: receiver.host,
      workers: options.workers,
    },
    servers,
  )
  const { connections, rows } = options
  say(`Making ${rows} profiles …`)
  const core = await openCore(database, facet, rows, servers)
  const people = await signInPeople(facet, signedIn)
  const draws = await drawsOf(core, people)
  // As many connections as Facet opens by default.
  const order = { address: database.address, connections: connectionsOfEach(readConfig({})), plans: core.plans }
  const bare = await startBare(order, servers)
  const pgbench = findPgbench({ database, connections, seededRows: rows, folder }, servers)
  const ofPeers = options.only.length === 0 ? undefined : await openPeers(options, folder, say, servers)
  const load = startLoad(cleanup)

  const postmasterPids = [database.postmasterPid, ...(ofPeers === undefined ? [] : [ofPeers.postmasterPid])]
  const peers = ofPeers?.peers ?? []
  const made = { folder, database, postmasterPids, core, load, servers }
  return { ...made, receiver, facet, draws, people, bare, pgbench, peers }
}

/** Starts another Facet on the same database, with the same keys and the same app. */
export function startBeside(
  { folder, database, receiver }: Stage,
  other: Pick<FacetOptions, 'workers' | 'databaseConnections'>,
  cleanup: Cleanup,
): Promise<Facet> {
  const dataDir = join(folder, 'facet-beside')
  // The sandbox file is written when it listens.
  cpSync(join(folder, 'facet'), dataDir, { recursive: true, filter: (path) => !path.endsWith('sandbox.json') })
  const usual = { dataDir, databaseUrl: database.url, nodeFlags: [], webhookTarget: receiver.host }
  return startFacet({ ...usual, ...other }, cleanup)
}

/** The peers have a PostgreSQL of their own, of the same kind: together with all others they would need more connections than one takes. */
async function openPeers({ rows, who }: Options, parent: string, say: (line: string) => void, cleanup: Cleanup) {
  const database = await startDatabase(join(parent, 'peers-database'), say, cleanup)
  await wearLogIn(database)
  const { url, postmasterPid } = database
  const folder = join(parent, 'peers')
  mkdirSync(folder)
  return { postmasterPid, peers: await startPeers({ databaseUrl: url, folder, rows, who }, say, cleanup) }
}

/** What the APIs' gets draw from: profiles that the core makes, and people who have signed in. */
export async function drawsOf(core: Core, { tokens, accesses }: SignedIn): Promise<Stage['draws']> {
  const number = await core.createPeople(shown)
  return { ...(await core.seededIds()), number, token: tokens, access: accesses }
}
