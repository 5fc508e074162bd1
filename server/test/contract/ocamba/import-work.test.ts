import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { startJobRunner } from '../../../src/infra/jobs/runner.ts'
import { createTasks } from '../../../src/workers/tasks.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
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

/** Starts a worker, as its process does, and ends it when the queue is empty. Gives what it logged of imports. */
async function work(): Promise<Line[]> {
  const lines: Line[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const runner = await startJobRunner(database.address, createTasks({ eventRetentionDays: 30 }), database.db, log)
  const left = async () => (await database.db.query('select from graphile_worker._private_jobs', [])).length
  await expect.poll(left, { timeout: 20_000, interval: 10 }).toBe(0)
  await runner.stop()
  return lines.filter(({ msg }) => msg.startsWith('An import'))
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
