import { deserialize, serialize } from 'node:v8'
import { beforeAll, describe, expect, it } from 'vitest'
import type { IssuedApiKey } from '../../../src/core/api-keys/api-keys.types.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem, listPath, whileLocked } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client
let keys = 0

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

const fresh = () => ({ 'idempotency-key': `key-${++keys}` })

/** Asserts that the second answer is the first one, byte for byte, and says that it is a repeat. */
function expectReplay(first: Answer, second: Answer): void {
  expect(second.body).toBe(first.body)
  expect(second.statusCode).toBe(first.statusCode)
  for (const name of ['content-type', 'etag', 'location']) expect(second.headers[name]).toBe(first.headers[name])
  expect(first.headers['idempotency-replayed']).toBeUndefined()
  expect(second.headers['idempotency-replayed']).toBe('true')
}

async function totalOf(own: Client): Promise<number> {
  return (await own.get(listPath({ limit: 1 }))).json().total
}

describe('Idempotency-Key: the repeat of a write gets the first answer', () => {
  it('POST /profiles, also when the profile has changed since', async () => {
    const key = fresh()
    const body = { reference: 'idem', attributes: { z: 1, aa: [2] }, fullName: 'I D' }
    const first = await client.post('/profiles', body, key)
    expect(first.statusCode).toBe(201)
    const total = await totalOf(client)
    await client.patch(`/profiles/${first.json().id}`, { label: 'changed', reference: 'moved' })
    expectReplay(first, await client.post('/profiles', body, key))
    expect(await totalOf(client)).toBe(total)
    expectProblem(await client.get('/profiles/reference:idem'), 404, 'profile_not_found')
  })

  it('PATCH /profiles/:profile, also when If-Match has become stale by it', async () => {
    const { id } = await client.make({})
    const headers = { ...fresh(), 'if-match': '"1"' }
    const first = await client.patch(`/profiles/${id}`, { label: 'one' }, headers)
    expect(first.headers.etag).toBe('"2"')
    await client.patch(`/profiles/${id}`, { label: 'two' })
    expectReplay(first, await client.patch(`/profiles/${id}`, { label: 'one' }, headers))
    expect((await client.get(`/profiles/${id}`)).json().label).toBe('two')
  })

  it('PATCH that changes nothing', async () => {
    const { id } = await client.make({ label: 'same' })
    const key = fresh()
    const first = await client.patch(`/profiles/${id}`, { label: 'same' }, key)
    expectReplay(first, await client.patch(`/profiles/${id}`, { label: 'same' }, key))
  })

  it('DELETE /profiles/:profile, although the profile is gone', async () => {
    const { id } = await client.make({})
    const key = fresh()
    const first = await client.delete(`/profiles/${id}`, key)
    expect(first.statusCode).toBe(204)
    expectReplay(first, await client.delete(`/profiles/${id}`, key))
    expectProblem(await client.delete(`/profiles/${id}`, fresh()), 404, 'profile_not_found')
  })

  it('POST /api-keys: the same secret, which the database does not hold in clear', async () => {
    const key = fresh()
    const body = { name: 'Idempotent', scopes: ['profiles:read'] }
    const first = await client.post('/api-keys', body, key)
    expect(first.statusCode).toBe(201)
    expectReplay(first, await client.post('/api-keys', body, key))
    const { secret } = first.json()
    expect((await clientOf(api, { secret }).get('/profiles')).statusCode).toBe(200)
    const rows = await database.db.query<{ row: string; result: Buffer | null }>(
      `select to_jsonb(k)::text as row, null::bytea as result from api_keys k
       union all select to_jsonb(i)::text, i.result from idempotency_keys i`,
      [],
    )
    expect(rows.length).toBeGreaterThan(2)
    for (const { row, result } of rows) {
      expect(row).not.toContain(secret)
      expect(row).not.toContain(Buffer.from(secret).toString('hex'))
      expect(result?.includes(secret) ?? false).toBe(false)
    }
  })

  it('POST /api-keys/:id/revoke, with its time of revocation', async () => {
    const { id } = await api.newKey(tenant, ['profiles:read'])
    const key = fresh()
    const first = await client.post(`/api-keys/${id}/revoke`, undefined, key)
    expect(first.statusCode).toBe(200)
    expectReplay(first, await client.post(`/api-keys/${id}/revoke`, undefined, key))
  })

  it('POST /apps: one app and one secret', async () => {
    const manager = clientOf(api, await api.newKey(tenant, ['organization:manage', 'keys:manage', 'profiles:read']))
    const key = fresh()
    const body = { name: 'Second', mode: 'sandbox' }
    const first = await manager.post('/apps', body, key)
    expect(first.statusCode).toBe(201)
    expectReplay(first, await manager.post('/apps', body, key))
    const apps = (await manager.get('/apps')).json().data
    expect(apps.filter(({ name }: { name: string }) => name === 'Second')).toHaveLength(1)
  })

  it('lets one of many simultaneous repeats make the profile, and answers none with another one', async () => {
    const own = clientOf(api, (await api.newTenant()).apiKey)
    const key = fresh()
    const answers = await Promise.all(Array.from({ length: 25 }, () => own.post('/profiles', { label: 'x' }, key)))
    const made = answers.filter(({ statusCode }) => statusCode === 201)
    expect(new Set(made.map(({ body }) => body)).size).toBe(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
      expectProblem(answer, 409, 'idempotency_key_in_flight')
    }
    expect(await totalOf(own)).toBe(1)
  })
})

describe('Idempotency-Key: the repeat of a write that an older version of Facet answered', () => {
  /** Makes the newest kept result one of a version that had no such fields. */
  async function age(remove: (result: object) => void): Promise<void> {
    const [row] = await database.db.query<{ app_id: string; scope: Buffer; result: Buffer }>(
      'select app_id, scope, result from idempotency_keys order by created_at desc limit 1',
      [],
    )
    if (row === undefined) throw new Error('Nothing is kept')
    const bound = ['idempotency_keys.result', row.scope.toString('hex')] as const
    const result = deserialize(database.keys.open(...bound, row.result))
    remove(result)
    const sealed = database.keys.seal(...bound, serialize(result))
    await database.db.query('update idempotency_keys set result = $3 where app_id = $1 and scope = $2', [
      ...[row.app_id, row.scope, sealed],
    ])
  }
  const ageProfile = () =>
    age((profile) => {
      for (const name of ['comment', 'listIds', 'unsubscribedAt']) Reflect.deleteProperty(profile, name)
    })

  it('gets the fields that came since, empty: POST and PATCH of a profile', async () => {
    const posting = fresh()
    const made = await client.post('/profiles', { label: 'aged' }, posting)
    await ageProfile()
    expectReplay(made, await client.post('/profiles', { label: 'aged' }, posting))
    const patching = fresh()
    const path = `/profiles/${made.json().id}`
    const changed = await client.patch(path, { label: 'changed' }, patching)
    await ageProfile()
    expectReplay(changed, await client.patch(path, { label: 'changed' }, patching))
  })

  it('gets the fields that came since, by default: POST of an app', async () => {
    const manager = clientOf(api, await api.newKey(tenant, ['organization:manage', 'keys:manage', 'profiles:read']))
    const key = fresh()
    const first = await manager.post('/apps', { name: 'Aged', mode: 'sandbox' }, key)
    await age((made) => Reflect.deleteProperty((made as { app: object }).app, 'settings'))
    expectReplay(first, await manager.post('/apps', { name: 'Aged', mode: 'sandbox' }, key))
  })
})

describe('Idempotency-Key: what is another key', () => {
  const body = { label: 'scope' }

  it('another principal of the same app', async () => {
    const second = clientOf(api, await api.newKey(tenant, ['profiles:write']))
    const key = fresh()
    const first = await client.post('/profiles', body, key)
    const other = await second.post('/profiles', body, key)
    expect(other.statusCode).toBe(201)
    expect(other.json().id).not.toBe(first.json().id)
  })

  it('another app', async () => {
    const other = clientOf(api, (await api.newTenant()).apiKey)
    const key = fresh()
    const first = await client.post('/profiles', body, key)
    expect((await other.post('/profiles', body, key)).json().id).not.toBe(first.json().id)
  })

  it('another path and another method', async () => {
    const [a, b] = [await client.make({}), await client.make({})]
    const key = fresh()
    for (const { id } of [a, b]) {
      expect((await client.patch(`/profiles/${id}`, { label: 'x' }, key)).json().id).toBe(id)
      expect((await client.delete(`/profiles/${id}`, key)).statusCode).toBe(204)
    }
  })

  it('reads take no key, whatever it holds', async () => {
    const { id } = await client.make({})
    const answer = await client.get(`/profiles/${id}`, { 'idempotency-key': 'no key' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['idempotency-replayed']).toBeUndefined()
  })
})

describe('Idempotency-Key: 422', () => {
  it('refuses another body under the same key, also one that means the same', async () => {
    const key = fresh()
    const first = await client.post('/profiles', '{"label":"a"}', key)
    for (const body of ['{"label":"b"}', '{ "label":"a"}', '{"label":"a","city":null}']) {
      expectProblem(await client.post('/profiles', body, key), 422, 'idempotency_key_reused')
    }
    expectReplay(first, await client.post('/profiles', '{"label":"a"}', key))
  })
})

describe('Idempotency-Key: 409', () => {
  it('refuses the repeat while the first is at work, then gives it the first answer', async () => {
    const { id } = await client.make({})
    const key = fresh()
    const repeat = (label: string) => client.patch(`/profiles/${id}`, { label }, key)
    const [first] = await whileLocked(
      database,
      id,
      1,
      () => [repeat('slow')],
      async () => {
        expectProblem(await repeat('slow'), 409, 'idempotency_key_in_flight')
        // Another body is as much in flight as the same one: nothing is known of it yet.
        expectProblem(await repeat('other'), 409, 'idempotency_key_in_flight')
      },
    )
    const done = (await first) as Answer
    expect(done.json().label).toBe('slow')
    expectReplay(done, await repeat('slow'))
  })
})

describe('Idempotency-Key: what is not kept', () => {
  it('a refused write: the same request under the same key is tried again', async () => {
    const holder = await client.make({ reference: 'held' })
    const key = fresh()
    const body = { reference: 'held' }
    expectProblem(await client.post('/profiles', body, key), 409, 'identifier_taken', [
      { path: '/reference', rule: 'taken' },
    ])
    await client.delete(`/profiles/${holder.id}`)
    expect((await client.post('/profiles', body, key)).statusCode).toBe(201)
  })

  it('invalid, missing, stale and forbidden ones, with another body or the same', async () => {
    const key = fresh()
    expectProblem(await client.post('/profiles', { email: 'x' }, key), 400, 'input_invalid', [
      { path: '/email', rule: 'format' },
    ])
    expect((await client.post('/profiles', { email: 'kept@example.com' }, key)).statusCode).toBe(201)
    const { id } = await client.make({})
    const stale = { ...fresh(), 'if-match': '"2"' }
    expectProblem(await client.patch(`/profiles/${id}`, { label: 'a' }, stale), 412, 'revision_stale')
    await client.patch(`/profiles/${id}`, { label: 'b' })
    expect((await client.patch(`/profiles/${id}`, { label: 'a' }, stale)).statusCode).toBe(200)
    const kept = await database.db.query<{ count: string }>('select count(*) from idempotency_keys where app_id = $1', [
      tenant.ctx.appId,
    ])
    const reader: IssuedApiKey = await api.newKey(tenant, ['profiles:read'])
    expectProblem(await clientOf(api, reader).post('/profiles', {}, fresh()), 403, 'scope_missing')
    expectProblem(await client.delete('/profiles/nobody', fresh()), 404, 'profile_not_found')
    expect(
      await database.db.query('select count(*) from idempotency_keys where app_id = $1', [tenant.ctx.appId]),
    ).toEqual(kept)
  })

  it('an answer that is older than 24 hours, and one that is younger is', async () => {
    const key = fresh()
    const body = { label: 'aged' }
    const first = await client.post('/profiles', body, key)
    const age = (hours: number) =>
      database.db.query(
        `update idempotency_keys set created_at = now() - make_interval(mins => $2)
         where app_id = $1 and created_at = (select max(created_at) from idempotency_keys where app_id = $1)`,
        [tenant.ctx.appId, Math.round(hours * 60)],
      )
    await age(23.9)
    expectReplay(first, await client.post('/profiles', body, key))
    await database.db.query(
      `update idempotency_keys set created_at = now() - interval '1441 minutes' where app_id = $1`,
      [tenant.ctx.appId],
    )
    const again = await client.post('/profiles', body, key)
    expect(again.statusCode).toBe(201)
    expect(again.json().id).not.toBe(first.json().id)
    expectReplay(again, await client.post('/profiles', body, key))
  })
})

describe('Idempotency-Key: 400', () => {
  it.each([
    ['empty', ''],
    ['with a blank', 'a b'],
    ['with a tab', 'a\tb'],
    ['of 256 characters', 'x'.repeat(256)],
    ['with a character past ASCII', 'schlüssel'],
  ])('refuses a key %s, and does nothing', async (_, key) => {
    const own = clientOf(api, (await api.newTenant()).apiKey)
    const answer = await own.post('/profiles', {}, { 'idempotency-key': key })
    expectProblem(answer, 400, 'idempotency_key_malformed')
    expect(await totalOf(own)).toBe(0)
  })

  it('takes a key of 255 visible ASCII characters', async () => {
    const key = { 'idempotency-key': `"${'~!'.repeat(126)}a"`.slice(0, 255) }
    const first = await client.post('/profiles', {}, key)
    expectReplay(first, await client.post('/profiles', {}, key))
  })
})
