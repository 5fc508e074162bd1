import { beforeAll, describe, expect, it } from 'vitest'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client
beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

describe('POST /facet/v1/profiles/:profile/merge: 200', () => {
  it('gives the target what only the source has, and answers it with its new version', async () => {
    const target = await client.make({ reference: 'target', city: 'Rome' })
    const source = await client.make({ reference: 'source', email: 'source@example.com', city: 'Bonn', label: 'x' })
    const answer = await client.post('/profiles/reference:target/merge', { source: 'email:source@example.com' })
    expect([answer.statusCode, answer.headers.etag]).toEqual([200, '"2"'])
    expect(answer.json()).toMatchObject({
      ...{ id: target.id, reference: 'target', email: 'source@example.com', city: 'Rome', label: 'x' },
    })
    expectProblem(await client.get(`/profiles/${source.id}`), 404, 'profile_not_found')
    expectProblem(await client.get(pathBy('reference', 'source')), 404, 'profile_not_found')
    expect((await client.get(pathBy('email', 'source@example.com'))).json().id).toBe(target.id)
  })

  it('lists the events of the source with those of the target, also through a chain of merges', async () => {
    const [first, second, last] = [await client.make(), await client.make(), await client.make()]
    await client.post(`/profiles/${second.id}/merge`, { source: first.id })
    await client.post(`/profiles/${last.id}/merge`, { source: second.id })
    await createSequencer(tenant.ctx, tenant.ctx.appId).number()
    const told = async (id: string) =>
      (await client.get(`/events?profile=${id}`))
        .json()
        .data.map((event: Record<string, string>) => [event.type, event.profileId])
    expect(await told(last.id)).toEqual([
      ['profile.created', first.id],
      ['profile.created', second.id],
      ['profile.created', last.id],
      ['profile.merged', first.id],
      ['profile.merged', second.id],
    ])
    expect(await told(second.id)).toEqual([
      ['profile.created', second.id],
      ['profile.merged', second.id],
    ])
  })

  it('gets the first answer again under its Idempotency-Key, though the source is gone by then', async () => {
    const [target, source] = [await client.make(), await client.make({ label: 'y' })]
    const merge = () =>
      client.post(`/profiles/${target.id}/merge`, { source: source.id }, { 'idempotency-key': 'merge' })
    const first = await merge()
    const second = await merge()
    expect([first.statusCode, second.statusCode, second.body]).toEqual([200, 200, first.body])
  })
})

describe('POST /facet/v1/profiles/:profile/merge: refusals', () => {
  it('400: names the source that is the target itself, that is missing, and fields that there are not', async () => {
    const { id } = await client.make({ reference: 'self' })
    const itself = await client.post(`/profiles/${id}/merge`, { source: 'reference:self' })
    expectProblem(itself, 400, 'input_invalid', [{ path: '/source', rule: 'choice' }])
    const nothing = await client.post(`/profiles/${id}/merge`, {})
    expectProblem(nothing, 400, 'input_invalid', [{ path: '/source', rule: 'required' }])
    const more = await client.post(`/profiles/${id}/merge`, { source: id, sources: [] })
    expectProblem(more, 400, 'input_invalid', [{ path: '/sources', rule: 'unknown' }])
  })

  it('404: for a target or a source that is not there', async () => {
    const { id } = await client.make()
    for (const [target, source] of [
      [id, 'reference:nobody'],
      ['reference:nobody', id],
      [id, 'nonsense'],
    ]) {
      expectProblem(await client.post(`/profiles/${target}/merge`, { source }), 404, 'profile_not_found')
    }
  })

  it('403: for a key that may not write', async () => {
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    const [target, source] = [await client.make(), await client.make()]
    expectProblem(await reader.post(`/profiles/${target.id}/merge`, { source: source.id }), 403, 'scope_missing')
    expectProblem(await reader.post(`/profiles/${target.id}/unsubscribe`), 403, 'scope_missing')
    expect((await client.get(`/profiles/${source.id}`)).statusCode).toBe(200)
  })
})

describe('POST /facet/v1/profiles/:profile/unsubscribe', () => {
  it('200: says since when, and again the same', async () => {
    const { id } = await client.make({ email: 'gone@example.com' })
    const first = await client.post(`/profiles/${id}/unsubscribe`)
    expect(first.statusCode).toBe(200)
    expect(first.json()).toMatchObject({ email: 'gone@example.com', unsubscribedAt: expect.stringMatching(/Z$/) })
    const second = await client.post(`/profiles/${id}/unsubscribe`, {})
    expect([second.body, second.headers.etag]).toEqual([first.body, first.headers.etag])
  })

  it('keeps the address from others: 409 names it', async () => {
    const { id } = await client.make({ email: 'never@example.com', phone: '+49658245684' })
    await client.post(`/profiles/${id}/unsubscribe`)
    await client.delete(`/profiles/${id}`)
    const created = await client.post('/profiles', { email: 'NEVER@example.com', phone: '+49 658 245684' })
    expectProblem(created, 409, 'identifier_suppressed', [
      { path: '/email', rule: 'suppressed' },
      { path: '/phone', rule: 'suppressed' },
    ])
    const other = await client.make()
    const patched = await client.patch(`/profiles/${other.id}`, { email: 'never@example.com' })
    expectProblem(patched, 409, 'identifier_suppressed', [{ path: '/email', rule: 'suppressed' }])
  })

  it('404: for a profile that is not there', async () => {
    expectProblem(await client.post('/profiles/reference:nobody/unsubscribe'), 404, 'profile_not_found')
  })
})
