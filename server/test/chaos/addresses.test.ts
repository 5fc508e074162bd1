import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Db } from '../../src/core/db.ts'
import { type AccountKeys, addressAt } from '../../src/core/wallets/derivation.rules.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/infra/db/embedded/embedded-postgres.ts'
import { openPool, type PooledDb } from '../../src/infra/db/pool.ts'
import {
  type Acknowledged,
  type AddressClients,
  type AddressOwner,
  startAddressClients,
} from '../helpers/address-clients.ts'
import { quietLog } from '../helpers/database.ts'
import {
  cleanUpProcesses,
  type FacetProcess,
  freePort,
  newFolder,
  postmasterOf,
  sandboxOf,
  startFacet,
} from '../helpers/facet-process.ts'
import { databaseUrl } from '../helpers/global-setup.ts'

cleanUpProcesses()

const prove = process.env.FACET_PROVE !== undefined
const requests = prove ? 100_000 : 2_000
const rounds = prove ? 8 : 1
/** What is killed in each round, one after the other. */
const victims = ['first server', 'database', 'second server'] as const
const connections = 50
const sample = 200

/** One owner has half of the traffic. Of the others every second one sends each request under a key of its own. */
const hot: AddressOwner = { reference: 'hot', network: 'tBTC', keyed: false }
const others = Array.from({ length: 20 }, (_, n): AddressOwner => {
  const network = n % 4 < 2 ? 'AMOY' : 'tBTC'
  return { reference: `other-${n}`, network, keyed: n % 2 === 1 }
})
const owners = [hot, ...others]

let postgres: EmbeddedPostgres | undefined
let db: PooledDb | undefined
afterEach(async () => {
  await db?.close()
  await postgres?.release()
})

/** A PostgreSQL of the test's own, which two servers share. */
async function openDatabase(dataDir: string): Promise<string> {
  postgres = await openEmbeddedPostgres({ dataDir, role: 'main', say: () => {} })
  db = openPool({ address: postgres.connection, connections: 2, log: quietLog })
  return databaseUrl(postgres.connection, postgres.connection.database)
}

/** The settings of two servers on one database. */
async function settingsOn(databaseUrl: string): Promise<Record<string, string>[]> {
  const [masterKey, custodyKey] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')]
  const shared = { DATABASE_URL: databaseUrl, FACET_MASTER_KEY: masterKey, FACET_CUSTODY_KEY: custodyKey }
  const own = async () => ({ FACET_DATA_DIR: newFolder(), FACET_PORT: String(await freePort()) })
  return [
    { ...shared, ...(await own()), FACET_LOG_LEVEL: 'error' },
    { ...shared, ...(await own()), FACET_LOG_LEVEL: 'error' },
  ]
}

async function createOwners(url: string, secret: string): Promise<void> {
  for (const { reference } of owners) {
    const response = await fetch(`${url}/oumla/api/v1/profiles`, {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ reference, type: 'User' }),
    })
    expect(response.status).toBe(201)
  }
}

interface Row {
  readonly id: string
  readonly reference: string
  readonly address: string
  readonly index: number
  readonly accountIndex: number
}

function addressesOf(from: Db, appId: string): Promise<Row[]> {
  return from.query(
    `select a.id, p.reference, a.address, a.address_index as index, w.account_index as "accountIndex"
     from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
       join profiles p on p.app_id = $1 and p.id = w.profile_id
     where a.app_id = $1`,
    [appId],
  )
}

/** Every wallet has the indexes from 0 to one below its next one, and no address is there twice. */
async function expectNoGaps(from: Db, appId: string, rows: readonly Row[]): Promise<void> {
  const wallets = await from.query<{ reference: string; next: number }>(
    `select p.reference, w.next_address_index as next from wallets w join profiles p on p.app_id = $1 and p.id = w.profile_id
     where w.app_id = $1`,
    [appId],
  )
  expect(wallets.map(({ reference }) => reference).toSorted()).toEqual(
    owners.map(({ reference }) => reference).toSorted(),
  )
  for (const { reference, next } of wallets) {
    const indexes = rows.filter((row) => row.reference === reference).map(({ index }) => index)
    const ordered = indexes.toSorted((a, b) => a - b)
    expect({ reference, indexes: ordered }).toEqual({ reference, indexes: Array.from({ length: next }, (_, i) => i) })
  }
  expect(new Set(rows.map(({ address }) => address)).size).toBe(rows.length)
}

/** What clients were told of is there as they were told, each of it told to one of them; under keys nothing else is there. */
function expectAllThere(rows: readonly Row[], acknowledged: readonly Acknowledged[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const isThere = ({ id, address, owner: { reference } }: Acknowledged) => {
    const row = byId.get(id)
    return row?.address === address && row.reference === reference
  }
  expect(acknowledged.filter((one) => !isThere(one))).toEqual([])
  expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(acknowledged.length)
  for (const { reference } of owners.filter(({ keyed }) => keyed)) {
    const told = acknowledged.filter(({ owner }) => owner.reference === reference).length
    const made = rows.filter((row) => row.reference === reference).length
    expect({ reference, made }).toEqual({ reference, made: told })
  }
}

/** Each address and each wallet is counted and told of, once. */
async function expectCountedAndTold(from: Db, appId: string, addresses: number): Promise<void> {
  const [counted] = await from.query(
    'select sum(wallets)::integer as wallets, sum(addresses)::integer as addresses from wallet_counts where app_id = $1',
    [appId],
  )
  expect(counted).toEqual({ wallets: owners.length, addresses })
  const told = await from.query(
    `select type, count(*)::integer as events, count(distinct id)::integer as things from (
       select type, data->'after'->>'id' as id from events where app_id = $1
       union all select type, data->'after'->>'id' from events_pending where app_id = $1
     ) e where type in ('wallet.created', 'address.created') group by type order by type`,
    [appId],
  )
  expect(told).toEqual([
    { type: 'address.created', events: addresses, things: addresses },
    { type: 'wallet.created', events: owners.length, things: owners.length },
  ])
}

/** Of addresses picked at random: they are derived from their accounts. */
async function expectDerived(from: Db, appId: string, rows: readonly Row[]): Promise<void> {
  const accounts = await from.query<AccountKeys & { index: number }>(
    `select account_index as index, bitcoin_key as bitcoin, evm_key as evm from wallet_accounts
     where app_id = $1 and profile_id is not null`,
    [appId],
  )
  expect(accounts).toHaveLength(owners.length)
  const keys = new Map(accounts.map((account) => [account.index, account]))
  for (let n = 0; n < sample; n++) {
    const { address, index, accountIndex } = rows[Math.floor(Math.random() * rows.length)] as Row
    const family = address.startsWith('0x') ? 'evm' : 'bitcoin'
    expect(address).toBe(addressAt(keys.get(accountIndex)?.[family] ?? '', { family, isTest: true, index }))
  }
}

/** Kills and starts again, in turn, while the clients go on. */
async function killAll(
  clients: AddressClients,
  servers: FacetProcess[],
  settings: Record<string, string>[],
  dataDir: string,
) {
  const perKill = Math.ceil(requests / (rounds * victims.length + 1))
  for (let round = 0; round < rounds; round++) {
    for (const victim of victims) {
      await clients.progress(perKill)
      if (victim === 'database') process.kill(postmasterOf(dataDir), 'SIGKILL')
      else {
        const at = victim === 'first server' ? 0 : 1
        await servers[at]?.end('SIGKILL')
        servers[at] = startFacet(settings[at] ?? {})
        await servers[at]?.ready()
      }
    }
  }
  await clients.progress(perKill)
}

describe(`${requests} requests for addresses over ${connections} connections to two servers on one database`, () => {
  it(
    `that are killed with it ${rounds * victims.length} times: no index is given twice, and none is left out`,
    async () => {
      const dataDir = newFolder()
      const settings = await settingsOn(await openDatabase(dataDir))
      const servers = settings.map(startFacet)
      const urls = await Promise.all(servers.map((server) => server.ready()))
      const { secret, appId } = sandboxOf(settings[0]?.FACET_DATA_DIR ?? '')
      await createOwners(urls[0] ?? '', secret)
      let n = 0
      const nextOwner = () => (n++ % 2 === 0 ? hot : (others[Math.floor(Math.random() * others.length)] ?? hot))
      const clients = await startAddressClients(owners, { urls, secret, connections, nextOwner })
      await killAll(clients, servers, settings, dataDir)
      await clients.stop()
      await Promise.all(servers.map((server) => server.end('SIGTERM')))

      const from = db as Db
      const rows = await addressesOf(from, appId)
      await expectNoGaps(from, appId, rows)
      expectAllThere(rows, clients.acknowledged)
      await expectCountedAndTold(from, appId, rows.length)
      await expectDerived(from, appId, rows)
      // 0 while nobody listens, 503 while the database is away, 409 while it still does the first sending of a request.
      // Of these the first three must have happened, or the test is worth nothing.
      const statuses = [...clients.answers.keys()]
      expect(statuses).toEqual(expect.arrayContaining([0, 201, 503]))
      expect(statuses.filter((status) => ![0, 201, 503, 409].includes(status))).toEqual([])
    },
    120_000 + requests * 20,
  )
})
