import { describe, expect, it } from 'vitest'
import { useCustodyKey } from '../../test/helpers/custody.ts'
import { useDatabase } from '../../test/helpers/database.ts'
import { addOldProfiles } from '../../test/helpers/old-profiles.ts'
import { bucketCount } from '../core/calls/latencies.rules.ts'
import type { Ctx } from '../core/context.ts'
import { newId } from '../core/ids.ts'
import { updateApp } from '../core/organizations/organizations.service.ts'
import { fileKey } from '../core/pictures/pictures.rules.ts'
import type { Files } from '../core/ports.ts'
import { queueImport } from '../core/profile-imports/profile-imports.service.ts'
import { markSize } from '../core/profiles/marks.service.ts'
import { createProfile, getProfile } from '../core/profiles/profiles.service.ts'
import { requestWallet } from '../core/wallets/wallet-requests.service.ts'
import { listWalletsOfApp } from '../core/wallets/wallets.service.ts'
import { jobs } from '../infra/jobs/queue.ts'
import { createTasks } from './tasks.ts'

const database = useDatabase()
const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]
const eventRetentionDays = 3
/** In the middle of an hour, by which mails are counted. */
const now = new Date(Math.floor(Date.now() / hourMs) * hourMs + 30 * minuteMs)
const before = (ms: number) => new Date(now.getTime() - ms)

/** Files in memory, by their keys. */
const kept = new Set<string>()
const files: Files = {
  put: async (key) => void kept.add(key),
  get: async () => undefined,
  async removeAll(prefix) {
    for (const key of kept) if (key.startsWith(prefix)) kept.delete(key)
  },
}
const tasks = createTasks({
  eventRetentionDays,
  files,
  mailer: { send: async () => ({ kind: 'accepted' }) },
  mailSealer: database.keys.mail,
  custodyKey: useCustodyKey(database),
  events: { raise() {} },
  jobs,
})
const run = (name: string) => tasks[name]?.work({ ...database.system(), now }, {})

type Row = Readonly<Record<string, unknown>>

/** What a job removes of a table: a row that is due, by the column of its age, and beside it one that is not yet. */
interface Aged {
  readonly table: string
  readonly column: string
  readonly due: Date
  readonly notYet: Date
  /** What else a row has; `sequence` is 1 for the one that is due. */
  readonly row: (ctx: Ctx, sequence: number) => Row | Promise<Row>
}

const bytes = Buffer.alloc(32)
const digestOf = (sequence: number) => String(sequence).repeat(43)

const removing: Readonly<Record<string, readonly Aged[]>> = {
  forget_idempotency_keys: [
    {
      table: 'idempotency_keys',
      column: 'created_at',
      due: before(dayMs),
      notYet: before(dayMs - secondMs),
      row: (_, sequence) => ({ scope: Buffer.alloc(32, sequence), body_hash: bytes, result: bytes }),
    },
  ],
  forget_login_failures: [
    {
      table: 'login_failures',
      column: 'last_at',
      due: before(30 * minuteMs),
      notYet: before(29 * minuteMs),
      row: (_, sequence) => ({ account: bytes, address: `192.0.2.${sequence}`, purpose: 'login', failures: 1 }),
    },
  ],
  forget_sessions: [
    {
      table: 'sessions',
      column: 'expires_at',
      due: before(0),
      notYet: before(-secondMs),
      row: () => ({ id: newId(), profile_id: newId(), created_at: before(dayMs), renewed_at: before(dayMs) }),
    },
  ],
  forget_self_service: [
    {
      table: 'own_changes',
      column: 'began_at',
      due: before(dayMs),
      notYet: before(dayMs - secondMs),
      row: () => ({ profile_id: newId(), changes: 1 }),
    },
    {
      table: 'email_codes',
      column: 'expires_at',
      due: before(0),
      notYet: before(-secondMs),
      row: () => ({ profile_id: newId(), mailbox: 'ada@example.com', checksum: bytes, tries_left: 5 }),
    },
  ],
  remove_pictures: [
    {
      table: 'pictures',
      column: 'remove_after',
      due: before(0),
      notYet: before(-secondMs),
      async row({ appId }, sequence) {
        await files.put(fileKey(appId, digestOf(sequence), 'crop'), bytes)
        return { id: newId(), profile_id: newId(), digest: digestOf(sequence), content_hash: bytes }
      },
    },
  ],
  prune_events: [
    {
      table: 'events',
      column: 'occurred_at',
      due: before(eventRetentionDays * dayMs + secondMs),
      notYet: before(eventRetentionDays * dayMs),
      async row({ db, appId }, sequence) {
        await db.query('insert into event_feeds (app_id) values ($1) on conflict do nothing', [appId])
        const of = { id: newId(), type: 'profile.created', subject_id: newId(), data: '{}' }
        return { ...of, sequence, actor_kind: 'system', actor_id: 'test' }
      },
    },
  ],
  forget_deliveries: [
    {
      table: 'webhook_deliveries',
      column: 'finished_at',
      due: before(30 * dayMs + secondMs),
      notYet: before(30 * dayMs),
      row: async (ctx, sequence) => delivery(sequence, await newEndpoint(ctx)),
    },
    {
      table: 'webhook_attempts',
      column: 'started_at',
      // Of an endpoint that is no more: it is not the time that makes it due.
      due: before(secondMs),
      notYet: before(0),
      async row(ctx, sequence) {
        const endpointId = sequence === 1 ? newId() : await newEndpoint(ctx)
        return { endpoint_id: endpointId, sequence, number: 1, duration_ms: 1 }
      },
    },
  ],
  forget_workflows: [
    {
      table: 'workflows',
      column: 'closed_at',
      due: before(30 * dayMs + secondMs),
      notYet: before(30 * dayMs),
      row: () => ({
        id: newId(),
        profile_id: newId(),
        network: 'AMOY',
        with_address: false,
        state: 'completed',
        requested_at: before(90 * dayMs),
        actor_kind: 'system',
        actor_id: 'test',
      }),
    },
  ],
  forget_calls: [
    {
      table: 'call_counts',
      column: 'minute',
      due: before(2 * dayMs + minuteMs),
      notYet: before(2 * dayMs),
      row: () => ({
        dialect: 'native',
        requests: 1,
        errors: 0,
        server_errors: 0,
        latencies: new Array<number>(bucketCount).fill(0),
      }),
    },
  ],
  forget_mail: [
    {
      table: 'outbox',
      column: 'created_at',
      due: before(7 * dayMs + secondMs),
      notYet: before(7 * dayMs),
      row: () => ({ id: newId(), sealed: bytes }),
    },
    {
      table: 'mail_counts',
      column: 'hour',
      due: before(90 * minuteMs),
      notYet: before(30 * minuteMs),
      row: () => ({ recipient: bytes, mails: 1 }),
    },
  ],
}

async function newEndpoint(ctx: Ctx): Promise<string> {
  const id = newId()
  const of = { id, mode: 'sandbox', url: 'https://example.com', types: ['*'], signature: 'standard', state: 'enabled' }
  await insert(ctx, 'webhook_endpoints', { ...of, created_at: now, updated_at: now })
  return id
}

function delivery(sequence: number, endpointId: string): Row {
  const event = { event_id: newId(), type: 'profile.created', subject_id: newId() }
  return { ...event, endpoint_id: endpointId, sequence, state: 'delivered', created_at: before(90 * dayMs) }
}

async function insert({ db, appId }: Ctx, table: string, row: Row): Promise<void> {
  const entries = Object.entries({ app_id: appId, ...row })
  const places = entries.map((_, i) => `$${i + 1}`)
  await db.query(
    `insert into ${table} (${entries.map(([name]) => name)}) values (${places})`,
    entries.map(([, value]) => value),
  )
}

async function insertBoth(ctx: Ctx, { table, column, due, notYet, row }: Aged): Promise<void> {
  for (const [i, at] of [due, notYet].entries()) {
    await insert(ctx, table, { ...(await row(ctx, i + 1)), [column]: at })
  }
}

const agesOf = async ({ db, appId }: Ctx, { table, column }: Aged) =>
  (await db.query<{ at: Date }>(`select ${column} as at from ${table} where app_id = $1`, [appId])).map(({ at }) => at)

describe('a job that runs by itself', () => {
  it.each(Object.entries(removing))('%s removes what is due, of every app, and nothing else', async (name, all) => {
    const apps = [await database.newApp(), await database.newApp()]
    for (const ctx of apps) for (const aged of all) await insertBoth(ctx, aged)
    await run(name)
    for (const ctx of apps) {
      for (const aged of all) expect([aged.table, await agesOf(ctx, aged)]).toEqual([aged.table, [aged.notYet]])
    }
  })

  it('remove_pictures removes the files of what is due, and no others', async () => {
    kept.clear()
    const apps = [await database.newApp(), await database.newApp()]
    for (const ctx of apps) for (const aged of removing.remove_pictures ?? []) await insertBoth(ctx, aged)
    expect(kept.size).toBe(4)
    await run('remove_pictures')
    expect([...kept].sort()).toEqual(apps.map(({ appId }) => fileKey(appId, digestOf(2), 'crop')).sort())
  })

  it('goes on as long as there is more than it removes at once', async () => {
    const ctx = await database.newApp()
    await ctx.db.query(
      `insert into own_changes (app_id, profile_id, began_at, changes)
       select $1, gen_random_uuid(), $2, 1 from generate_series(1, 2500)`,
      [ctx.appId, before(dayMs)],
    )
    await run('forget_self_service')
    expect(await ctx.db.query('select from own_changes where app_id = $1', [ctx.appId])).toEqual([])
  })

  it('resume_imports does what waits, of every app', async () => {
    const waiting = [await database.newApp(), await database.newApp()].map(async (ctx) => {
      const { id, longId } = await createProfile(ctx, {})
      await queueImport(ctx, [{ longId, attributes: { level: 7 } }])
      return { ctx, id }
    })
    const imports = await Promise.all(waiting)
    await run('resume_imports')
    for (const { ctx, id } of imports) {
      expect((await getProfile(ctx, { by: 'id', value: id })).attributes).toEqual({ level: 7 })
    }
  })

  it('resume_wallets has looked after every app for which wallets wait, or whose profiles get them', async () => {
    const [waiting, eager, other] = [await database.newApp(), await database.newApp(), await database.newApp()]
    const { id } = await createProfile(waiting, {})
    const network = { by: 'alias', value: 'AMOY' } as const
    await requestWallet(waiting, { profile: { by: 'id', value: id }, network, withAddress: false })
    await updateApp(eager, eager.appId, { settings: { wallets: { withProfile: ['AMOY'] } } })
    await database.db.query('delete from graphile_worker._private_jobs', [])
    await run('resume_wallets')
    const asked = await database.db.query<{ appId: string }>(
      `select payload->>'appId' as "appId" from graphile_worker._private_jobs`,
      [],
    )
    const appIds = asked.map(({ appId }) => appId)
    expect(appIds).toEqual(expect.arrayContaining([waiting.appId, eager.appId]))
    expect(appIds).not.toContain(other.appId)
    await tasks.make_wallets?.work({ ...database.system(), now }, { appId: waiting.appId })
    expect((await listWalletsOfApp(waiting, { skip: 0, take: 10 })).total).toBe(1)
  })

  it('mark_profiles marks every app with so many profiles, and check_profile_marks removes marks that are wrong', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    await addOldProfiles(ctx, markSize + 1)
    await addOldProfiles(other, 1)
    const marked = () =>
      ctx.db.query<{ appId: string; live: number }>('select app_id as "appId", live from profile_marks', [])
    await run('mark_profiles')
    await run('check_profile_marks')
    expect(await marked()).toEqual([{ appId: ctx.appId, live: markSize }])
    await ctx.db.query('update profile_marks set live = live + 1', [])
    await run('check_profile_marks')
    expect(await marked()).toEqual([])
  })

  it('has a test here, like every other, and a time of its own', () => {
    const scheduled = Object.entries(tasks).filter(([, { schedule }]) => schedule !== undefined)
    expect(scheduled.map(([name]) => name).sort()).toEqual(
      [...Object.keys(removing), 'resume_imports', 'resume_wallets', 'mark_profiles', 'check_profile_marks'].sort(),
    )
    const asked = Object.keys(tasks).filter((name) => tasks[name]?.schedule === undefined)
    expect(asked.sort()).toEqual(['import_profiles', 'make_wallets', 'send_mail'])
  })
})
