import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { about, clientOf, errors, expectDone, expectError, mounts, newClient, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

const { email, mobile_phone_number } = exampleProfile

describe('204', () => {
  it.each(mounts)('%s marks the profile, which stays, and may be repeated', async (mount) => {
    const { apiKey } = await newTenant(api, database)
    const client = clientOf(api, apiKey, mount)
    const made = await client.make(exampleProfile)
    expectDone(await client.post(`/profiles/${made.id}/unsubscribe`))
    const after = await client.show(made.id)
    expect(after).toMatchObject({ ...made, status: '0', update_time: expect.any(String) })
    expectDone(await client.post(`/profiles/${made.id}/unsubscribe`))
    expect(await client.show(made.id)).toEqual(after)
  })

  it.each([
    ['none', undefined],
    ['an object', { reason: 'asked' }],
    ['what PHP writes for an empty one', '[]'],
    ['null', 'null'],
  ])('takes for a body %s', async (_, body) => {
    const client = await newClient(api, database)
    const { id } = await client.make()
    expectDone(await client.post(`/profiles/${id}/unsubscribe`, body))
    expect((await client.show(id)).status).toBe('0')
  })

  it('keeps e-mail and phone from other profiles, also by a patch and through other dialects', async () => {
    const { apiKey } = await newTenant(api, database)
    const client = clientOf(api, apiKey)
    const { id } = await client.make(exampleProfile)
    await client.post(`/profiles/${id}/unsubscribe`)
    await client.delete(`/profiles/${id}`)
    const other = await client.make()
    expectError(await client.patch(`/profiles/${other.id}`, { email }), errors.unsubscribedEmail)
    expectError(
      await client.patch(`/profiles/${other.id}`, { email: email.toUpperCase(), mobile_phone_number }),
      about('Unsubscribed', 'email', 'mobile_phone_number'),
    )
    const native = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers: { authorization: `Bearer ${apiKey.secret}` },
      payload: { email },
    })
    expect(native.statusCode).toBe(409)
    expect((await client.get('/profiles')).json().total).toBe(1)
  })

  it('lets the profile keep what it has, and change the rest', async () => {
    const client = await newClient(api, database)
    const { id } = await client.make(exampleProfile)
    await client.post(`/profiles/${id}/unsubscribe`)
    expectDone(await client.patch(`/profiles/${id}`, { ...exampleProfile, full_name: 'Jane Doe' }))
    expect(await client.show(id)).toMatchObject({ ...exampleProfile, full_name: 'Jane Doe', status: '0' })
  })

  it('keeps an address that the profile was given later from others too', async () => {
    const client = await newClient(api, database)
    const { id } = await client.make(exampleProfile)
    await client.post(`/profiles/${id}/unsubscribe`)
    expectDone(await client.patch(`/profiles/${id}`, { email: 'later@example.com' }))
    await client.delete(`/profiles/${id}`)
    for (const each of [email, 'later@example.com']) {
      expectError(await client.post('/profiles', { email: each }), errors.unsubscribedEmail)
    }
  })

  it('goes with a merge: what the target has is kept from others as well', async () => {
    const client = await newClient(api, database)
    const source = await client.make(exampleProfile)
    const target = await client.make({ email: 'target@example.com', mobile_phone_number: '+4930901820' })
    await client.post(`/profiles/${source.id}/unsubscribe`)
    expectDone(await client.post(`/profiles/${target.id}/merge/${source.id}`))
    expect((await client.show(target.id)).status).toBe('0')
    await client.delete(`/profiles/${target.id}`)
    for (const each of [email, 'target@example.com']) {
      expectError(await client.post('/profiles', { email: each }), errors.unsubscribedEmail)
    }
    expectError(
      await client.post('/profiles', { mobile_phone_number: '+4930901820' }),
      about('Unsubscribed', 'mobile_phone_number'),
    )
  })
})

describe('400', () => {
  it.each(['17430755068336100383', '1', 'abc', '%00'])('says of %s that it is unknown', async (id) => {
    const client = await newClient(api, database)
    expectError(await client.post(`/profiles/${id}/unsubscribe`), errors.unknownProfile)
  })

  it('says so of a profile that is gone', async () => {
    const client = await newClient(api, database)
    const { id } = await client.make(exampleProfile)
    await client.delete(`/profiles/${id}`)
    expectError(await client.post(`/profiles/${id}/unsubscribe`), errors.unknownProfile)
    await client.make(exampleProfile)
  })

  it('refuses a body that is no JSON', async () => {
    const client = await newClient(api, database)
    const { id } = await client.make(exampleProfile)
    expectError(await client.post(`/profiles/${id}/unsubscribe`, '{'), errors.badBody)
    expect((await client.show(id)).status).toBe('1')
  })
})
