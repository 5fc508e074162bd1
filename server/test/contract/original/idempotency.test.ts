import { describe, expect, it } from 'vitest'
import { idempotencyScope } from '../../../src/core/idempotency.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { errors, expectError, get, mounts, post } from './client.ts'

const database = useDatabase()
const api = useApi(database)

const body = '{"user_external_id":"x"}'
const keyed = (key: string) => ({ 'idempotency-key': key })

async function storedUsers({ ctx }: TestTenant): Promise<number> {
  const rows = await database.db.query('select from profiles where app_id = $1', [ctx.appId])
  return rows.length
}

describe.each(mounts)('%s', (mount) => {
  it('201: a repeat gets the first answer byte for byte, says so, and makes nothing; an empty body too', async () => {
    for (const sent of [body, '{}', '']) {
      const tenant = await api.newTenant()
      const first = await post(api, mount, tenant.apiKey, sent, keyed('k1'))
      expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined])
      for (let i = 0; i < 3; i++) {
        const repeat = await post(api, mount, tenant.apiKey, sent, keyed('k1'))
        expect([repeat.statusCode, repeat.headers['idempotency-replayed'], repeat.body]).toEqual([
          201,
          'true',
          first.body,
        ])
      }
      expect(await storedUsers(tenant)).toBe(1)
    }
  })

  it('400: a key that is empty, too long or no visible ASCII is refused, and nothing is made', async () => {
    const tenant = await api.newTenant()
    for (const key of ['', 'a b', 'k'.repeat(256), 'k\u00e9']) {
      expectError(await post(api, mount, tenant.apiKey, body, keyed(key)), errors.keyMalformed)
    }
    expect(await storedUsers(tenant)).toBe(0)
  })

  it('409: a key whose first request is still in flight', async () => {
    const tenant = await api.newTenant()
    const scope = idempotencyScope({
      appId: tenant.ctx.appId,
      principal: tenant.apiKey.id,
      method: 'POST',
      path: '/original/v1/user',
      key: 'k1',
    })
    await database.db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [scope.readBigInt64BE().toString()])
      expectError(await post(api, mount, tenant.apiKey, body, keyed('k1')), errors.inFlight)
    })
    expect((await post(api, mount, tenant.apiKey, body, keyed('k1'))).statusCode).toBe(201)
  })

  it('422: the same key with another body is refused', async () => {
    const tenant = await api.newTenant()
    await post(api, mount, tenant.apiKey, body, keyed('k1'))
    for (const other of ['{"user_external_id":"y"}', `${body} `, '{}', '']) {
      expectError(await post(api, mount, tenant.apiKey, other, keyed('k1')), errors.keyReused)
    }
    expect(await storedUsers(tenant)).toBe(1)
  })

  it('a refused create leaves its key free: the mended body goes through', async () => {
    const tenant = await api.newTenant()
    expectError(await post(api, mount, tenant.apiKey, '{"email":"x"}', keyed('k1')), errors.email, 'email')
    expect((await post(api, mount, tenant.apiKey, body, keyed('k1'))).statusCode).toBe(201)
  })
})

it('a key means the same at both mounts, another thing under another pair, and nothing to a read', async () => {
  const tenant = await api.newTenant()
  const second = await api.newKey(tenant, ['profiles:write'])
  const [one, two] = [
    await post(api, mounts[0], tenant.apiKey, body, keyed('k1')),
    await post(api, mounts[1], tenant.apiKey, body, keyed('k1')),
  ]
  expect(two.body).toBe(one.body)
  expectError(await post(api, '/v1', second, body, keyed('k1')), errors.duplicate, 'user_external_id')
  const read = await get(api, '/v1/user?user_external_id=x', tenant.apiKey)
  expect(read.headers['idempotency-replayed']).toBeUndefined()
})
