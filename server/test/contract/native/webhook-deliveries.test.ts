import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client
/** An endpoint of its own for each test. */
let path: string

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

beforeEach(async () => {
  const answer = await client.post('/webhook-endpoints', { url: 'https://hooks.example.com', types: ['*'] })
  path = `/webhook-endpoints/${answer.json().id}`
})

const at = '2026-11-22T10:00:00.000Z'
const subjectId = '01900000-0000-7000-8000-00000000000a'
const eventId = '01900000-0000-7000-8000-00000000000b'
const states = ['due', 'held', 'delivered', 'failed'] as const

/** Deliveries of the endpoint, from sequence 1 on, in these states. */
async function fill(...own: readonly (typeof states)[number][]): Promise<void> {
  await database.db.query(
    `insert into webhook_deliveries
       (app_id, endpoint_id, sequence, event_id, type, subject_id, state, attempts, due_at, created_at, finished_at)
     select $1, $2, n, $4, 'profile.updated', $5, state, 2, case when state = 'due' then $6::timestamptz end, $6,
       case when state in ('delivered', 'failed') then $6::timestamptz end
     from unnest($3::text[]) with ordinality as s (state, n)`,
    [tenant.ctx.appId, path.split('/')[2], own, eventId, subjectId, at],
  )
}

/** What a delivery is answered as. */
const shown = (sequence: number, state: (typeof states)[number]) => ({
  sequence,
  eventId,
  type: 'profile.updated',
  subjectId,
  state,
  attempts: 2,
  dueAt: state === 'due' ? at : null,
  createdAt: at,
  finishedAt: state === 'delivered' || state === 'failed' ? at : null,
})

const sequencesOf = (answer: Answer) => answer.json().data.map(({ sequence }: { sequence: number }) => sequence)

describe('GET /facet/v1/webhook-endpoints/:id/deliveries: 200', () => {
  it('shows what became of each event, the newest first', async () => {
    await fill(...states)
    const answer = await client.get(`${path}/deliveries`)
    expect(answer.json()).toEqual({
      data: states.map((state, index) => shown(index + 1, state)).reverse(),
      nextCursor: null,
    })
  })

  it('is empty for an endpoint that was told of nothing', async () => {
    expect((await client.get(`${path}/deliveries`)).json()).toEqual({ data: [], nextCursor: null })
  })

  it('narrows to each state', async () => {
    await fill(...states, ...states)
    for (const [index, state] of states.entries()) {
      expect(sequencesOf(await client.get(`${path}/deliveries?state=${state}`))).toEqual([index + 5, index + 1])
    }
  })

  it.each([1, 2, 7, 200])('gives every delivery once in pages of %i, also while new ones come', async (limit) => {
    await fill(...Array.from({ length: 7 }, () => 'failed' as const))
    const seen: number[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const rest = cursor === '' ? '' : `&cursor=${cursor}`
      const answer = await client.get(`${path}/deliveries?state=failed&limit=${limit}${rest}`)
      expect(answer.json().data.length).toBeLessThanOrEqual(limit)
      seen.push(...sequencesOf(answer))
      if (cursor === '') {
        await database.db.query(
          `update webhook_deliveries set sequence = 100 where app_id = $1 and endpoint_id = $2 and sequence = 7`,
          [tenant.ctx.appId, path.split('/')[2]],
        )
      }
      cursor = answer.json().nextCursor
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
  })
})

describe('GET /facet/v1/webhook-endpoints/:id/deliveries: 400', () => {
  const packed = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

  it.each([
    ['state=done', '/state', 'choice'],
    ['limit=0', '/limit', 'range'],
    ['limit=201', '/limit', 'range'],
    ['limit=x', '/limit', 'type'],
    ['cursor=x', '/cursor', 'format'],
    [`cursor=${packed('-createdAt', '1')}`, '/cursor', 'format'],
    [`cursor=${packed('sequence', '0')}`, '/cursor', 'format'],
    [`cursor=${packed('sequence', '1e3')}`, '/cursor', 'format'],
    [`cursor=${packed('sequence', '9999999999999999')}`, '/cursor', 'format'],
    [`cursor=${packed('sequence', '1', '2')}`, '/cursor', 'format'],
    ['sort=sequence', '/sort', 'unknown'],
  ])('refuses %s', async (query, field, rule) => {
    expectProblem(await client.get(`${path}/deliveries?${query}`), 400, 'input_invalid', [{ path: field, rule }])
  })
})

describe('GET /facet/v1/webhook-endpoints/:id/deliveries/:sequence', () => {
  const attempts = [
    {
      number: 1,
      startedAt: at,
      durationMs: 15_000,
      status: null,
      error: 'No answer in time',
      headers: null,
      body: null,
    },
    {
      number: 2,
      startedAt: at,
      durationMs: 12,
      status: 500,
      error: null,
      headers: { 'retry-after': '7' },
      body: 'Köln',
    },
  ]

  it('200: has every attempt, the oldest first', async () => {
    await fill('failed')
    await database.db.query(
      `insert into webhook_attempts
         (app_id, endpoint_id, sequence, number, started_at, duration_ms, status, error, headers, body)
       select $1, $2, 1, a.number, a."startedAt", a."durationMs", a.status, a.error, a.headers, a.body
       from json_to_recordset($3) as a (number smallint, "startedAt" timestamptz, "durationMs" integer, status smallint,
         error text, headers json, body text)`,
      [tenant.ctx.appId, path.split('/')[2], JSON.stringify(attempts.toReversed())],
    )
    const answer = await client.get(`${path}/deliveries/1`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ ...shown(1, 'failed'), attemptLog: attempts })
  })

  it.each(['2', '0', '-1', '01', '1.0', '99999999999999999999', 'nonsense', '%00'])(
    '404: knows no %s',
    async (name) => {
      await fill('failed')
      expectProblem(await client.get(`${path}/deliveries/${name}`), 404, 'webhook_delivery_not_found')
      expectProblem(await client.post(`${path}/deliveries/${name}/resend`), 404, 'webhook_delivery_not_found')
    },
  )
})

describe('POST /facet/v1/webhook-endpoints/:id/deliveries/:sequence/resend: 202', () => {
  it('leaves a held delivery as it is: it goes out in its turn', async () => {
    await fill('held')
    const answer = await client.post(`${path}/deliveries/1/resend`)
    expect([answer.statusCode, answer.json()]).toEqual([202, shown(1, 'held')])
  })

  it.each(states.filter((state) => state !== 'held'))(
    'makes a %s delivery due, and says so; its state is for the attempt to change',
    async (state) => {
      await fill(state)
      const before = Date.now()
      const answer = await client.post(`${path}/deliveries/1/resend`)
      expect(answer.statusCode).toBe(202)
      const { dueAt, ...rest } = answer.json()
      expect(Date.parse(dueAt)).toBeGreaterThanOrEqual(before)
      expect(Date.parse(dueAt)).toBeLessThanOrEqual(Date.now())
      expect({ ...rest, dueAt: null }).toEqual({ ...shown(1, state), dueAt: null })
      expect((await client.get(`${path}/deliveries/1`)).json()).toMatchObject(answer.json())
    },
  )

  it('is done once under an Idempotency-Key', async () => {
    await fill('failed')
    const key = { 'idempotency-key': `resend ${path}`.replaceAll(' ', '-') }
    const first = await client.post(`${path}/deliveries/1/resend`, undefined, key)
    const again = await client.post(`${path}/deliveries/1/resend`, undefined, key)
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
  })
})

describe('POST /facet/v1/webhook-endpoints/:id/recover', () => {
  it('202: takes an instant in any zone, and answers the earliest that was asked for', async () => {
    const late = await client.post(`${path}/recover`, { since: '2020-01-02T02:00:00+02:00' })
    expect([late.statusCode, late.json()]).toEqual([202, { since: '2020-01-02T00:00:00.000Z' }])
    const early = await client.post(`${path}/recover`, { since: '2020-01-01T00:00:00Z' })
    expect(early.json()).toEqual({ since: '2020-01-01T00:00:00.000Z' })
    const again = await client.post(`${path}/recover`, { since: '2020-01-03T00:00:00Z' })
    expect(again.json()).toEqual({ since: '2020-01-01T00:00:00.000Z' })
    for (const since of ['2020-02-29T00:30:00+02:00', '2020-02-29T23:30:00-02:00', '0000-01-01T00:00:00Z']) {
      expect((await client.post(`${path}/recover`, { since })).statusCode, since).toBe(202)
    }
  })

  it.each([
    [{}, '/since', 'required'],
    [{ since: 'yesterday' }, '/since', 'format'],
    [{ since: '2020-01-01' }, '/since', 'format'],
    [{ since: '2020-13-01T00:00:00Z' }, '/since', 'format'],
    [{ since: '2026-02-30T00:00:00Z' }, '/since', 'format'],
    [{ since: '2025-02-29T00:00:00+02:00' }, '/since', 'format'],
    [{ since: '2020-01-01T24:00:00Z' }, '/since', 'format'],
    [{ since: 1_577_836_800 }, '/since', 'type'],
    [{ since: '2999-01-01T00:00:00Z' }, '/since', 'range'],
    [{ since: '2020-01-01T00:00:00Z', state: 'failed' }, '/state', 'unknown'],
  ])('400: refuses %j', async (input, field, rule) => {
    expectProblem(await client.post(`${path}/recover`, input), 400, 'input_invalid', [{ path: field, rule }])
  })
})

describe('the answers about webhooks', () => {
  it('fit their descriptions, whole', async () => {
    await fill(...states)
    const { paths } = (await api.server.inject('/facet/v1/openapi.json')).json()
    const answers: [Answer, string, string][] = [
      [await client.post('/webhook-endpoints', { url: 'https://a.example.com', types: ['*'] }), 'post', ''],
      [await client.get('/webhook-endpoints'), 'get', ''],
      [await client.get(path), 'get', '/{id}'],
      [await client.patch(path, { state: 'paused' }), 'patch', '/{id}'],
      [await client.post(`${path}/rotate-secret`), 'post', '/{id}/rotate-secret'],
      [await client.post(`${path}/test`), 'post', '/{id}/test'],
      [await client.post(`${path}/recover`, { since: at.replace('2026', '2020') }), 'post', '/{id}/recover'],
      [await client.get(`${path}/deliveries?limit=1`), 'get', '/{id}/deliveries'],
      [await client.get(`${path}/deliveries/1`), 'get', '/{id}/deliveries/{sequence}'],
      [await client.post(`${path}/deliveries/1/resend`), 'post', '/{id}/deliveries/{sequence}/resend'],
    ]
    const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false })
    for (const [answer, method, rest] of answers) {
      const { responses } = paths[`/facet/v1/webhook-endpoints${rest}`][method]
      const validate = ajv.compile(closed(responses[answer.statusCode].content['application/json'].schema))
      expect(validate(answer.json()), `${method} ${rest}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })
})

/** The schema with every object closed that does not say otherwise, so that an undocumented member shows. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'object' && value.properties !== undefined ? { unevaluatedProperties: false, ...value } : value,
  )
}
