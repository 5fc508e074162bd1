import { beforeEach, describe, expect, it } from 'vitest'
import { idempotencyScope } from '../../../src/core/idempotency.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, errors, expectDone, expectError, mounts, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
let client: Client
beforeEach(async () => {
  tenant = await newTenant(api, database)
  client = clientOf(api, tenant.apiKey)
})

const key = (text = 'k1') => ({ 'idempotency-key': text })
const total = async () => (await client.get('/profiles')).json().total

describe('A repeat under an Idempotency-Key', () => {
  it('gets the first answer byte for byte at both mounts, says so, and makes nothing', async () => {
    const first = await client.post('/profiles', exampleProfile, key())
    expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined])
    for (const mount of mounts) {
      const repeat = await clientOf(api, tenant.apiKey, mount).post('/profiles', exampleProfile, key())
      expect([repeat.statusCode, repeat.body]).toEqual([201, first.body])
      expect(repeat.headers['idempotency-replayed']).toBe('true')
      expect(repeat.headers['content-type']).toBe('application/json')
    }
    expect(await total()).toBe(1)
  })

  it('gets the first answer also of each other write', async () => {
    const [{ id }, source] = [await client.make(), await client.make()]
    const list = (await client.post('/profile-lists', { name: 'first' })).json()
    const writes: [string, () => ReturnType<Client['post']>][] = [
      ['list', () => client.post('/profile-lists', { name: 'x' }, key('list'))],
      ['property', () => client.post('/profile-properties', { label: 'x', data_type: 'text' }, key('property'))],
      ['patch', () => client.patch(`/profiles/${id}`, { comment: 'x' }, key('patch'))],
      ['patch list', () => client.patch(`/profile-lists/${list.id}`, { color: '#000000' }, key('patch-list'))],
      ['delete list', () => client.delete(`/profile-lists/${list.id}`, key('delete-list'))],
      ['merge', () => client.post(`/profiles/${id}/merge/${source.id}`, undefined, key('merge'))],
      ['unsubscribe', () => client.post(`/profiles/${id}/unsubscribe`, undefined, key('unsubscribe'))],
      ['delete', () => client.delete(`/profiles/${id}`, key('delete'))],
    ]
    for (const [name, write] of writes) {
      const [first, repeat] = [await write(), await write()]
      expect([name, first.statusCode]).toEqual([name, expect.toBeOneOf([201, 204])])
      expect([name, repeat.statusCode, repeat.body]).toEqual([name, first.statusCode, first.body])
      expect([name, repeat.headers['idempotency-replayed']]).toEqual([name, 'true'])
    }
  })

  it('gets the first answer of an import also when a property has been closed to it since', async () => {
    const { id } = await client.make()
    const imports = { profiles: [{ id, custom_properties: { plan: 'gold' } }] }
    const first = await client.post('/profiles/import', imports, key('import'))
    await client.post('/profile-properties', { label: 'plan', data_type: 'text', importable: 0 })
    expectError(await client.post('/profiles/import', imports), errors.badBody)
    const repeat = await client.post('/profiles/import', imports, key('import'))
    expect([repeat.statusCode, repeat.body]).toEqual([202, first.body])
  })

  it('makes one profile of many simultaneous requests', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.post('/profiles', exampleProfile, key())))
    for (const answer of answers) if (answer.statusCode !== 201) expectError(answer, errors.inFlight)
    expect(await total()).toBe(1)
  })
})

describe('409', () => {
  it('is for a key whose first request is still at work', async () => {
    const parts = { appId: tenant.ctx.appId, principal: tenant.apiKey.id, key: 'k1' }
    const scope = idempotencyScope({ ...parts, method: 'POST', path: '/ocamba/v1/hood/profiles' })
    await database.db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [scope.readBigInt64BE().toString()])
      expectError(await client.post('/profiles', exampleProfile, key()), errors.inFlight)
    })
    expect((await client.post('/profiles', exampleProfile, key())).statusCode).toBe(201)
  })
})

describe('422', () => {
  it('is for a key with another body', async () => {
    await client.post('/profiles', exampleProfile, key())
    expectError(await client.post('/profiles', { ...exampleProfile, full_name: 'x' }, key()), errors.keyReused)
    expectError(await client.post('/profiles', `${JSON.stringify(exampleProfile)} `, key()), errors.keyReused)
    expect(await total()).toBe(1)
  })
})

describe('400', () => {
  it.each([
    ['an empty key', ''],
    ['a space in it', 'a b'],
    ['256 characters', 'k'.repeat(256)],
    ['a letter outside ASCII', 'ké'],
  ])('is for %s', async (_, text) => {
    expectError(await client.post('/profiles', exampleProfile, key(text)), errors.badRequest)
    expect(await total()).toBe(0)
  })

  it('leaves the key free: the mended body goes through', async () => {
    expectError(await client.post('/profiles', {}, key()), errors.badBody)
    expect((await client.post('/profiles', exampleProfile, key())).statusCode).toBe(201)
    expectError(await client.post('/profiles', exampleProfile, key('k2')), {
      ...errors.badRequest,
      message: 'Duplicate entry: email, mobile_phone_number.',
    })
    expect((await client.post('/profiles', { email: 'b@example.com' }, key('k2'))).statusCode).toBe(201)
  })
})

it('A key means nothing to a read', async () => {
  const { id } = await client.make()
  const answer = await client.get(`/profiles/${id}`, key('not a key'))
  expect([answer.statusCode, answer.headers['idempotency-replayed']]).toEqual([200, undefined])
  expectDone(await client.delete(`/profiles/${id}`))
})
