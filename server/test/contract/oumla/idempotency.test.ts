import { describe, expect, it } from 'vitest'
import { idempotencyScope } from '../../../src/core/idempotency.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { createdBody, errors, expectError, type Face, faces, list, post } from './faces.ts'
import { duplicate, wrongType } from './fixtures/seed-000.ts'

const database = useDatabase()
const api = useApi(database)

const body = '{"reference":"r","type":"User"}'
const keyed = (key: string) => ({ 'idempotency-key': key })

async function storedReferences({ ctx }: TestTenant): Promise<string[]> {
  const rows = await database.db.query<{ reference: string }>(
    'select reference from profiles where app_id = $1 and deleted_at is null order by id',
    [ctx.appId],
  )
  return rows.map((row) => row.reference)
}

describe.each(faces)('$name', (face) => {
  it('a repeat gets the first answer byte for byte, says so, and makes nothing', async () => {
    const tenant = await api.newTenant()
    const first = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
    expect(first.statusCode).toBe(201)
    expect(first.body).toBe(createdBody(face, 'r'))
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    for (let i = 0; i < 3; i++) {
      const repeat = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
      expect(repeat.statusCode).toBe(201)
      expect(repeat.headers['content-type']).toBe(first.headers['content-type'])
      expect(repeat.headers['idempotency-replayed']).toBe('true')
      expect(repeat.body).toBe(first.body)
    }
    expect(await storedReferences(tenant)).toEqual(['r'])
  })

  it('422: the same key with another body is refused, even if only its spaces differ', async () => {
    const tenant = await api.newTenant()
    await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
    for (const other of ['{"reference":"r2","type":"User"}', `${body} `]) {
      const response = await post(api, face, tenant.apiKey.secret, other, keyed('k1'))
      expectError(response, face, errors.keyReused)
    }
    expect(await storedReferences(tenant)).toEqual(['r'])
  })

  it.each([
    ['empty', ''],
    ['with a space in it', 'a b'],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a letter outside ASCII', 'k\u00e9'],
  ])('400: a key %s is refused, and nothing is made', async (_, key) => {
    const tenant = await api.newTenant()
    const response = await post(api, face, tenant.apiKey.secret, body, keyed(key))
    expectError(response, face, errors.badRequest)
    expect(await storedReferences(tenant)).toEqual([])
  })

  it('takes a key of 255 characters', async () => {
    const tenant = await api.newTenant()
    const response = await post(api, face, tenant.apiKey.secret, body, keyed('~'.repeat(255)))
    expect(response.statusCode).toBe(201)
  })

  it('409: a key whose first request is still in flight', async () => {
    const tenant = await api.newTenant()
    const scope = idempotencyScope({
      appId: tenant.ctx.appId,
      principal: tenant.apiKey.id,
      method: 'POST',
      path: '/oumla/api/v1/profiles',
      key: 'k1',
    })
    await database.db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [scope.readBigInt64BE().toString()])
      const response = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
      expectError(response, face, errors.inFlight)
    })
    const after = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
    expect(after.statusCode).toBe(201)
  })

  it('a refused create leaves its key free: the mended body goes through', async () => {
    const tenant = await api.newTenant()
    const wrong = '{"reference":"r","type":"user"}'
    const refused = await post(api, face, tenant.apiKey.secret, wrong, keyed('k1'))
    expectError(refused, face, errors.invalidInput, [['type', wrongType.sentence]])
    expect((await post(api, face, tenant.apiKey.secret, body, keyed('k1'))).statusCode).toBe(201)
    const taken = await post(api, face, tenant.apiKey.secret, body, keyed('k2'))
    expectError(taken, face, errors.duplicate, [['reference', duplicate.sentence]])
    const mended = await post(api, face, tenant.apiKey.secret, '{"reference":"r2","type":"User"}', keyed('k2'))
    expect(mended.statusCode).toBe(201)
    expect(await storedReferences(tenant)).toEqual(['r', 'r2'])
  })
})

it('of simultaneous requests under one key one creates, and the others repeat it or are told to wait', async () => {
  const tenant = await api.newTenant()
  const [face] = faces as [Face]
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => post(api, face, tenant.apiKey.secret, body, keyed('k1'))),
  )
  for (const response of responses) {
    if (response.statusCode === 409) expectError(response, face, errors.inFlight)
    else expect([response.statusCode, response.body]).toEqual([201, createdBody(face, 'r')])
  }
  expect(responses.some((response) => response.statusCode === 201)).toBe(true)
  expect(await storedReferences(tenant)).toEqual(['r'])
})

it('a key means the same at both mounts, and its answer is in the generation of each request', async () => {
  const tenant = await api.newTenant()
  for (const face of faces) {
    const response = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
    expect(response.statusCode).toBe(201)
    expect(response.body).toBe(createdBody(face, 'r'))
  }
  expect(await storedReferences(tenant)).toEqual(['r'])
})

it('a repeat gets the first answer also when the profile has been changed or deleted since', async () => {
  const tenant = await api.newTenant()
  const [face] = faces as [Face]
  const authorization = `Bearer ${tenant.apiKey.secret}`
  const first = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
  const change = { method: 'PATCH', url: '/facet/v1/profiles/reference:r', payload: { type: 'Merchant' } } as const
  expect((await api.server.inject({ ...change, headers: { authorization } })).statusCode).toBe(200)
  expect((await post(api, face, tenant.apiKey.secret, body, keyed('k1'))).body).toBe(first.body)
  const removal = { method: 'DELETE', url: '/facet/v1/profiles/reference:r' } as const
  expect((await api.server.inject({ ...removal, headers: { authorization } })).statusCode).toBe(204)
  const repeat = await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
  expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
  expect(await storedReferences(tenant)).toEqual([])
})

it('the same key of another app, or of another API key, is another key', async () => {
  const [tenant, other] = [await api.newTenant(), await api.newTenant()]
  const [face] = faces as [Face]
  const second = await api.newKey(tenant, ['profiles:write'])
  await post(api, face, tenant.apiKey.secret, body, keyed('k1'))
  const elsewhere = await post(api, face, other.apiKey.secret, body, keyed('k1'))
  expect(elsewhere.statusCode).toBe(201)
  expect(elsewhere.headers['idempotency-replayed']).toBeUndefined()
  const bySecond = await post(api, face, second.secret, '{"reference":"r2","type":"User"}', keyed('k1'))
  expect(bySecond.body).toBe(createdBody(face, 'r2'))
})

it('a list takes no notice of a key', async () => {
  const tenant = await api.newTenant()
  for (const face of faces) {
    const before = await list(
      api,
      { ...face, headers: { ...face.headers, ...keyed('not a key') } },
      tenant.apiKey.secret,
    )
    expect(before.statusCode).toBe(200)
    expect(before.headers['idempotency-replayed']).toBeUndefined()
  }
})
