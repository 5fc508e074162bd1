import { createHash } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Ctx } from '../../../src/core/context.ts'
import { type EventType, eventKinds, eventTypes } from '../../../src/core/event-types.ts'
import { recordEvent } from '../../../src/core/events.ts'
import { createSequencer, pruneEvents } from '../../../src/core/feed/feed.service.ts'
import { newId } from '../../../src/core/ids.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)

interface EventBody {
  readonly id: string
  readonly type: EventType
  readonly sequence: number | null
  readonly [field: string]: unknown
}

const number = ({ ctx }: Pick<TestTenant, 'ctx'>) => createSequencer(ctx, ctx.appId).number()

async function record(ctx: Ctx, type: EventType, subjectId = newId()): Promise<string> {
  await recordEvent(ctx, ctx.appId, { type, subjectId, at: ctx.now, data: { before: null, after: { id: subjectId } } })
  return subjectId
}

/** A tenant whose feed begins with nothing, and its client. */
async function newReader(): Promise<TestTenant & { client: Client }> {
  const tenant = await api.newTenant()
  await database.db.query('delete from events_pending where app_id = $1', [tenant.ctx.appId])
  return { ...tenant, client: clientOf(api, tenant.apiKey) }
}

const sequencesOf = (answer: { json(): { data: EventBody[] } }) => answer.json().data.map(({ sequence }) => sequence)

describe('GET /facet/v1/events: 200', () => {
  it('tells what changed, who changed it and by which request, with these members in this order', async () => {
    const tenant = await newReader()
    const { client, ctx, apiKey } = tenant
    const made = await client.post('/profiles', { city: 'Zürich', attributes: { 'a"b': [1] } })
    await number(tenant)
    const answer = await client.get('/events')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept',
    })
    const { data, ...rest } = answer.json()
    expect(rest).toEqual({ nextAfter: 1, more: false })
    const [event] = data
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'profile.created',
      sequence: 1,
      appId: ctx.appId,
      time: made.json().createdAt,
      actor: { kind: 'api_key', id: apiKey.id },
      requestId: made.headers['x-request-id'],
      profileId: made.json().id,
      subjectId: made.json().id,
      data: { before: null, after: expect.objectContaining({ city: 'Zürich', attributes: { 'a"b': [1] } }) },
    })
    expect(Object.keys(event)).toEqual([
      'id',
      'type',
      'sequence',
      'appId',
      'time',
      'actor',
      'requestId',
      'profileId',
      'subjectId',
      'data',
    ])
  })

  it('is read to its end in parts, each event once and in order', async () => {
    const tenant = await newReader()
    for (let n = 0; n < 7; n++) await record(tenant.ctx, 'profile.created')
    await number(tenant)
    const seen: unknown[] = []
    let [after, more] = [0, true]
    while (more) {
      const answer = await tenant.client.get(`/events?limit=3&after=${after}`)
      seen.push(...sequencesOf(answer))
      ;({ nextAfter: after, more } = answer.json())
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(after).toBe(7)
  })

  it('is empty before the first event, and from `latest` on; nothing without a number is in it', async () => {
    const tenant = await newReader()
    const empty = { data: [], nextAfter: 0, more: false }
    expect((await tenant.client.get('/events')).json()).toEqual(empty)
    expect((await tenant.client.get('/events?after=latest')).json()).toEqual(empty)
    await record(tenant.ctx, 'profile.created')
    expect((await tenant.client.get('/events')).json()).toEqual(empty)
    await number(tenant)
    expect((await tenant.client.get('/events?after=latest')).json()).toEqual({ ...empty, nextAfter: 1 })
  })

  it('is narrowed to types, by name, prefix or star, with commas or repeated, and to a profile', async () => {
    const tenant = await newReader()
    const profile = newId()
    await record(tenant.ctx, 'profile.created', profile)
    await record(tenant.ctx, 'api_key.created')
    await record(tenant.ctx, 'profile.deleted', profile)
    await record(tenant.ctx, 'wallet.created')
    await record(tenant.ctx, 'api_key.revoked')
    await number(tenant)
    const read = async (query: string) => {
      const answer = await tenant.client.get(`/events?${query}`)
      expect(answer.json(), query).toMatchObject({ nextAfter: 5, more: false })
      return sequencesOf(answer)
    }
    expect(await read('type=profile.created')).toEqual([1])
    expect(await read('type=profile.*')).toEqual([1, 3])
    expect(await read('type=profile.deleted,api_key.*')).toEqual([2, 3, 5])
    expect(await read('type=profile.deleted&type=wallet.created,api_key.created')).toEqual([2, 3, 4])
    expect(await read('type=*')).toEqual([1, 2, 3, 4, 5])
    expect(await read('type=app.created')).toEqual([])
    expect(await read(`profile=${profile}`)).toEqual([1, 3])
    expect(await read(`profile=${profile.toUpperCase()}&type=profile.deleted`)).toEqual([3])
    expect(await read(`profile=${newId()}`)).toEqual([])
  })
})

describe('GET /facet/v1/events: refusals', () => {
  it.each([
    ['type=profile.frozen', '/type', 'choice'],
    ['type=', '/type', 'choice'],
    ['type=profile.created,', '/type', 'choice'],
    ['type=profile.created&type=frozen.*', '/type', 'choice'],
    ['profile=reference:x', '/profile', 'format'],
    ['profile=urn:uuid:019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01', '/profile', 'format'],
    ['after=-1', '/after', 'format'],
    ['after=1.5', '/after', 'format'],
    ['after=newest', '/after', 'format'],
    ['after=9999999999999999', '/after', 'format'],
    ['after=1', '/after', 'range'],
    ['limit=0', '/limit', 'range'],
    ['limit=201', '/limit', 'range'],
    ['limit=x', '/limit', 'type'],
    ['cursor=x', '/cursor', 'unknown'],
  ])('400: %s', async (query, path, rule) => {
    const { client } = await newReader()
    expectProblem(await client.get(`/events?${query}`), 400, 'input_invalid', [{ path, rule }])
  })

  it('400: names the types there are', async () => {
    const { client } = await newReader()
    const [error] = (await client.get('/events?type=x')).json().errors
    for (const type of eventTypes) expect(error.detail).toContain(type)
  })

  it('401 and 403: needs a key, and one that may read events', async () => {
    const tenant = await newReader()
    const other = clientOf(api, await api.newKey(tenant, ['profiles:read', 'webhooks:manage']))
    for (const path of ['/events', `/events/${newId()}`]) {
      expectProblem(await api.server.inject(`/facet/v1${path}`), 401, 'credentials_missing')
      const answer = await other.get(path)
      expectProblem(answer, 403, 'scope_missing')
      expect(answer.json().detail).toContain('events:read')
    }
  })

  it('410: says where the feed begins now, when events behind `after` are no longer kept', async () => {
    const tenant = await newReader()
    for (let n = 0; n < 3; n++) await record(tenant.ctx, 'profile.created')
    await number(tenant)
    await pruneEvents(tenant.ctx, tenant.ctx.appId, new Date(Date.now() + 60_000), 2)
    const answer = await tenant.client.get('/events?after=1')
    expect(answer.statusCode).toBe(410)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toMatchObject({ status: 410, code: 'events_pruned', oldestSequence: 3 })
    expect(sequencesOf(await tenant.client.get('/events?after=2'))).toEqual([3])
    expect(sequencesOf(await tenant.client.get('/events'))).toEqual([3])
  })
})

describe('GET /facet/v1/events/{id}', () => {
  it('200: gives an event as the list has it, and without a number until it has one', async () => {
    const tenant = await newReader()
    const { client, ctx } = tenant
    await client.make({ city: 'Zug' })
    const [row] = await database.db.query<{ id: string }>('select id from events_pending where app_id = $1', [
      ctx.appId,
    ])
    const before = await client.get(`/events/${row?.id}`)
    expect(before.statusCode).toBe(200)
    expect(before.json()).toMatchObject({ id: row?.id, sequence: null, data: { after: { city: 'Zug' } } })
    await number(tenant)
    const after = await client.get(`/events/${row?.id}`)
    expect(after.json()).toEqual({ ...before.json(), sequence: 1 })
    expect((await client.get('/events')).json().data).toEqual([after.json()])
    expect(after.headers['content-type']).toBe('application/json; charset=utf-8')
  })

  it('404: for an unknown id, and for what is none', async () => {
    const { client } = await newReader()
    for (const id of [newId(), '1', 'latest']) expectProblem(await client.get(`/events/${id}`), 404, 'event_not_found')
  })
})

describe('The events that commands write', () => {
  it('fit the catalogue, name the key and the request, and hold no secret', async () => {
    const tenant = await api.newTenant()
    const key = await api.newKey(tenant, [
      'profiles:read',
      'profiles:write',
      'keys:manage',
      'events:read',
      'organization:manage',
    ])
    await number(tenant)
    const client = clientOf(api, key)
    const begin = (await client.get('/events?after=latest')).json().nextAfter

    const full = {
      reference: 'user-1',
      label: 'L',
      username: 'ada',
      email: 'ada@example.com',
      phone: '+4930901820',
      firstName: 'Ada',
      lastName: 'Lovelace',
      fullName: 'Ada Lovelace',
      country: 'GB',
      city: 'London',
      organization: 'Analytical',
      website: 'https://example.com',
      twitter: 'ada',
      requireAuth: true,
      language: 'en',
      timezone: 'Europe/London',
      currency: 'GBP',
      attributes: { nested: { deep: [1, null, 'x'] } },
    }
    const made = await client.post('/profiles', full)
    const path = `/profiles/${made.json().id}`
    const issued = await client.post('/api-keys', {
      name: 'K',
      scopes: ['profiles:read'],
      expiresAt: '2099-01-01T00:00:00Z',
    })
    const app = await client.post('/apps', { name: 'Sibling', mode: 'sandbox' })
    const steps = [
      ['profile.created', made],
      ['api_key.created', issued],
      ['profile.updated', await client.patch(path, { city: null, attributes: {}, requireAuth: false })],
      ['profile.email_changed', await client.patch(path, { email: 'ada@example.org', label: null })],
      ['profile.deleted', await client.delete(path)],
      ['api_key.revoked', await client.post(`/api-keys/${issued.json().id}/revoke`)],
    ] as const
    // These change nothing, and are not told.
    await client.post(`/api-keys/${issued.json().id}/revoke`)
    await client.delete(path)
    await number(tenant)
    const feed = await client.get(`/events?after=${begin}`)
    const told: EventBody[] = feed.json().data
    expect(told.map(({ type }) => type).toSorted()).toEqual(steps.map(([type]) => type).toSorted())
    for (const [type, answer] of steps) {
      const event = told.find((one) => one.type === type)
      expect(event, type).toMatchObject({
        actor: { kind: 'api_key', id: key.id },
        requestId: answer.headers['x-request-id'],
        appId: tenant.ctx.appId,
      })
    }

    const sibling = app.json()
    await number({ ctx: { ...tenant.ctx, appId: sibling.id } })
    const other = await clientOf(api, sibling.apiKey).get('/events')
    const first: EventBody[] = other.json().data
    expect(first.map(({ type }) => type)).toEqual(['app.created', 'api_key.created'])
    for (const event of first) {
      expect(event).toMatchObject({
        actor: { kind: 'api_key', id: key.id },
        requestId: app.headers['x-request-id'],
        appId: sibling.id,
        profileId: null,
      })
    }

    const ajv = new Ajv2020({ strict: true, validateFormats: false })
    for (const { type, data } of [...told, ...first]) {
      const validate = ajv.compile(eventKinds[type].data)
      expect(validate(data), `${type}: ${JSON.stringify(validate.errors)} ${JSON.stringify(data)}`).toBe(true)
    }
    const [row] = await database.db.query<{ columns: string }>(
      `select string_agg(to_jsonb(k)::text, '') as columns from api_keys k where app_id = any($1)`,
      [[tenant.ctx.appId, sibling.id]],
    )
    const text = feed.body + other.body
    for (const secret of [key.secret, tenant.apiKey.secret, issued.json().secret, sibling.apiKey.secret]) {
      expect(row?.columns).toContain(hashesOf(secret)[0])
      for (const hidden of [secret, ...hashesOf(secret)]) expect(text).not.toContain(hidden)
    }
    expect(text).not.toMatch(/sk_(sandbox|live)|secret/i)
  })
})

/** The stored form first. */
function hashesOf(secret: string): [string, string, string] {
  const hash = createHash('sha256').update(secret).digest()
  return [hash.toString('hex'), hash.toString('base64'), hash.toString('base64url')]
}
