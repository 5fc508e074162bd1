import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import type { EventType } from '../event-types.ts'
import { createSequencer } from '../feed/feed.service.ts'
import { newId } from '../ids.ts'
import { secretPurpose, selectLiveEndpoints } from './webhooks.queries.ts'
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  type IssuedEndpoint,
  listEndpoints,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from './webhooks.service.ts'

const database = useDatabase()
const input = { url: 'https://hooks.example.com/facet', types: ['profile.*'] }
const hour = 3_600_000

const later = (ctx: Ctx, ms: number): Ctx => ({ ...ctx, now: new Date(ctx.now.getTime() + ms) })

/** The events of endpoints that the app wrote, in order. */
async function written(ctx: Ctx): Promise<{ type: EventType; subjectId: string; data: unknown }[]> {
  return ctx.db.query(
    `select type, subject_id as "subjectId", data from events_pending
     where app_id = $1 and type like 'webhook_endpoint.%' order by position`,
    [ctx.appId],
  )
}

/** The secrets that sign for the app's one endpoint, opened, as whoever delivers sees them. */
async function signing(ctx: Ctx): Promise<{ secret: string; expiresAt: Date | null }[]> {
  const [endpoint] = await selectLiveEndpoints(ctx, ctx.appId)
  return (endpoint?.secrets ?? []).map(({ id, sealed, expiresAt }) => ({
    secret: database.keys.webhooks.open(secretPurpose, id, sealed).toString(),
    expiresAt,
  }))
}

const secretOf = ({ secret }: IssuedEndpoint) => secret.secret

describe('createEndpoint', () => {
  it('lets an endpoint hear what is numbered after it, and nothing before', async () => {
    const ctx = await database.newApp()
    const cursors = () =>
      ctx.db.query<{ sequence: string }>(
        'select sequence from webhook_cursors where app_id = $1 order by endpoint_id',
        [ctx.appId],
      )
    await createEndpoint(ctx, input)
    expect(await cursors()).toEqual([{ sequence: '0' }])
    await createSequencer(ctx, ctx.appId).number()
    await createEndpoint(ctx, input)
    expect(await cursors()).toEqual([{ sequence: '0' }, { sequence: '2' }])
  })

  it('keeps the secret sealed for its own row: it opens with the key for webhooks alone', async () => {
    const ctx = await database.newApp()
    const issued = await createEndpoint(ctx, input)
    expect(await signing(ctx)).toEqual([{ secret: secretOf(issued), expiresAt: null }])
    const [endpoint] = await selectLiveEndpoints(ctx, ctx.appId)
    const [secret] = endpoint?.secrets ?? []
    if (secret === undefined) throw new Error('There is no secret')
    expect(secret.sealed.includes(secretOf(issued))).toBe(false)
    expect(() => database.keys.open(secretPurpose, secret.id, secret.sealed)).toThrow()
    expect(() => database.keys.webhooks.open(secretPurpose, newId(), secret.sealed)).toThrow()
  })

  it('makes 500 of them in an app and no more, also when many come at once', async () => {
    const ctx = await database.newApp()
    await ctx.db.query(
      `insert into webhook_endpoints (app_id, id, mode, url, types, signature, state, created_at, updated_at)
       select $1, gen_random_uuid(), 'sandbox', 'https://example.com', '{*}', 'standard', 'active', now(), now()
       from generate_series(1, 497)`,
      [ctx.appId],
    )
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => createEndpoint(ctx, input)))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused).toHaveLength(7)
    for (const { reason } of refused) {
      expect(reason.fault).toEqual({ code: 'webhook_endpoints_exhausted', limit: 500 })
    }
    expect(await listEndpoints(ctx)).toHaveLength(500)
    expect((await createEndpoint(await database.newApp(), input)).endpoint.state).toBe('active')
  })
})

describe('updateEndpoint', () => {
  it('writes what changed, before and after, and nothing when nothing did', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    const at = later(ctx, hour)
    const changes = { types: ['*'], description: 'Ours', state: 'active', url: input.url }
    const changed = await updateEndpoint(at, endpoint.id, changes)
    expect(changed).toEqual({ ...endpoint, types: ['*'], description: 'Ours', updatedAt: at.now })
    expect(await updateEndpoint(later(at, hour), endpoint.id, changes)).toEqual(changed)
    expect(await updateEndpoint(later(at, hour), endpoint.id, {})).toEqual(changed)
    expect((await written(ctx)).slice(1)).toEqual([
      {
        type: 'webhook_endpoint.updated',
        subjectId: endpoint.id,
        data: {
          before: { types: ['profile.*'], description: null, updatedAt: endpoint.updatedAt.toISOString() },
          after: { types: ['*'], description: 'Ours', updatedAt: at.now.toISOString() },
        },
      },
    ])
  })

  it.each([
    [
      'enables one that was disabled',
      { state: 'active' },
      { state: 'active', disabledReason: null, failingSince: null },
    ],
    [
      'pauses one that was disabled',
      { state: 'paused' },
      { state: 'paused', disabledReason: null, failingSince: null },
    ],
    [
      'lets time begin anew at a new URL',
      { url: 'https://new.example.com' },
      { state: 'disabled', failingSince: null },
    ],
    ['leaves the rest as it is', { description: 'x' }, { state: 'disabled', disabledReason: 'failing' }],
  ])('%s', async (_, change, expected) => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    await ctx.db.query(
      `update webhook_endpoints set state = 'disabled', disabled_reason = 'failing', failing_since = $2 where app_id = $1`,
      [ctx.appId, ctx.now],
    )
    expect(await updateEndpoint(ctx, endpoint.id, change)).toMatchObject(expected)
  })

  it('makes changes of one endpoint one after the other: each event begins where the one before ended', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => updateEndpoint(ctx, endpoint.id, { description: `${index}` })),
    )
    const changes = (await written(ctx)).slice(1).map(({ data }) => data as Record<string, { description: string }>)
    expect(changes).toHaveLength(8)
    expect(changes.map(({ before }) => before?.description)).toEqual([
      null,
      ...changes.slice(0, -1).map(({ after }) => after?.description),
    ])
    expect((await getEndpoint(ctx, endpoint.id)).description).toBe(changes.at(-1)?.after?.description)
  })
})

describe('rotateSecret', () => {
  it('lets the old secret sign beside the new one for the overlap, and the new one alone after it', async () => {
    const ctx = await database.newApp()
    const first = await createEndpoint(ctx, input)
    const second = await rotateSecret(ctx, first.endpoint.id)
    const end = later(ctx, 24 * hour).now
    expect(await signing(ctx)).toEqual([
      { secret: secretOf(second), expiresAt: null },
      { secret: secretOf(first), expiresAt: end },
    ])
    expect(second.endpoint.secrets).toEqual([
      { keyId: second.secret.keyId, createdAt: second.secret.createdAt, expiresAt: null },
      { keyId: first.secret.keyId, createdAt: first.secret.createdAt, expiresAt: end },
    ])
    const { secrets } = await getEndpoint({ ...ctx, now: end }, first.endpoint.id)
    expect(secrets.map(({ keyId }) => keyId)).toEqual([second.secret.keyId])
  })

  it('ends the oldest at once when it comes a third time within the overlap: never more than two sign', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    const second = await rotateSecret(ctx, endpoint.id, { overlapHours: 168 })
    const third = await rotateSecret(later(ctx, 1), endpoint.id, { overlapHours: 1 })
    expect((await signing(ctx)).map(({ secret }) => secret)).toEqual([secretOf(third), secretOf(second)])
    expect(third.endpoint.secrets).toHaveLength(2)
  })

  it('leaves nothing of the secrets before when the overlap is 0', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    await rotateSecret(ctx, endpoint.id, { overlapHours: 5 })
    const third = await rotateSecret(ctx, endpoint.id, { overlapHours: 0 })
    expect((await signing(ctx)).map(({ secret }) => secret)).toEqual([secretOf(third)])
    expect(await ctx.db.query('select id from webhook_secrets where app_id = $1', [ctx.appId])).toHaveLength(1)
  })

  it('says in its event when the old secret ends, and no secret', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    await rotateSecret(ctx, endpoint.id, { overlapHours: 2 })
    const { id } = endpoint
    expect((await written(ctx)).at(-1)).toEqual({
      type: 'webhook_endpoint.secret_rotated',
      subjectId: id,
      data: { before: { id }, after: { id, oldExpiresAt: later(ctx, 2 * hour).now.toISOString() } },
    })
  })

  it('leaves the endpoint with two secrets however many rotate it at once', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    const issued = await Promise.all(Array.from({ length: 6 }, () => rotateSecret(ctx, endpoint.id)))
    const left = await signing(ctx)
    expect(left.map(({ expiresAt }) => expiresAt === null)).toEqual([true, false])
    for (const { secret } of left) expect(issued.map(secretOf)).toContain(secret)
  })
})

describe('testEndpoint', () => {
  it('writes an event about the endpoint, and gives its id', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    const eventId = await testEndpoint(ctx, endpoint.id)
    const rows = await ctx.db.query('select type, subject_id, data from events_pending where app_id = $1 and id = $2', [
      ctx.appId,
      eventId,
    ])
    const data = { before: null, after: { id: endpoint.id, url: input.url } }
    expect(rows).toEqual([{ type: 'webhook_endpoint.tested', subject_id: endpoint.id, data }])
  })
})

describe('deleteEndpoint', () => {
  it('takes the endpoint, its secrets and its cursor at once, and tells what it was', async () => {
    const ctx = await database.newApp()
    const { endpoint } = await createEndpoint(ctx, input)
    const other = await createEndpoint(ctx, input)
    await rotateSecret(ctx, endpoint.id)
    await deleteEndpoint(ctx, endpoint.id)
    expect((await listEndpoints(ctx)).map(({ id }) => id)).toEqual([other.endpoint.id])
    for (const table of ['webhook_secrets', 'webhook_cursors']) {
      const rows = await ctx.db.query(`select endpoint_id from ${table} where app_id = $1`, [ctx.appId])
      expect(rows).toEqual([{ endpoint_id: other.endpoint.id }])
    }
    const { failingSince: _, secrets: __, ...told } = endpoint
    const before = { ...told, createdAt: told.createdAt.toISOString(), updatedAt: told.updatedAt.toISOString() }
    expect((await written(ctx)).at(-1)).toEqual({
      type: 'webhook_endpoint.deleted',
      subjectId: endpoint.id,
      data: { before, after: null },
    })
  })
})

describe('the commands of endpoints', () => {
  it('are refused without webhooks:manage, and for an endpoint that is not there', async () => {
    const ctx = await database.newApp()
    const foreign = (await createEndpoint(await database.newApp(), input)).endpoint.id
    const poor: Ctx = { ...ctx, scopes: new Set([...ctx.scopes].filter((scope) => scope !== 'webhooks:manage')) }
    const commands = (own: Ctx, id: string) => [
      () => getEndpoint(own, id),
      () => updateEndpoint(own, id, { description: 'x' }),
      () => deleteEndpoint(own, id),
      () => rotateSecret(own, id),
      () => testEndpoint(own, id),
    ]
    for (const id of [foreign, newId(), 'nonsense', '\0']) {
      for (const command of commands(ctx, id)) {
        await expect(command()).rejects.toMatchObject({ fault: { code: 'webhook_endpoint_not_found' } })
      }
    }
    for (const command of [...commands(poor, foreign), () => createEndpoint(poor, input), () => listEndpoints(poor)]) {
      await expect(command()).rejects.toMatchObject({ fault: { code: 'scope_missing', scope: 'webhooks:manage' } })
    }
    expect(await written(ctx)).toEqual([])
  })

  it('write no secret into any event', async () => {
    const ctx = await database.newApp()
    const first = await createEndpoint(ctx, { ...input, signature: 'original' })
    const second = await rotateSecret(ctx, first.endpoint.id)
    await updateEndpoint(ctx, first.endpoint.id, { state: 'paused' })
    await testEndpoint(ctx, first.endpoint.id)
    await deleteEndpoint(ctx, first.endpoint.id)
    const text = JSON.stringify(
      await ctx.db.query('select to_jsonb(e) from events_pending e where app_id = $1', [ctx.appId]),
    )
    expect((await written(ctx)).map(({ type }) => type)).toEqual([
      'webhook_endpoint.created',
      'webhook_endpoint.secret_rotated',
      'webhook_endpoint.updated',
      'webhook_endpoint.tested',
      'webhook_endpoint.deleted',
    ])
    for (const issued of [first, second]) {
      expect(text).not.toContain(secretOf(issued))
      expect(text).not.toContain(secretOf(issued).slice('whsec_'.length))
    }
    expect(text).not.toContain('whsec_')
  })
})

describe('selectLiveEndpoints', () => {
  it('gives every endpoint of the app whatever its state, each with its own secrets that have not expired', async () => {
    const ctx = await database.newApp('live')
    const one = await createEndpoint(ctx, { ...input, excludeActor: 'key-1' })
    const two = await createEndpoint(ctx, { ...input, signature: 'original' })
    await createEndpoint(await database.newApp(), input)
    await updateEndpoint(ctx, two.endpoint.id, { state: 'paused' })
    await rotateSecret(ctx, two.endpoint.id)
    await ctx.db.query(
      `update webhook_secrets set expires_at = now() - interval '1 s' where app_id = $1 and expires_at is not null`,
      [ctx.appId],
    )
    const live = await selectLiveEndpoints(ctx, ctx.appId)
    const shared = { mode: 'live', url: input.url, types: input.types, failingSince: null, recoverSince: null }
    expect(live).toMatchObject([
      { ...shared, id: one.endpoint.id, excludeActor: 'key-1', signature: 'standard', state: 'active' },
      { ...shared, id: two.endpoint.id, excludeActor: null, signature: 'original', state: 'paused' },
    ])
    expect(live.map(({ secrets }) => secrets.length)).toEqual([1, 1])
  })
})
