import type { Database } from '../database.ts'
import type { PeerAsk } from './peers.ts'

/** What it takes to have a peer: each one's own file gives one of these. */
export interface Recipe {
  /** Its npm package. */
  readonly name: string
  /** The folder that has its package.json and its lock file. */
  readonly home: string
  /** The folder whose package is the Node that it needs; undefined when the bench's own will do. */
  readonly nodeHome?: string
  /** Packages with native code that is not in the package. No other install script is run: none is needed. */
  readonly builds?: readonly string[]
  /** How it is run on that ground; what it reads from files is written here. */
  command(ground: Ground): Promise<Command>
  /** Where it answers 200 as soon as it serves, to anyone. */
  readonly healthPath: string
  /** Makes the place of the profiles, by its own API, and the rows, by SQL as it would write them. */
  furnish(ground: Ground): Promise<Furnished>
}

/** What a peer stands on. */
export interface Ground {
  /** Its working folder. */
  readonly folder: string
  /** Its node_modules. */
  readonly modules: string
  /** A database of its own. `host` is the folder of a Unix socket. */
  readonly address: Database['address']
  /** As many connections as Facet opens. */
  readonly connections: number
  readonly url: string
  readonly port: number
  /** How many profiles to make. */
  readonly rows: number
  readonly query: <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>
}

/** Main files with their arguments. */
export interface Command {
  /** Run to its end before the first start: it makes the tables. */
  readonly prepare?: readonly string[]
  readonly serve: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** How a peer is asked once it has its rows. */
export interface Furnished {
  readonly create: PeerAsk
  readonly get: PeerAsk
  readonly list: PeerAsk
  readonly ids?: readonly string[]
  /** The table that a create adds one row to, as SQL names it. */
  readonly table: string
  readonly note?: string
}

const json = { 'content-type': 'application/json' }

/** Posts JSON, and throws with the answer unless it is good. */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Readonly<Record<string, unknown>>,
): Promise<Response> {
  const response = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
  return response
}
