import { setTimeout as wait } from 'node:timers/promises'
import type { Ctx } from '../server/src/core/context.ts'
import { scopes } from '../server/src/core/context.ts'
import type { Db } from '../server/src/core/db.ts'
import { pendingChannel } from '../server/src/core/feed/feed.service.ts'
import { toSettings } from '../server/src/core/organizations/organizations.service.ts'
import { createProfile, getProfile } from '../server/src/core/profiles/profiles.service.ts'
import type { Profile } from '../server/src/core/profiles/profiles.types.ts'
import { listProfiles, listProfilesByOffset } from '../server/src/core/profiles/profiles-list.service.ts'
import { summarizeWallets } from '../server/src/core/wallets/wallets.service.ts'
import { openPool } from '../server/src/infra/db/pool.ts'
import type { Cleanup } from './cleanup.ts'
import type { Database } from './database.ts'
import { type SeededIds, type Setting, selectSeededIds, selectSettings } from './facts.ts'
import { newReference, seededReference } from './references.ts'
import { type Plans, planCreate, planRead, type Statement } from './statements.ts'

/** Facet's core, without its HTTP, in the bench's own process. */
export interface Core {
  readonly plans: Plans
  readonly serverVersion: string
  /** How many profiles there are: rows, and the app's own count. */
  countStored(): Promise<{ rows: number; counted: number }>
  /** Makes profiles as the bench needs them, by the core alone. */
  createProfiles(count: number): Promise<void>
  /** The ids of profiles, by their references. */
  profileIds(references: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The identifiers of profiles that were there first, by their columns. */
  seededIds(): Promise<SeededIds>
  /** Makes profiles that have a username, and gives their numbers. */
  createPeople(count: number): Promise<readonly string[]>
  /** What the database says of those of its settings that decide how fast a write is, and whether it stays. */
  settings(): Promise<readonly Setting[]>
  /** Tells Facet's worker of events that others than Facet wrote, and waits until all are numbered. */
  numberEvents(): Promise<void>
}

/** A log that keeps quiet. */
export const quiet: Ctx['log'] = { debug() {}, info() {}, warn() {}, error() {} }

const pageSize = 10
const seedingAtOnce = 16

/**
 * Opens the core on the bench's database, makes the profiles that gets ask for, and records the statements of each
 * operation as the core sends them.
 */
export async function openCore(
  database: Database,
  sandbox: { readonly appId: string; readonly organizationId: string },
  seededRows: number,
  cleanup: Cleanup,
): Promise<Core> {
  const pool = openPool({ address: database.address, connections: seedingAtOnce, log: quiet })
  cleanup.add(() => pool.close())
  const ctx = contextOf(pool, sandbox)
  await seed(ctx, seededRows)
  const [version] = await pool.query<{ server_version: string }>('show server_version', [])
  return {
    // Behind the seeding: a list's second statement names the profiles of its first page.
    plans: await recordPlans(ctx),
    serverVersion: version?.server_version ?? 'unknown',
    createProfiles: (count) => create(ctx, count, newReference),
    async profileIds(references) {
      const text = 'select id, reference from profiles where app_id = $1 and reference = any($2)'
      const rows = await pool.query<{ id: string; reference: string }>(text, [ctx.appId, references])
      return new Map(rows.map(({ id, reference }) => [reference, id]))
    },
    seededIds: () => selectSeededIds(ctx, seededRows),
    async createPeople(count) {
      const people = Array.from({ length: count }, (_, i) => createProfile(ctx, { username: `person${i}` }))
      return (await Promise.all(people)).map((person) => String(person.number))
    },
    settings: () => selectSettings(pool),
    async numberEvents() {
      for (;;) {
        const [row] = await pool.query<{ waits: boolean }>(
          `select exists (select from events_pending where app_id = $1) as waits, pg_notify('${pendingChannel}', $1::text)`,
          [ctx.appId],
        )
        if (!row?.waits) return
        await wait(20)
      }
    },
    async countStored() {
      const [row] = await pool.query<{ rows: string; counted: string }>(
        `select (select count(*) from profiles where app_id = $1 and deleted_at is null) as rows,
           (select coalesce(sum(live), 0) from profile_counts where app_id = $1) as counted`,
        [ctx.appId],
      )
      return { rows: Number(row?.rows), counted: Number(row?.counted) }
    },
  }
}

async function create(ctx: Ctx, count: number, referenceOf: (index: number) => string): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) await createProfile(ctx, { reference: referenceOf(next++), type: 'User' })
  }
  await Promise.all(Array.from({ length: seedingAtOnce }, work))
}

async function seed(ctx: Ctx, rows: number): Promise<void> {
  await create(ctx, rows, seededReference)
  // The planner knows the table from here on, and no automatic analyze falls into the first legs.
  await ctx.db.query('vacuum analyze', [])
}

/** A context of the core in an app, without the keys and the passwords that only some of its work needs. */
export function contextOf(db: Db, sandbox: { readonly appId: string; readonly organizationId: string }): Ctx {
  const unused = () => {
    throw new Error('This part of the bench has no credentials key')
  }
  return {
    db,
    log: quiet,
    keys: {
      seal: unused,
      open: unused,
      hash: unused,
      webhooks: { seal: unused, open: unused },
      mail: { seal: unused, open: unused },
    },
    publicUrl: undefined,
    now: new Date(),
    appId: sandbox.appId,
    appMode: 'sandbox',
    outbound: { refusal: () => undefined },
    jobs: { enqueue: unused },
    sendsMail: false,
    settings: toSettings({}, 'sandbox'),
    passwords: { hash: unused, verify: unused },
    files: { put: unused, get: unused, removeAll: unused },
    pictures: { render: unused },
    walletNews: { watch: unused, close() {} },
    organizationId: sandbox.organizationId,
    organizationNumber: 1,
    actor: { kind: 'system', id: 'bench' },
    scopes: new Set(scopes),
    requestId: 'bench',
  }
}

async function recordPlans(ctx: Ctx): Promise<Plans> {
  let made: Profile | undefined
  const create = await record(ctx, async (recording) => {
    made = await createProfile(recording, { reference: newReference(), type: 'User' })
  })
  if (made === undefined) throw new Error('The core made no profile')
  const { reference } = made
  if (reference === null) throw new Error('The core made a profile without its reference')
  return {
    create: planCreate(create, made),
    get: planRead(await record(ctx, (recording) => getProfile(recording, { by: 'reference', value: reference })), {
      reference,
    }),
    oumlaList: planRead(
      await record(ctx, async (recording) => {
        const { items } = await listProfilesByOffset(recording, { skip: 0, take: pageSize })
        await summarizeWallets(
          recording,
          items.map((profile) => profile.id),
        )
      }),
      {},
    ),
    nativeList: planRead(
      await record(ctx, (recording) => listProfiles(recording, { limit: pageSize, sort: '-createdAt', filter: {} })),
      {},
    ),
  }
}

/** Runs work of the core and gives the statements that it sent, in their order. */
async function record(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>): Promise<Statement[]> {
  const sent: Statement[] = []
  const db: Db = {
    ...ctx.db,
    query(text, values) {
      sent.push({ text, values })
      return ctx.db.query(text, values)
    },
    transaction() {
      throw new Error('The bench knows no contestant that does the same transaction: teach it one')
    },
  }
  await work({ ...ctx, db })
  return sent
}
