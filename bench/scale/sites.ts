import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Cleanup } from '../cleanup.ts'
import { type Facet, startFacet } from '../contestants/facet.ts'
import { type Database, startDatabase } from '../database.ts'
import { type SignedIn, signInPeople } from '../signed-in.ts'
import type { Stored } from '../types.ts'
import { undisturbed } from '../undisturbed.ts'
import { fill } from './fill.ts'
import { type Draws, drawsOf } from './known.ts'
import { idAround, populationOf } from './rows.ts'

/** One size: a database with so many profiles, and a Facet of its own on it. */
export interface Site {
  readonly power: number
  readonly rows: number
  readonly facet: Facet
  readonly draws: Draws
  /** How many profiles were made since the site opened. */
  countStored(): Promise<Stored>
  readonly people: SignedIn
  /** Waits until Facet's worker has numbered all events. */
  settle(): Promise<void>
}

export interface Sites {
  readonly database: Database
  readonly all: readonly Site[]
}

/** Fewer than by default, so that four servers and their workers get by with the connections of one PostgreSQL. */
export const connectionsOfSite = 12
const signedIn = 8

/** Starts a PostgreSQL for all sizes, and a Facet for each, and makes their profiles. */
export async function openSites(
  powers: readonly number[],
  folder: string,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<Sites> {
  const database = await startDatabase(join(folder, 'scale'), say, cleanup)
  const all: Site[] = []
  for (const power of powers) {
    const begunAt = performance.now()
    all.push(await openSite(database, power, folder, say, cleanup))
    say(
      `Made 10^${power} profiles and started a Facet on them in ${Math.round((performance.now() - begunAt) / 1_000)} s`,
    )
  }
  return { database, all }
}

async function openSite(
  database: Database,
  power: number,
  folder: string,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<Site> {
  const name = `scale_${power}`
  const admin = new pg.Client({ ...database.address })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const url = new URL(database.url)
  url.pathname = name
  const facet = await startFacet(
    {
      ...{ dataDir: join(folder, name), databaseUrl: url.href, nodeFlags: [], webhookTarget: '127.0.0.1:9' },
      databaseConnections: connectionsOfSite,
    },
    cleanup,
  )
  const client = new pg.Client({ ...database.address, database: name })
  await client.connect()
  cleanup.add(() => client.end())
  const population = populationOf(facet.appId, 10 ** power)
  await fill(client, population)
  const people = await undisturbed('signing in', () => signInPeople(facet, signedIn), say)
  const draws = await drawsOf(client, population, people)
  const opened = idAround({ ...population, firstAt: Date.now() }, 0)
  return {
    ...{ power, rows: population.rows, facet, draws, people },
    countStored: () => countSince(client, facet.appId, opened),
    settle: () => eventsNumbered(client, facet.appId),
  }
}

/** Not of all, which would read ten million: ids come in the order of their making. */
async function countSince(client: pg.Client, appId: string, id: string): Promise<Stored> {
  const { rows } = await client.query<{ rows: string; counted: string }>(
    `select (select count(*) from profiles where app_id = $1 and id > $2) as rows,
       (select sum(live) from profile_counts where app_id = $1) as counted`,
    [appId, id],
  )
  return { rows: Number(rows[0]?.rows), counted: Number(rows[0]?.counted) }
}

async function eventsNumbered(client: pg.Client, appId: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ waits: boolean }>(
      'select exists (select from events_pending where app_id = $1) as waits',
      [appId],
    )
    if (!rows[0]?.waits) return
    await wait(20)
  }
}
