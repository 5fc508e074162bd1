import { createsOf, type DialectAsk, getsOf, listsOf } from './contestants/dialects.ts'
import type { Options } from './options.ts'
import type { Peer, PeerAsk } from './peers/peers.ts'
import type { Stage } from './stage.ts'
import type { Plans } from './statements.ts'
import type { Entry, Kind, LegTime, Operation, Stored } from './types.ts'

/** The contestants by name; peers have their own. */
export const names = {
  oumla: 'Facet as Oumla',
  native: 'Facet, native',
  nativeByReference: 'Facet, native, by reference',
  nativeById: 'Facet, native, by id',
  ocamba: 'Facet as Ocamba',
  original: 'Facet as Original',
  ona: 'Facet as Ona',
  onaByToken: 'Facet as Ona, by Token',
  epixel: 'Facet as Epixel',
  bare: 'bare node:http + pg',
  pgbench: 'pgbench',
} as const

const read = { method: 'GET', headers: {}, expectedStatus: 200 } as const

/** Who takes part, and what each does for an operation. Contestants of one operation stand together. */
export function entriesOf(stage: Stage, options: Options): Entry[] {
  const all = [...facetEntries(stage, options), ...bareEntries(stage, options), ...pgbenchEntries(stage)]
  for (const peer of stage.peers) if (!('error' in peer)) all.push(...peerEntries(stage, options, peer))
  const chosen = all.filter(
    ({ operation, contestant }) => options.only.includes(operation) && contestant.includes(options.who),
  )
  if (chosen.length === 0 && options.only.length > 0)
    throw new Error(`--who ${options.who}: no such contestant takes part`)
  return chosen
}

interface Server {
  readonly pid: number
  readonly host: string
  readonly port: number
}

function httpEntries(
  { load }: Stage,
  { connections, rows }: Options,
  kind: Kind,
  { pid, host, port }: Server,
  countStored: () => Promise<Stored>,
) {
  return (operation: Operation, contestant: string, ask: DialectAsk): Entry => ({
    ...{ operation, contestant, kind, serverPids: [pid], countStored },
    run: (time: LegTime) => load.measure({ host, port, ...ask, ...time, connections, seededRows: rows }),
  })
}

function facetEntries(stage: Stage, options: Options): Entry[] {
  const { facet, draws, core } = stage
  const entry = httpEntries(stage, options, 'facet', facet, core.countStored)
  const get = (contestant: string, ask: DialectAsk) => entry('get', contestant, { ...ask, draws })
  const [creates, gets, lists] = [createsOf(facet), getsOf(facet), listsOf(facet)]
  return [
    entry('create', names.oumla, creates.oumla),
    entry('create', names.native, creates.native),
    entry('create', names.ocamba, creates.ocamba),
    entry('create', names.original, creates.original),
    entry('create', names.ona, creates.ona),

    get(names.nativeByReference, gets.nativeByReference),
    get(names.nativeById, gets.nativeById),
    get(names.ocamba, gets.ocamba),
    get(names.onaByToken, gets.ona),
    get(names.original, gets.original),
    get(names.epixel, gets.epixel),

    entry('list, page by position', names.oumla, lists.oumla),
    entry('list, page by position', names.ocamba, lists.ocamba),
    entry('list, page by cursor', names.native, lists.native),
  ]
}

function bareEntries(stage: Stage, options: Options): Entry[] {
  const { bare, core } = stage
  const entry = httpEntries(stage, options, 'bare', bare, core.countStored)
  const json = { 'content-type': 'application/json' }
  const body = '{"reference":"{new}","type":"User"}'
  return [
    entry('create', names.bare, { method: 'POST', path: '/create', headers: json, body, expectedStatus: 201 }),
    entry('get', names.bare, { ...read, path: '/get/{seeded}' }),
    entry('list, page by position', names.bare, { ...read, path: '/list/oumla' }),
    entry('list, page by cursor', names.bare, { ...read, path: '/list/native' }),
  ]
}

function pgbenchEntries({ pgbench, core }: Stage): Entry[] {
  if (pgbench === undefined) return []
  const entry = (operation: Operation, plan: keyof Plans): Entry => ({
    ...{ operation, contestant: names.pgbench, kind: 'pgbench', serverPids: [], countStored: core.countStored },
    run: (time) => pgbench.run(core.plans[plan], time),
  })
  return [
    entry('create', 'create'),
    entry('get', 'get'),
    entry('list, page by position', 'oumlaList'),
    entry('list, page by cursor', 'nativeList'),
  ]
}

/** What a peer calls a list is held against the native one, whichever way it finds its page. */
function peerEntries(stage: Stage, options: Options, peer: Peer): Entry[] {
  const countStored = async () => {
    const rows = await peer.countStored()
    return { rows, counted: rows }
  }
  const entry = httpEntries(stage, options, 'peer', peer, countStored)
  const drawn = (ask: PeerAsk): DialectAsk => ({ ...ask, ...(peer.ids && { draws: { id: peer.ids } }) })
  return [
    entry('create', peer.name, drawn(peer.create)),
    entry('get', peer.name, drawn(peer.get)),
    entry('list, page by cursor', peer.name, drawn(peer.list)),
  ]
}
