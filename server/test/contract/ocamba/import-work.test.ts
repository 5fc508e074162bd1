import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { openLocks } from '../../../src/infra/db/locks.ts'
import { jobs } from '../../../src/infra/jobs/queue.ts'
import { startJobRunner } from '../../../src/infra/jobs/runner.ts'
import { createTasks } from '../../../src/workers/tasks.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, newClient, newTenant } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
let id: string
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
  id = (await client.make({ email: 'a@example.com', custom_properties: { plan: 'gold', seats: 3 } })).id
})

interface Line {
  readonly level: number
  readonly msg: string
  readonly longId?: string
  readonly requestId?: string
  readonly appId?: string
}

/** The jobs of a worker that sends no mail. */
const tasks = createTasks({
  eventRetentionDays: 30,
  mailer: { send: async () => ({ kind: 'accepted' }) },
  mailSealer: database.keys.mail,
  files: database.files,
  custodyKey: useCustodyKey(database),
  events: { raise() {} },
  jobs,
})

/** A worker, as its process runs it; `end` gives what it logged of imports. */
async function startWorker(): Promise<{ end(): Promise<Line[]> }> {
  const lines: Line[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const locks = openLocks(database.address, log)
  const onEnd = () => {}
  const runner = await startJobRunner({ address: database.address, tasks, db: database.db, locks, log, onEnd })
  return {
    async end() {
      await runner.stop()
      await locks.close()
      return lines.filter(({ msg }) => msg.startsWith('An import'))
    },
  }
}

/** How many profiles wait for their import. */
const waiting = async () => (await database.db.query('select from profile_imports', [])).length
const untilDone = () => expect.poll(waiting, { timeout: 20_000, interval: 10 }).toBe(0)

/** Lets a worker do all that waits. Gives what it logged. */
async function work(): Promise<Line[]> {
  const worker = await startWorker()
  await untilDone()
  return worker.end()
}

/** Queues an import, and gives the id of its request. */
async function queue(properties: Readonly<Record<string, object>>): Promise<string> {
  const profiles = Object.entries(properties).map(([each, custom_properties]) => ({ id: each, custom_properties }))
  const answer = await client.post('/profiles/import', { profiles })
  expect(answer.statusCode, answer.body).toBe(202)
  return String(answer.headers['x-request-id'])
}

const shown = async (each = id) => (await client.show(each)).custom_properties

describe('An import', () => {
  it('is done by a worker that starts after it was queued: it waits in the database', async () => {
    await queue({ [id]: { plan: { type: 'string', value: 'silver' }, since: { type: 'date', value: '2026-02-28' } } })
    expect(await shown()).toEqual({ plan: 'gold', seats: 3 })
    expect(await work()).toEqual([])
    expect(await shown()).toEqual({ plan: 'silver', seats: 3, since: '2026-02-28' })
  })

  it('takes away what is null, and leaves what it does not name', async () => {
    await queue({ [id]: { plan: null, other: { type: 'string', value: null } } })
    await work()
    expect(await shown()).toEqual({ seats: 3 })
  })

  it('is told of once for each profile, in the name of the key and of the request', async () => {
    const requestId = await queue({ [id]: { plan: 'silver' } })
    await work()
    const events = await database.db.query(
      `select actor_kind, actor_id, data from events_pending where app_id = $1 and request_id = $2`,
      [tenant.ctx.appId, requestId],
    )
    expect(events).toMatchObject([
      {
        ...{ actor_kind: 'api_key', actor_id: tenant.apiKey.id },
        data: { before: { attributes: { plan: 'gold' } }, after: { attributes: { plan: 'silver' } } },
      },
    ])
  })

  it('is done in the order of its coming', async () => {
    for (let i = 1; i <= 10; i++) await queue({ [id]: { last: i, [`p${i}`]: true } })
    await work()
    const all = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`p${i + 1}`, true]))
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, last: 10, ...all })
  })

  it('is done in that order also when the first one failed and has to be tried again', async () => {
    await queue({ [id]: { last: 1, first: true } })
    await database.db.query('alter table profile_words rename to profile_words_away', [])
    const worker = await startWorker()
    const failed = async () =>
      (await database.db.query('select from graphile_worker._private_jobs where last_error is not null', [])).length
    await expect.poll(failed, { timeout: 10_000, interval: 10 }).toBe(1)
    await database.db.query('alter table profile_words_away rename to profile_words', [])
    await queue({ [id]: { last: 2 } })
    await untilDone()
    await worker.end()
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, first: true, last: 2 })
  })

  it('of a worker that was killed is done before the next one, which does not wait for it', async () => {
    await queue({ [id]: { last: 1, first: true } })
    // What a killed worker leaves behind: a job that looks as if it were still at work.
    await database.db.query(`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'killed'`, [])
    await queue({ [id]: { last: 2 } })
    await work()
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, first: true, last: 2 })
    await database.db.query(`delete from graphile_worker._private_jobs where locked_by = 'killed'`, [])
  })

  it('whose job is lost is found by the job that looks every minute, in every app', async () => {
    const other = await newTenant(api, database)
    const stranger = clientOf(api, other.apiKey)
    const strange = (await stranger.make()).id
    await queue({ [id]: { plan: 'silver' } })
    const imports = { profiles: [{ id: strange, custom_properties: { plan: 'silver' } }] }
    await stranger.post('/profiles/import', imports)
    await database.db.query('delete from graphile_worker._private_jobs', [])
    const { resume_imports: task } = tasks
    expect(task?.schedule).toBe('* * * * *')
    await task?.work(database.system(), {})
    expect([await waiting(), await shown()]).toMatchObject([0, { plan: 'silver' }])
    expect((await stranger.show(strange)).custom_properties).toEqual({ plan: 'silver' })
  })

  const rounds = process.env.FACET_PROVE ? 500 : 40
  it(`is done in order by many workers, and loses nothing that comes while they look, ${rounds} rounds`, async () => {
    const { import_profiles: task } = tasks
    const look = () => task?.work(database.system(), { appId: tenant.ctx.appId })
    for (let round = 1; round <= rounds; round++) {
      const imports = Array.from({ length: 4 }, (_, i) => queue({ [id]: { [`p${i}`]: round } }).then(look))
      await Promise.all([...imports, look(), look()])
      expect([round, await waiting()]).toEqual([round, 0])
      for (let last = 1; last <= 5; last++) await queue({ [id]: { round, last } })
      await Promise.all([look(), look(), look(), look()])
      expect(await shown()).toMatchObject({ p0: round, p1: round, p2: round, p3: round, round, last: 5 })
    }
    await database.db.query('delete from graphile_worker._private_jobs', [])
  }, 120_000)

  it('done beside patches leaves what those set', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`)
    for (const name of names) await queue({ [id]: { [`imported ${name}`]: 1 } })
    const patches = names.map((name) => client.patch(`/profiles/${id}`, { custom_properties: { [name]: 1 } }))
    await Promise.all([work(), ...patches])
    const both = names.flatMap((name) => [
      [name, 1],
      [`imported ${name}`, 1],
    ])
    expect(await shown()).toEqual({ plan: 'gold', seats: 3, ...Object.fromEntries(both) })
  })

  it('passes over a profile that is not there, is gone or is of another app, and the log says so', async () => {
    const gone = (await client.make()).id
    const stranger = await newClient(api, database)
    const strange = (await stranger.make()).id
    const never = '17430755068336100383'
    const plan = { plan: 'silver' }
    const requestId = await queue({ [never]: plan, [gone]: plan, [strange]: plan, [id]: plan })
    await client.delete(`/profiles/${gone}`)
    const lines = await work()
    expect(await shown()).toMatchObject(plan)
    expect((await stranger.show(strange)).custom_properties).toEqual({})
    expect(lines.map(({ longId }) => longId)).toEqual([never, gone, strange])
    for (const line of lines) {
      const { appId } = tenant.ctx
      expect(line).toMatchObject({ level: 30, requestId, appId, msg: 'An import names a profile that is not there' })
    }
  })

  it('passes over a profile that cannot hold it, whole, and the log says so', async () => {
    const full = (await client.make({ email: 'b@example.com', custom_properties: { a: 'x'.repeat(40_000) } })).id
    await queue({ [full]: { b: 'x'.repeat(40_000), c: 1 }, [id]: { plan: 'silver' } })
    const lines = await work()
    expect(lines).toMatchObject([{ level: 40, longId: full }])
    expect(Object.keys(await shown(full))).toEqual(['a'])
    expect(await shown()).toMatchObject({ plan: 'silver' })
  })

  it('changes nothing, and tells of nothing, where all is as it was', async () => {
    const requestId = await queue({ [id]: { plan: 'gold' } })
    const before = await client.show(id)
    await work()
    expect(await client.show(id)).toEqual(before)
    expect(await database.db.query('select from events_pending where request_id = $1', [requestId])).toEqual([])
  })
})
