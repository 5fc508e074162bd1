/** What a user would pick instead of Facet, each on a database of its own in the PostgreSQL of the bench. */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { connectionsOfEach } from '../../server/src/config/connections.ts'
import { readConfig } from '../../server/src/config.ts'
import { type Cleanup, endChild } from '../cleanup.ts'
import { bytesOfPackages } from '../install-size.ts'
import { seededReference } from '../references.ts'
import { betterAuth } from './better-auth/better-auth.ts'
import { directus } from './directus/directus.ts'
import { findNode, installPackages } from './install.ts'
import { parseServer } from './parse-server/parse-server.ts'
import type { Ground, Recipe } from './recipe.ts'
import { freePort, type Question, runToEnd, startServer } from './server.ts'

/**
 * A request to a peer. In path and body, `{new}` stands for a fresh reference and `{seeded}` for one of the first rows
 * (see references.ts); `{id}` is drawn from the peer's `ids`.
 */
export interface PeerAsk {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly expectedStatus: number
}

/** A peer that runs, with as many profiles as was asked for. */
export interface Peer {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly host: string
  readonly port: number
  /** Of its packages' files, its Node not counted. */
  readonly installBytes: number
  /** From the start of its process, its tables there already, to its first good answer to a get. */
  readonly startMs: number
  /** The version of its Node. */
  readonly node: string
  /** Answered when it is stored. */
  readonly create: PeerAsk
  readonly get: PeerAsk
  /** A page of the ten newest, with the exact total. */
  readonly list: PeerAsk
  readonly ids?: readonly string[]
  /** How many profiles its table holds, by SQL. */
  countStored(): Promise<number>
  readonly note?: string
}

/** A peer that could not be had, and why. */
export interface AbsentPeer {
  readonly name: string
  readonly error: string
}

export interface PeerOptions {
  readonly databaseUrl: string
  /** Where peers keep their files. */
  readonly folder: string
  /** Profiles that each has before the first request. */
  readonly rows: number
  /** Only peers whose name contains this. */
  readonly who: string
}

const host = '127.0.0.1'
const recipes: readonly Recipe[] = [parseServer, directus, betterAuth]

/** Installs, furnishes and starts the peers, one after the other. One that fails is absent, with its error; nobody else minds. */
export async function startPeers(
  options: PeerOptions,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<readonly (Peer | AbsentPeer)[]> {
  const peers: (Peer | AbsentPeer)[] = []
  for (const recipe of recipes.filter(({ name }) => name.includes(options.who))) {
    peers.push(await startPeer(recipe, options, say, cleanup))
  }
  return peers
}

/** Installs, furnishes and starts one peer, or tells why not. */
export async function startPeer(
  recipe: Recipe,
  options: PeerOptions,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<Peer | AbsentPeer> {
  try {
    const node = await nodeFor(recipe, say, cleanup)
    await installPackages({ folder: recipe.home, node, builds: recipe.builds ?? [] }, say, cleanup)
    say(`Starting ${recipe.name} …`)
    return await serve(recipe, node, await groundFor(recipe, options, cleanup), cleanup)
  } catch (error) {
    say(`${recipe.name} does not take part: ${(error as Error).message}`)
    return { name: recipe.name, error: (error as Error).message }
  }
}

async function serve(recipe: Recipe, node: string, ground: Ground, cleanup: Cleanup): Promise<Peer> {
  const { prepare, serve, env = {} } = await recipe.command(ground)
  const run = { node, args: serve, folder: ground.folder, env }
  if (prepare !== undefined) await runToEnd({ ...run, args: prepare }, cleanup)
  const first = await startServer(run, { url: ground.url + recipe.healthPath, headers: {}, status: 200 }, cleanup)
  const { table, ...furnished } = await recipe.furnish(ground).finally(() => endChild(first.child))
  // The planner knows the tables from here on, and no automatic analyze falls into the first legs.
  await ground.query('vacuum analyze')

  const { pid, startMs } = await startServer(run, questionOf(furnished, ground.url), cleanup)
  const { version } = JSON.parse(await readFile(join(ground.modules, recipe.name, 'package.json'), 'utf8'))
  const nodeVersion = await promisify(execFile)(node, ['--version'])
  return {
    ...{ name: recipe.name, version, pid, host, port: ground.port, startMs, ...furnished },
    node: nodeVersion.stdout.trim(),
    installBytes: bytesOfPackages(recipe.home),
    async countStored() {
      const [row] = await ground.query<{ count: string }>(`select count(*) from ${table}`)
      return Number(row?.count)
    },
  }
}

async function nodeFor({ nodeHome }: Recipe, say: (line: string) => void, cleanup: Cleanup): Promise<string> {
  if (nodeHome === undefined) return process.execPath
  await installPackages({ folder: nodeHome, node: process.execPath, builds: [] }, say, cleanup)
  return findNode(nodeHome)
}

async function groundFor(
  { name, home }: Recipe,
  { databaseUrl, folder: parent, rows }: PeerOptions,
  cleanup: Cleanup,
): Promise<Ground> {
  const folder = join(parent, name)
  await mkdir(folder, { recursive: true })
  const url = new URL(databaseUrl)
  const server = new pg.Client({ connectionString: url.href })
  await server.connect()
  await server.query(`create database "${name}"`).finally(() => server.end())
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  cleanup.add(() => pool.end())
  const port = await freePort()
  return {
    ...{ folder, modules: join(home, 'node_modules'), port, url: `http://${host}:${port}`, rows },
    address: {
      ...{ host: decodeURIComponent(url.hostname), port: Number(url.port), database: name },
      ...{ user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    },
    connections: connectionsOfEach(readConfig({})),
    query: async (text, values) => (await pool.query(text, values === undefined ? [] : [...values])).rows,
  }
}

function questionOf({ get, ids }: { readonly get: PeerAsk; readonly ids?: readonly string[] }, url: string): Question {
  const path = get.path.replace('{seeded}', seededReference(0)).replace('{id}', ids?.[0] ?? '')
  return { url: url + path, headers: get.headers, status: get.expectedStatus }
}
